"""Figure: errors of six properties relative to the median guess, what language lends beside what has none of it."""

import sys

from retort.report import style, tracing
from retort.report.dots import dot, lines, nothing
from retort.report.names import metric, place, variant, variants
from retort.report.results import Results, figure_arguments, in_blocks

ERROR = metric("mae")
MEDIAN = variant("median")
PLACES = {
    place("energy"): "Energy",
    place("gap"): "Band gap",
    place("bulk"): "Bulk modulus",
    place("shear"): "Shear modulus",
    place("debye"): "Debye temp.",
    place("expansion"): "Expansion",
}
# Each loan below what has nothing of it, then what is simple.
BLOCKS = (
    variants("random", "mat2vec"),
    variants("structure-onehot", "text"),
    variants("encoder-untrained", "encoder"),
    variants("single-wide", "mmoe"),
    variants("structure", "sites", "onehot", "boosting", "boosting-structure"),
)
LENT = variants("mat2vec", "text", "encoder", "mmoe")
LIMITS = (0.0, 1.25)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "discovery", argv)
    levels = {name: rows for name in PLACES if MEDIAN in (rows := results.levels(name, ERROR))}
    systems, starts = in_blocks(BLOCKS, {name for rows in levels.values() for name in rows})
    width = max(1, len(levels))
    fig, axes = style.figure(height=2.9, ncols=width, sharey=True, squeeze=False)
    if not systems:
        nothing(axes[0][0])
        axes[0][0].set_yticks([])
    for ax, (name, rows) in zip(axes[0], levels.items(), strict=False):
        lines(ax, [results.short(system) for system in systems], starts=starts)
        panel(results, ax, rows, systems)
        ax.set_title(PLACES[name])
    fig.supxlabel(f"{results.metric(ERROR).label} relative to that of the median guess", fontsize=8.5)
    style.save(fig, output)


def panel(results: Results, ax: style.Axes, rows: dict[str, dict], systems: list[str]) -> None:
    """One property; what language lends is filled."""
    guess = rows[MEDIAN]["mean"]
    tracing.drawn(guess)
    for y, system in enumerate(systems):
        if system in rows and guess:
            lent = system in LENT
            look = {"shade": results.colour(system), "marker": "D" if lent else "o", "filled": lent}
            dot(ax, y, rows[system], factor=1 / guess, limits=LIMITS, **look)
    ax.axvline(1, color=style.GREY, lw=0.6, ls=(0, (2, 1)), zorder=0)
    ax.set_xlim(LIMITS)
    ax.set_xticks([0, 0.5, 1])


if __name__ == "__main__":
    main(sys.argv[1:])
