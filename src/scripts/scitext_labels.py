"""Figure: F1 of three tasks against the number of annotated documents, by what was read before."""

import sys

import polars as pl

from retort.report import style
from retort.report.curves import by_labels
from retort.report.dots import nothing
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments, present

F1 = metric("f1")
# Place with all documents; its others have the same data set and protocol.
TASKS = {
    place("scierc-entities"): "Entities",
    place("scierc-relations"): "Relations",
    place("scierc-coreference"): "Coreference",
}
# Variant: marker, dashes, and the shift along x in percent that keeps intervals apart.
LINES = {
    variant("word-crf"): ("v", (0, (2, 1)), -7),
    variant("random"): ("s", (0, (1, 1)), -3.5),
    variant("general"): ("o", (0, (4, 1.5)), 0),
    variant("general-longer"): ("o", "-", 3.5),
    variant("science"): ("D", "-", 7),
}
CLOSE = 1.5  # numbers of documents in a smaller ratio would run into each other below the axis
ALONE = 4  # by which marks are farther apart where there is one number of documents, and no line to follow
ROOM = 1.35  # by which the axis goes beyond the fewest and the most


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "scitext", argv)
    fig, axes = style.figure(height=2.5, ncols=len(TASKS))
    shown: set[str] = set()
    tables = {name: of_task(results, name) for name in TASKS}
    counts = sorted({count for table in tables.values() for count in table["labels"]})
    for ax, (name, title) in zip(axes, TASKS.items(), strict=True):
        shown |= draw(results, ax, tables[name])
        ax.set_title(title)
        ax.set_xlabel("annotated documents")
        if counts:
            by_labels(ax, counts, close=CLOSE)
            ax.set_xlim(counts[0] / ROOM, counts[-1] * ROOM)
    axes[0].set_ylabel(results.metric(F1).header)
    handles = [
        style.plt.Line2D(
            [], [], marker=marker, ls=dashes, color=results.colour(name), ms=3.4, label=results.short(name)
        )
        for name, (marker, dashes, _) in LINES.items()
        if name in shown
    ]
    if handles:
        fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.6)
    style.save(fig, output)


def of_task(results: Results, name: str) -> pl.DataFrame:
    """The F1 of every system of a task with all documents and with fewer, and how many documents train."""
    table = results.summary.filter(pl.col("variant").is_in(list(LINES)), part="test", metric=F1)
    return table.join(results.label_counts(name), on=["dataset", "split"])


def draw(results: Results, ax: style.Axes, table: pl.DataFrame) -> set[str]:
    """One task, a line with intervals for each system; returns the variants that were drawn."""
    shown = present(LINES, table)
    if not shown:
        nothing(ax)
        return set()
    wider = 1 if table["labels"].n_unique() > 1 else ALONE
    for system in shown:
        marker, dashes, shift = LINES[system]
        line, shade = table.filter(variant=system).sort("labels"), results.colour(system)
        x = line["labels"] * (1 + wider * shift / 100)
        ax.vlines(x, 100 * line["low"], 100 * line["high"], color=shade, lw=0.9, alpha=0.6)
        ax.plot(x, 100 * line["mean"], marker=marker, ls=dashes, color=shade, lw=1.1, ms=3.4)
    # Intervals of three runs may be wide: the axis holds the values, and of intervals as much again.
    low, high = 100 * table["mean"].min(), 100 * table["mean"].max()
    room = 0.12 * (high - low) + 0.5
    ends = (
        100 * pl.concat([table["mean"], table["low"], table["high"]]).drop_nulls()
    )  # one run has no interval
    bottom, top = max(ends.min(), 2 * low - high) - room, min(ends.max(), 2 * high - low) + room
    ax.set_ylim(max(bottom, -0.04 * top), top)
    return set(shown)


if __name__ == "__main__":
    main(sys.argv[1:])
