"""Figure: four optimisers with and without a schedule on three tasks, and what a step of each takes."""

import sys
from typing import NamedTuple

from retort.report import style, tracing
from retort.report.dots import dot, lines, nothing
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments

F1 = metric("f1")
PLACES = {
    place("scierc-entities-n90"): "Entities",
    place("scierc-entities"): "Entities",
    place("scierc-relations"): "Relations",
    place("scierc-coreference"): "Coreference",
}


class Optimiser(NamedTuple):
    """A line of the figure: the systems with a schedule and without, and what was timed."""

    label: str
    scheduled: str
    flat: str
    timed: str
    shade: str


ADAMW = variant("science")  # which all are held against
OPTIMISERS = (
    Optimiser("Adam", variant("adam"), variant("adam-flat"), "step of Adam", style.GREY),
    Optimiser("AdamW", ADAMW, variant("adamw-flat"), "step of AdamW", style.BLACK),
    Optimiser("AdamW, warm-up", variant("adamw-warmup"), "", "", style.GREEN),
    Optimiser("AdamP", variant("adamp"), variant("adamp-flat"), "step of AdamP", style.BLUE),
    Optimiser("RAdam", variant("radam"), variant("radam-flat"), "step of RAdam", style.VERMILLION),
)
REFERENCE = "step of AdamW"
ASIDE = 0.17  # of a line: by which the two dots stand apart


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "scitext", argv)
    others = {name for one in OPTIMISERS for name in (one.scheduled, one.flat)} - {ADAMW}
    # Where the reference alone was run there is nothing to compare.
    levels = {name: rows for name in PLACES if others & set(rows := results.levels(name, F1))}
    ran = {system for rows in levels.values() for system in rows}
    shown = [one for one in OPTIMISERS if {one.scheduled, one.flat} & ran]
    names = [one.label for one in shown]
    fig, axes = style.figure(
        height=1.1 + 0.22 * max(3, len(shown)),
        ncols=max(1, len(levels)) + 1,
        sharey=True,
        width_ratios=[*[1.0] * max(1, len(levels)), 0.8],
    )
    for ax, name in zip(axes, levels, strict=False):
        lines(ax, names)
        for y, one in enumerate(shown):
            for system, aside, filled in ((one.scheduled, -ASIDE, True), (one.flat, ASIDE, False)):
                if system in levels[name]:
                    row = levels[name][system]
                    dot(ax, y + aside, row, shade=one.shade, filled=filled, factor=100)
        ax.set_title(f"{PLACES[name]}, {results.place_row(name)['rows_train']} documents")
        ax.set_xlabel(results.metric(F1).header)
    lines(axes[-1], names)
    times(results, axes[-1], shown)
    if shown:
        handles = [
            style.plt.Line2D([], [], marker="o", ls="", mec=style.BLACK, mfc=fill, ms=3.6, label=text)
            for fill, text in ((style.BLACK, "with a schedule"), ("white", "without"))
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=2)
    else:
        nothing(axes[0])
    style.save(fig, output)


def times(results: Results, ax: style.Axes, shown: list[Optimiser]) -> None:
    """The time of a step of each optimiser, as a multiple of that of AdamW."""
    measured = dict(results.timings.select("quantity", "value").iter_rows())
    for y, one in enumerate(shown):
        if one.timed in measured and REFERENCE in measured:
            tracing.drawn(measured[one.timed], measured[REFERENCE])
            ax.plot(measured[one.timed] / measured[REFERENCE], y, "s", color=one.shade, ms=3.6)
    ax.axvline(1, color=style.GREY, lw=0.6, zorder=0)
    ax.margins(x=0.2)
    ax.set_title("Time of a step")
    ax.set_xlabel("AdamW: 1")


if __name__ == "__main__":
    main(sys.argv[1:])
