"""Figure: what a description loses when elements, numbers or the order of its words go, in errors and in polymorphs."""

import sys

import polars as pl

from retort.report import style
from retort.report.dots import dot, lines, nothing
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments

ERROR, ORDER = metric("mae"), metric("order")
WHOLE, ELEMENTLESS, GUESS = variant("text"), variant("masked"), variant("median")
POLYMORPHS = place("polymorphs")
PLACES = {
    place("energy"): "energy",
    place("gap"): "band gap",
    place("bulk"): "bulk modulus",
    place("shear"): "shear modulus",
    place("debye"): "Debye temperature",
    place("expansion"): "expansion",
    place("vectors-energy"): "2D energy",
    place("vectors-gap"): "2D band gap",
}
# A pair of systems: marker, colour, legend.
PAIRS = {
    (variant("numberless"), WHOLE): ("s", style.SKY, "without numbers"),
    (variant("shuffled"), WHOLE): ("v", style.GREEN, "without order"),
    (ELEMENTLESS, WHOLE): ("D", style.ORANGE, "without elements"),
    (variant("masked-numberless"), ELEMENTLESS): ("o", style.PURPLE, "without numbers, elements masked"),
    (ELEMENTLESS, GUESS): ("P", style.GREY, "without elements, over the median guess"),
}
GAIN = ("gain", "gain_low", "gain_high")
DIFFERENCE = ("difference", "low", "high")
LIMITS = (-1.5, 1.0)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "discovery", argv)
    compared = {pair: results.contrast(*pair).filter(part="test") for pair in PAIRS}
    here = [
        name
        for name in PLACES
        if any(len(results.at(table.filter(metric=ERROR), name)) for table in compared.values())
    ]
    fig, axes = style.figure(height=2.9, ncols=2, width_ratios=[2.2, 1])
    lines(axes[0], [PLACES[name] for name in here])
    if not here:
        nothing(axes[0])
    for y, name in enumerate(here):
        points(results, axes[0], y, name, compared)
    axes[0].axvline(0, color=style.GREY, lw=0.6, zorder=0)
    axes[0].set_xlim(LIMITS)
    axes[0].set_xlabel("gain $g$ (MAE), negative where what was hidden is missed")
    axes[0].set_title("Six properties")
    polymorphs(results, axes[1], compared)
    handles = [
        style.plt.Line2D([], [], marker=marker, ls="", color=shade, ms=3.6, label=label)
        for pair, (marker, shade, label) in PAIRS.items()
        if not compared[pair].is_empty()
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.4)
    style.save(fig, output)


def points(
    results: Results, ax: style.Axes, y: float, name: str, compared: dict[tuple, pl.DataFrame]
) -> None:
    """The gains at one place, a little above and below each other."""
    for number, (pair, (marker, shade, _)) in enumerate(PAIRS.items()):
        for row in results.at(compared[pair], name).filter(metric=ERROR).to_dicts():
            at = y + 0.16 * (number - (len(PAIRS) - 1) / 2)
            dot(ax, at, row, shade=shade, marker=marker, columns=GAIN, limits=LIMITS)


def polymorphs(results: Results, ax: style.Axes, compared: dict[tuple, pl.DataFrame]) -> None:
    """Differences of the share of polymorphs that are ordered rightly, in points."""
    found = []
    for pair, (marker, shade, label) in PAIRS.items():
        rows = results.at(compared[pair], POLYMORPHS).filter(metric=ORDER).to_dicts()
        found += [(row, marker, shade, label) for row in rows]
    for y, (row, marker, shade, _) in enumerate(found):
        dot(ax, y, row, shade=shade, marker=marker, columns=DIFFERENCE, factor=100)
    lines(ax, [""] * len(found))
    if not found:
        nothing(ax)
    ax.axvline(0, color=style.GREY, lw=0.6, zorder=0)
    ax.set_xlabel("difference (points)")
    ax.set_title("Polymorphs in the right order")


if __name__ == "__main__":
    main(sys.argv[1:])
