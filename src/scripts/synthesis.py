"""Figure: the gain of borrowing against the number of labels, a panel for each study, and beside them the answer.

Up is good: g = ln(error of the fair control / error of the borrower). A line for each loan and task that the YAML
shows (`loans: panel`); hollow, the same against the control of the original paper; a blue bar, what the lender's labels
themselves would have given (the ceiling); a grey dot, the best simple baseline. All are over the same fair control.
"""

import fnmatch
import sys
from typing import Any

import numpy as np
import polars as pl
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from retort.report import loans, style, tracing
from retort.report.results import Results, overview_figure_arguments
from retort.statistics.gains import PRACTICAL

LOOKS = ((style.VERMILLION, "o"), (style.ORANGE, "D"), (style.PURPLE, "P"), (style.GREEN, "s"))
LIMITS = (-0.4, 1.05)  # what is beyond stands at the edge, as an arrow
# At the right; what is hollow at the left means something else.
AT_FEWEST, WITH_ALL = ("D", style.BLACK), ("s", style.GREY)
APART = 0.022  # of the logarithm of the axis: how far marks of several lines at equal labels stand apart
COUNTS = {1e1: "10", 1e2: "100", 1e3: "1000", 1e4: "$10^4$", 1e5: "$10^5$"}
BETWEEN = {3e1: "30", 3e2: "300", 3e3: "3000"}  # named, too, where an axis holds but one power of ten


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_figure_arguments(__file__, argv)
    shown = {results.study: lines(results) for results in studies}
    studies = [results for results in studies if shown[results.study]]
    columns = min(3, max(1, len(studies)))
    rows = -(-len(studies) // columns) or 1
    # Inches, for what the lines of a row are called.
    longest = [
        max((len(shown[one.study]) for one in studies[row * columns :][:columns]), default=1)
        for row in range(rows)
    ]
    below = [0.15 * most + 0.19 for most in longest]
    fig, axes = style.figure(
        height=2.35 * rows + sum(below) + 0.45,
        nrows=2 * rows,
        ncols=columns + 1,
        squeeze=False,
        sharey="row",
        width_ratios=[*[1.0] * columns, 0.3],
        height_ratios=[height for own in below for height in (2.35, own)],
    )
    for ax in axes[1::2].flat:
        ax.set_axis_off()
    for index in range(rows * columns):
        ax, beside = axes[2 * (index // columns) : 2 * (index // columns) + 2, index % columns]
        if index >= len(studies):
            ax.set_visible(False)
            continue
        draw(ax, shown[studies[index].study])
        names(beside, loans.field(studies[index]), shown[studies[index].study])
        ax.set_title(loans.field(studies[index]))
        ax.set_xlabel("labels of the task, $n$")
    for index, row in enumerate(axes[::2]):
        row[0].set_ylabel("gain of borrowing, $g$")
        answer(row[-1], studies[index * columns : (index + 1) * columns], shown)
    fig.legend(handles=key(), loc="outside lower center", ncols=3, columnspacing=1.6, handletextpad=0.5)
    style.save(fig, output)


def lines(results: Results) -> list[tuple[str, pl.DataFrame]]:
    """What the panel of a study draws: a label and the gains of each line, the fewest labels first."""
    gains = results.gains.filter(~pl.col("robust"), pl.col("dataset").is_not_null())
    tasks = results.places.select("dataset", "split", "target", "protocol", place_title="title")
    gains = gains.join(tasks, on=["dataset", "split"], how="left")
    found = []
    for loan in loans.shown(results):
        names = gains.filter(loan=loan["loan"])["name"].drop_nulls().unique()
        kept = [name for name in names if any(fnmatch.fnmatchcase(name, each) for each in loan["panel"])]
        rows = gains.filter(pl.col("name").is_in(kept), loan=loan["loan"])
        for _, line in rows.group_by("dataset", "target", "protocol", maintain_order=True):
            found.append((loan["short"], line.sort("labels")))
    several_loans = len({name for name, _ in found}) > 1
    several_tasks = len({_task(line) for _, line in found}) > 1
    return [
        (
            ", ".join(filter(None, [_task(line) if several_tasks else "", name if several_loans else ""]))
            or name,
            line,
        )
        for name, line in found
    ]


def _task(line: pl.DataFrame) -> str:
    """The title of a line's task: that of the place with the most labels, without share and unit."""
    return line["place_title"][-1].partition(",")[0].partition(" (")[0]


def draw(ax: style.Axes, shown: list[tuple[str, pl.DataFrame]]) -> None:
    """One study: a line for each of its loans and tasks."""
    ax.axhspan(-PRACTICAL, PRACTICAL, color=style.PALE, lw=0, zorder=0)
    ax.axhline(0, color=style.BLACK, lw=0.7, zorder=1)
    ax.set_xscale("log")
    for index, (_, line) in enumerate(shown):
        shade, marker = LOOKS[index % len(LOOKS)]
        aside = np.exp((index - (len(shown) - 1) / 2) * APART * np.log(10) * 2)
        tracing.drawn(line["labels"])
        arms = {arm: line.filter(arm=arm) for arm in ("simple", "ceiling", "published", "fair")}
        _simple(ax, arms["simple"], aside)
        _ceiling(ax, arms["ceiling"], aside)
        _arm(ax, arms["published"], aside * np.exp(APART), shade, marker, hollow=True)
        _arm(ax, arms["fair"], aside, shade, marker, hollow=False)
    labels = [count for _, line in shown for count in line["labels"]]
    if labels:
        ax.set_xlim(min(labels) / 1.8, max(labels) * 1.8)
    ax.set_ylim(*LIMITS)
    low, high = ax.get_xlim()
    ticks = {count: text for count, text in (COUNTS | BETWEEN).items() if low <= count <= high}
    if len(ticks.keys() & COUNTS.keys()) > 1:
        ticks = {count: text for count, text in ticks.items() if count in COUNTS}
    ax.xaxis.set_major_locator(FixedLocator(sorted(ticks)))
    ax.xaxis.set_major_formatter(lambda value, _: ticks.get(value, ""))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def names(ax: style.Axes, heading: str, shown: list[tuple[str, pl.DataFrame]]) -> None:
    """What the lines of a panel are called, under the name of the study: another's have the same colours."""
    handles = [
        Line2D([], [], color=shade, marker=marker, ms=3.6, label=name)
        for (shade, marker), (name, _) in zip(LOOKS * len(shown), shown, strict=False)
    ]
    legend = ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(-0.12, 1.0), fontsize=6, handlelength=0.9,
        labelspacing=0.3, borderaxespad=0, handletextpad=0.3, title=heading, title_fontsize=7, alignment="left",
    )  # fmt: skip
    legend.set_in_layout(False)  # its width is no reason for narrow panels


def _arm(ax: style.Axes, rows: pl.DataFrame, aside: float, shade: str, marker: str, *, hollow: bool) -> None:
    """The gains over one control, with their intervals as far as the axes go."""
    if rows.is_empty():
        return
    x = rows["labels"].to_numpy() * aside
    look = {"mfc": "white" if hollow else shade, "mec": shade, "mew": 0.8, "ms": 3.4 if hollow else 4.0}
    faint = 0.6 if hollow else 1.0  # what the fair control says comes first
    ax.plot(
        x,
        rows["gain"],
        ls=":" if hollow else "-",
        lw=0.7 if hollow else 1.1,
        color=shade,
        alpha=faint,
        zorder=2,
    )
    for at, gain in zip(x, rows["gain"], strict=True):
        _mark(ax, at, gain, marker, color=shade, **look)
    bounded = rows.with_columns(x=pl.Series(x)).drop_nulls(["low", "high"])
    ax.vlines(
        bounded["x"],
        bounded["low"],
        bounded["high"],
        color=shade,
        lw=0.6 if hollow else 1.1,
        alpha=faint,
        zorder=2,
    )


def _ceiling(ax: style.Axes, rows: pl.DataFrame, aside: float) -> None:
    """A short bar at what the lender's labels would give."""
    for row in rows.to_dicts():
        x = row["labels"] * aside
        if LIMITS[0] <= row["gain"] <= LIMITS[1]:
            ax.hlines(row["gain"], x / 1.16, x * 1.16, color=style.BLUE, lw=2.0, zorder=2)
        else:
            _mark(ax, x, row["gain"], "_", color=style.BLUE, ms=4.0)


def _simple(ax: style.Axes, rows: pl.DataFrame, aside: float) -> None:
    """A grey dot at what the best simple baseline gives."""
    for row in rows.to_dicts():
        _mark(ax, row["labels"] * aside, row["gain"], ".", color=style.GREY, ms=4.5)


def _mark(ax: style.Axes, x: float, gain: float, marker: str, **look: Any) -> None:
    """One gain; at the edge of the panel an arrow where it lies beyond."""
    y, marker = style.at_edge(gain, LIMITS, marker, beyond="v^")
    ax.plot(x, y, marker, zorder=3, clip_on=False, **look)


def answer(ax: style.Axes, studies: list[Results], shown: dict[str, list]) -> None:
    """The strip at the right: the gain of each study's first loan over its tasks, at the fewest and at all labels."""
    ax.axhspan(-PRACTICAL, PRACTICAL, color=style.PALE, lw=0, zorder=0)
    ax.axhline(0, color=style.BLACK, lw=0.7, zorder=1)
    ticks = []
    for index, results in enumerate(studies):
        ticks.append(loans.field(results))
        first = loans.shown(results)[0]
        for name, aside, marker, shade in ((loans.FEWEST, -0.16, *AT_FEWEST), (loans.ALL, 0.16, *WITH_ALL)):
            row = loans.pooled(results, first, name, "fair")
            if row.get("low") is not None:
                ax.vlines(index + aside, row["low"], row["high"], color=shade, lw=1.0)
            if row:
                _mark(ax, index + aside, row["gain"], marker, color=shade, ms=4.0)
    ax.set_title("first loan")
    ax.set_xlim(-0.6, max(0.6, len(studies) - 0.4))
    ax.set_xticks(range(len(ticks)), ticks, rotation=90)
    ax.tick_params(axis="x", length=0)


def key() -> list[Line2D]:
    """What the marks mean, for all panels."""
    fair, published = {"marker": "o", "ms": 4}, {"marker": "o", "ms": 3.4, "ls": ":", "mfc": "white"}
    return [
        Line2D([], [], color=style.BLACK, **fair, label="over the fair control"),
        Line2D([], [], color=style.BLACK, **published, label="over the published control"),
        Line2D([], [], color=style.BLUE, lw=2, label="ceiling: the lender's labels"),
        Line2D([], [], color=style.GREY, marker=".", ls="", label="best simple baseline"),
        *(
            Line2D([], [], color=shade, marker=marker, ls="", ms=4, label=label)
            for (marker, shade), label in (
                (AT_FEWEST, "right: fewest labels"),
                (WITH_ALL, "right: all labels"),
            )
        ),
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
