"""Figure: test error against the number of labels, a panel for each property, with the control and the ceiling."""

import sys

import polars as pl
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from retort.report import style
from retort.report.names import metric, places, variant
from retort.report.results import Results, figure_arguments

METRIC = metric("mae")
TASKS = places("mp-formation", "mp-gap", "jarvis-formation", "jarvis-gap")
LINES = {
    # variant: (marker, dashes, shift along x in percent, so that equal numbers stay readable)
    variant("boosting"): ("s", (0, (1, 1)), -6),
    variant("crabnet"): ("o", (0, (1, 1)), -4),
    variant("crabnet-fair"): ("o", "-", -2),
    variant("crabnet-foreign"): ("P", (0, (4, 1.5)), 6),
    variant("ts-crabnet-own"): ("v", (0, (2, 1)), 2),
    variant("ts-crabnet"): ("D", "-", 0),
    variant("crabnet-labels"): ("^", (0, (4, 1.5)), 4),
}
COUNTS = (30, 100, 300, 1_000, 3_000, 10_000, 30_000)
NUMBERS = sorted(digit * 10.0**power for power in range(-4, 5) for digit in (1, 1.5, 2, 3, 4, 5, 7))
MOST_TICKS = {"x": 4, "y": 6}  # more numbers would touch each other


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    panels = {task: points for task in TASKS if not (points := scored(results, task)).is_empty()}
    if not panels:
        raise ValueError(
            f"{results.folder}: no place of {TASKS} has runs. Hint: name the blocks of the grid."
        )
    columns = 2 if len(panels) == 4 else min(3, len(panels))
    rows = -(-len(panels) // columns)
    fig, axes = style.figure(height=1.45 * rows + 0.65, nrows=rows, ncols=columns, squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    quoted = {task: published(results, task) for task in panels}
    counts = [*pl.concat(points["labels"] for points in panels.values())]
    counts += [*pl.concat(points["labels"] for points in quoted.values())]
    for index, (task, points) in enumerate(panels.items()):
        ax = axes.flat[index]
        draw(ax, results, points, quoted[task])
        ax.set_xscale("log")
        ax.set_xlim(min(counts) * 0.8, max(counts) * 1.25)
        label(ax)
        ax.set_title(results.place_row(task)["title"])
        ax.set_ylabel(f"{results.metric(METRIC).label} ({points['unit'][0]})")
        if index + columns >= len(panels):
            ax.set_xlabel("number of labels")
    fig.align_ylabels()
    handles = legend(results, panels, hollow=any(len(points) for points in quoted.values()))
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.4)
    style.save(fig, output)


def same_task(results: Results, task: str) -> pl.DataFrame:
    """`dataset, split, name, share, labels` of a named place and of those with fewer labels of it, the fewest first."""
    row = results.place_row(task)
    if row is None:
        rows = results.places.clear()
    else:
        same = (pl.col(key).eq_missing(pl.lit(row[key])) for key in ("dataset", "protocol", "target"))
        rows = results.places.filter(*same)
    return rows.select("dataset", "split", "name", "share", labels="labels_train").sort("labels")


def scored(results: Results, task: str) -> pl.DataFrame:
    """The summary of the lines, with `labels`, at each number of a task's labels at which they were run."""
    summary = results.summary.filter(pl.col("variant").is_in(list(LINES)), part="test", metric=METRIC)
    return summary.join(same_task(results, task), on=["dataset", "split"]).sort("labels")


def published(results: Results, task: str) -> pl.DataFrame:
    """`variant, labels, value` of what was published of a task, at the number of labels that it was published for."""
    rows = [
        (system, quoted["share"] * quoted["labels"], quoted["value"])
        for row in same_task(results, task).filter(pl.col("name").is_not_null()).to_dicts()
        for system, quoted in results.quoted(row["name"], METRIC).items()
        if quoted["labels"] is not None
    ]
    schema = {"variant": pl.String, "labels": pl.Float64, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").filter(pl.col("variant").is_in(list(LINES)))


def draw(ax: style.Axes, results: Results, points: pl.DataFrame, quoted: pl.DataFrame) -> None:
    """One panel: a line for each system, and hollow what was published."""
    for name, (marker, dashes, shift) in LINES.items():
        shade, aside = results.colour(name), 1 + shift / 100
        line, hollow = points.filter(variant=name), quoted.filter(variant=name)
        if not line.is_empty():
            x = line["labels"] * aside
            ax.plot(x, line["mean"], marker=marker, ls=dashes, color=shade, lw=1.1, ms=3.4)
            ax.vlines(x, line["low"], line["high"], color=shade, lw=1.0)
        if not hollow.is_empty():
            look = {"mfc": "white", "mec": shade, "mew": 0.9, "ms": 5}
            ax.plot(hollow["labels"], hollow["value"], marker, ls="", zorder=5, **look)
    # Intervals over few replicates may be wide: the axis holds the values.
    values = pl.concat([points["mean"], quoted["value"]]).drop_nulls()
    ax.set_yscale("log")
    ax.set_ylim(values.min() / 1.15, values.max() * 1.15)


def label(ax: style.Axes) -> None:
    """Round numbers on both logarithmic axes, as many as have room."""
    for axis, numbers, (low, high) in (
        (ax.yaxis, NUMBERS, ax.get_ylim()),
        (ax.xaxis, COUNTS, ax.get_xlim()),
    ):
        ticks = [number for number in numbers if low <= number <= high]
        while len(ticks) > MOST_TICKS[axis.axis_name]:
            ticks = ticks[::2]
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(
            lambda value, _: f"{value:,.0f}".replace(",", "\u2009") if value >= 10 else f"{value:g}"
        )
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())


def legend(results: Results, panels: dict[str, pl.DataFrame], *, hollow: bool) -> list:
    """Handles of the lines that were drawn, and of what is hollow."""
    shown = set(pl.concat([points["variant"] for points in panels.values()]))
    handles = [
        style.plt.Line2D(
            [], [], marker=marker, ls=dashes, color=results.colour(name), ms=3.4, label=results.short(name)
        )
        for name, (marker, dashes, _) in LINES.items()
        if name in shown
    ]
    if hollow:
        look = {"marker": "o", "ls": "", "mfc": "white", "mec": style.BLACK}
        handles.append(style.plt.Line2D([], [], **look, label="hollow: published"))
    return handles


if __name__ == "__main__":
    main(sys.argv[1:])
