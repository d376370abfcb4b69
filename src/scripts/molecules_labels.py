"""Figure: score against the share of the training labels, a panel for each data set, bands over draws."""

import sys

import polars as pl
from matplotlib.ticker import FixedLocator, NullLocator

from retort.report import style
from retort.report.protocols import Measure, few_labels, measure, strict, title
from retort.report.results import Results, figure_arguments, present

LINES = {
    # variant: (label, colour, marker, dashes)
    "forest": ("random forest", style.colour("forest"), "s", (0, (1, 1))),
    "gin": ("GIN from scratch", style.colour("gin"), "o", "-"),
    "gin-frozen": ("GIN untrained, frozen, linear probe", style.GREY, "v", (0, (4, 1.5))),
    "dino-frozen": ("DINO, frozen, linear probe", style.ORANGE, "^", (0, (4, 1.5))),
    "dino-tuned": ("DINO, fine-tuned", style.colour("dino"), "D", "-"),
}
SHARES = (1, 5, 10, 50, 100)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    scores = results.scores.filter(part="test")
    panels = chosen(results, scores)
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
        how = measure(table)
        shown |= draw(ax, table.filter(metric=how.metric), how)
        ax.set_title(title(results, name))
        ax.set_ylabel(how.label)
        ax.set_xscale("log")
        ax.set_xlim(0.8, 125)
        ax.xaxis.set_major_locator(FixedLocator(SHARES))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.xaxis.set_minor_locator(NullLocator())
        if number + columns >= len(panels):
            ax.set_xlabel("training labels (%)")
    handles = [
        style.plt.Line2D([], [], color=shade, marker=marker, ls=dashes, label=label)
        for name, (label, shade, marker, dashes) in LINES.items()
        if name in shown
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.2)
    style.save(fig, output)


def chosen(results: Results, scores: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Strict places with several shares of the labels; where there is none, the first with any of the lines."""
    tables = {name: few_labels(scores, results.block(name)[0]) for name in strict(results)}
    tables = {name: table for name, table in tables.items() if present(LINES, table)}
    several = {name: table for name, table in tables.items() if table["share"].n_unique() > 1}
    return several or dict(list(tables.items())[:1])


def draw(ax: style.Axes, table: pl.DataFrame, how: Measure) -> set[str]:
    """Trimean over draws (seeds, with all labels) and the quartiles; returns the variants that were drawn."""
    q1, q2, q3 = (how.factor * pl.col("value").quantile(q, "linear") for q in (0.25, 0.5, 0.75))
    points = (
        table.group_by("variant", "share")
        .agg(q1.alias("q1"), ((q1 + 2 * q2 + q3) / 4).alias("trimean"), q3.alias("q3"))
        .sort("variant", "share")
    )
    names = present(LINES, points)
    for name in names:
        _, shade, marker, dashes = LINES[name]
        curve = points.filter(variant=name)
        ax.fill_between(curve["share"], curve["q1"], curve["q3"], color=shade, alpha=0.2, lw=0)
        ax.plot(curve["share"], curve["trimean"], color=shade, marker=marker, ls=dashes, lw=1.1)
    return set(names)


if __name__ == "__main__":
    main(sys.argv[1:])
