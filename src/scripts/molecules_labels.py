"""Figure: score against the share of the training labels, a panel for each data set, bands over draws."""

import sys

import polars as pl
from matplotlib.ticker import FixedLocator, NullLocator

from retort.report import style
from retort.report.metrics import Metric
from retort.report.names import variant
from retort.report.protocols import STRICT, main_metric, strict
from retort.report.results import Results, figure_arguments, present

# Variant: (marker, dashes).
LINES = {
    variant("forest"): ("s", (0, (1, 1))),
    variant("gin"): ("o", "-"),
    variant("gin-frozen"): ("v", (0, (4, 1.5))),
    variant("dino-frozen"): ("^", (0, (4, 1.5))),
    variant("dino-tuned"): ("D", "-"),
}
SHARES = (1, 5, 10, 50, 100)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    panels = chosen(results)
    if not panels:
        raise ValueError(
            f"{results.folder}: no strict place has one of {', '.join(LINES)}. Hint: the figure needs their scores."
        )
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    fig, axes = style.figure(height=1.9 * rows + 0.65, nrows=rows, ncols=columns, squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    shown: set[str] = set()
    for number, (name, table) in enumerate(panels.items()):
        ax = axes.flat[number]
        measure = main_metric(results, table)
        shown |= draw(results, ax, table.filter(metric=measure.name), measure)
        ax.set_title(results.place_row(name)["title"])
        ax.set_ylabel(measure.header)
        ax.set_xscale("log")
        ax.set_xlim(0.8, 125)
        ax.xaxis.set_major_locator(FixedLocator(SHARES))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.xaxis.set_minor_locator(NullLocator())
        if number + columns >= len(panels):
            ax.set_xlabel("training labels (%)")
    handles = [
        style.plt.Line2D(
            [], [], color=results.colour(name), marker=marker, ls=dashes, label=results.short(name)
        )
        for name, (marker, dashes) in LINES.items()
        if name in shown
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.2)
    style.save(fig, output)


def chosen(results: Results) -> dict[str, pl.DataFrame]:
    """Strict places with several shares of the labels; where there is none, the first with any of the lines."""
    pooled = results.pooled.filter(protocol=STRICT, part="test")
    tables = {name: pooled.filter(dataset=results.place_row(name)["dataset"]) for name in strict(results)}
    tables = {name: table for name, table in tables.items() if present(LINES, table)}
    several = {name: table for name, table in tables.items() if table["share"].n_unique() > 1}
    return several or dict(list(tables.items())[:1])


def draw(results: Results, ax: style.Axes, table: pl.DataFrame, measure: Metric) -> set[str]:
    """Trimean over draws (seeds, with all labels) and the quartiles; returns the variants that were drawn."""
    names = present(LINES, table)
    for name in names:
        shade, (marker, dashes) = results.colour(name), LINES[name]
        curve = table.filter(variant=name).sort("share")
        factor = 100 if measure.percent else 1
        share, middle = 100 * curve["share"], factor * curve["trimean"]
        ax.fill_between(share, factor * curve["q1"], factor * curve["q3"], color=shade, alpha=0.2, lw=0)
        ax.plot(share, middle, color=shade, marker=marker, ls=dashes, lw=1.1)
    return set(names)


if __name__ == "__main__":
    main(sys.argv[1:])
