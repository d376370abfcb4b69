"""Figure: test error against the share of the training labels, a panel for each property, over seeds."""

import sys

import polars as pl
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from retort.report import style
from retort.report.names import metric, places, variant, variants
from retort.report.results import Results, figure_arguments

METRIC = metric("mae")
TASKS = places("mp-formation", "mp-gap", "jarvis-formation", "jarvis-gap")
LINES = {
    # variant: (marker, dashes, shift along x in percent, so that equal shares stay readable)
    variant("boosting"): ("s", (0, (1, 1)), -4),
    variant("crabnet"): ("o", "-", -2),
    variant("crabnet-labels"): ("^", (0, (4, 1.5)), 4),
    variant("ts-crabnet-own"): ("v", (0, (2, 1)), 2),
    variant("ts-crabnet"): ("D", "-", 0),
}
TAUGHT, UNTAUGHT = variants("ts-crabnet", "crabnet")
SHARES = (5, 25, 50, 75, 100)
NUMBERS = sorted(digit * 10.0**power for power in range(-4, 5) for digit in (1, 1.5, 2, 3, 4, 5, 7))


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    panels = {task: points for task in TASKS if not (points := scored(results, task)).is_empty()}
    if not panels:
        raise ValueError(
            f"{results.folder}: no place of {TASKS} has runs. Hint: name the blocks of the grid."
        )
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    fig, axes = style.figure(height=1.75 * rows + 0.55, nrows=rows, ncols=columns, squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    for index, (task, points) in enumerate(panels.items()):
        ax = axes.flat[index]
        draw(ax, results, points, published(results, task))
        ax.set_title(results.place_row(task)["title"])
        ax.set_ylabel(f"{results.metric(METRIC).label} ({points['unit'][0]})")
        if index + columns >= len(panels):
            ax.set_xlabel("share of the training labels (%)")
        if text := gain(results, task):
            shade = style.darker(results.colour(TAUGHT))
            ax.text(0.98, 0.93, text, ha="right", va="top", transform=ax.transAxes, color=shade, fontsize=7.5)
    fig.align_ylabels()
    legend(fig, results, panels)
    style.save(fig, output)


def same_task(results: Results, task: str) -> pl.DataFrame:
    """`dataset, split, name, percent` of a named place and of those with fewer labels of it, the fewest first."""
    row = results.place_row(task)
    if row is None:
        rows = results.places.clear()
    else:
        same = (pl.col(key).eq_missing(pl.lit(row[key])) for key in ("dataset", "protocol", "target"))
        rows = results.places.filter(*same)
    return rows.select("dataset", "split", "name", percent=100 * pl.col("share")).sort("percent")


def scored(results: Results, task: str) -> pl.DataFrame:
    """The summary of the lines, with `percent`, at each share of a task's labels at which they were run."""
    summary = results.summary.filter(pl.col("variant").is_in(list(LINES)), part="test", metric=METRIC)
    return summary.join(same_task(results, task), on=["dataset", "split"]).sort("percent")


def published(results: Results, task: str) -> pl.DataFrame:
    """`variant, percent, value` of what was published of a task."""
    rows = [
        (system, row["percent"], quoted["value"])
        for row in same_task(results, task).filter(pl.col("name").is_not_null()).to_dicts()
        for system, quoted in results.quoted(row["name"], METRIC).items()
    ]
    schema = {"variant": pl.String, "percent": pl.Float64, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").filter(pl.col("variant").is_in(list(LINES)))


def draw(ax: style.Axes, results: Results, points: pl.DataFrame, quoted: pl.DataFrame) -> None:
    """One panel: a line for each system, and hollow what was published."""
    for name, (marker, dashes, shift) in LINES.items():
        shade, aside = results.colour(name), 1 + shift / 100
        line, hollow = points.filter(variant=name), quoted.filter(variant=name)
        if not line.is_empty():
            x = line["percent"] * aside
            ax.plot(x, line["trimean"], marker=marker, ls=dashes, color=shade, lw=1.1, ms=3.6)
            ax.vlines(x, line["low"], line["high"], color=shade, lw=1.0)
        if not hollow.is_empty():
            look = {"mfc": "white", "mec": shade, "mew": 0.9, "ms": 5}
            ax.plot(hollow["percent"] * aside, hollow["value"], marker, ls="", zorder=5, **look)
    scale(ax, pl.concat([points["trimean"], points["low"], points["high"], quoted["value"]]).drop_nulls())


def scale(ax: style.Axes, values: pl.Series) -> None:
    """Logarithmic axes; that of the errors with round numbers on it, at most six."""
    low, high = values.min() / 1.12, values.max() * 1.12
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ticks = [number for number in NUMBERS if low <= number <= high]
    while len(ticks) > 6:
        ticks = ticks[::2]
    ax.set_xscale("log")
    ax.set_xlim(4.3, 118)
    for axis, numbers in ((ax.yaxis, ticks), (ax.xaxis, SHARES)):
        axis.set_major_locator(FixedLocator(numbers))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())


def gain(results: Results, task: str) -> str:
    """What teaching changes at the smallest share, in percent of the untaught error: paired by seed."""
    least = same_task(results, task).head(1)
    compared = results.contrast(TAUGHT, UNTAUGHT).filter(part="test", metric=METRIC)
    rows = compared.join(least, on=["dataset", "split"]).to_dicts()
    if not rows or rows[0]["relative"] is None:
        return ""
    change = 100 * rows[0]["relative"]
    sign = "\N{MINUS SIGN}" if change < 0 else "+"
    return f"taught at {rows[0]['percent']:.0f} %: {sign}{abs(change):.0f} %"


def legend(fig: style.Figure, results: Results, panels: dict[str, pl.DataFrame]) -> None:
    """The lines that were drawn, and what is hollow."""
    shown = set(pl.concat([points["variant"] for points in panels.values()]))
    handles = [
        style.plt.Line2D(
            [], [], marker=marker, ls=dashes, color=results.colour(name), label=results.short(name)
        )
        for name, (marker, dashes, _) in LINES.items()
        if name in shown
    ]
    if any(not published(results, task).is_empty() for task in panels):
        look = {"marker": "o", "ls": "", "mfc": "white", "mec": style.BLACK}
        handles.append(style.plt.Line2D([], [], **look, label="published (hollow)"))
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.4)


if __name__ == "__main__":
    main(sys.argv[1:])
