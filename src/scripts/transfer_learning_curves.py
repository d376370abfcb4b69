"""Figure: test error against the share of the training labels, a panel for each property, over seeds."""

import re
import sys

import numpy as np
import polars as pl
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from retort.report import style
from retort.report.results import Results, figure_arguments

METRIC = "mae"
TASKS = ("mp-formation", "mp-gap", "jarvis-formation", "jarvis-gap")
LINES = {
    # variant: (label, marker, dashes, shift along x in percent, so that equal shares stay readable)
    "boosting": ("boosting on Magpie", "s", (0, (1, 1)), -4),
    "crabnet": ("CrabNet", "o", "-", -2),
    "crabnet-labels": ("pre-trained on labels", "^", (0, (4, 1.5)), 4),
    "ts-crabnet-own": ("taught, teacher with the same labels", "v", (0, (2, 1)), 2),
    "ts-crabnet": ("taught (T-S CrabNet)", "D", "-", 0),
}
COMPARED = ("ts-crabnet", "crabnet")
# Zhu and Yang, Table 1 and the text on small data; percent of the labels: error.
PUBLISHED = {
    "mp-formation": {"crabnet": {100: 0.058, 5: 0.139}, "ts-crabnet": {100: 0.048, 5: 0.0875}},
    "mp-gap": {"crabnet": {100: 0.366}, "ts-crabnet": {100: 0.327, 5: 0.573}},
    "jarvis-formation": {"crabnet": {100: 0.088}, "ts-crabnet": {100: 0.084, 5: 0.163}},
    "jarvis-gap": {"crabnet": {100: 0.200}, "ts-crabnet": {100: 0.183, 5: 0.388}},
}
PUBLISHED_FOR = {"mp", "mp20", "jarvis"}
SHARES = (5, 25, 50, 75, 100)
NUMBERS = sorted(digit * 10.0**power for power in range(-4, 5) for digit in (1, 1.5, 2, 3, 4, 5, 7))


def shares(results: Results, task: str) -> dict[int, str]:
    """Percent of the training labels: name of the block, for the blocks of one task."""
    found = {name: re.fullmatch(rf"{task}(?:-(\d+))?", name) for name in results.blocks}
    return dict(sorted((int(match[1] or 100), name) for name, match in found.items() if match))


def curve(results: Results, summary: pl.DataFrame, blocks: dict[int, str], variant: str) -> list[tuple]:
    """(percent, trimean, low, high) of one variant at each share at which it was run."""
    points = []
    for percent, name in blocks.items():
        for row in results.at(summary, name).filter(variant=variant).to_dicts():
            points.append((percent, row["trimean"], row["low"], row["high"]))
    return points


def draw(ax: style.Axes, results: Results, task: str, blocks: dict[int, str], summary: pl.DataFrame) -> None:
    values = []
    for variant, (_, marker, dashes, shift) in LINES.items():
        points = curve(results, summary, blocks, variant)
        if not points:
            continue
        shade = style.colour(variant)
        x = [percent * (1 + shift / 100) for percent, *_ in points]
        ax.plot(x, [y for _, y, *_ in points], marker=marker, ls=dashes, color=shade, lw=1.1, ms=3.6)
        for at, (_, _, low, high) in zip(x, points, strict=True):
            if low is not None:
                ax.vlines(at, low, high, color=shade, lw=1.0)
                values += [low, high]
        values += [y for _, y, *_ in points]
    dataset = results.blocks[next(iter(blocks.values()))]["dataset"]
    for variant, quoted in (PUBLISHED.get(task, {}) if dataset in PUBLISHED_FOR else {}).items():
        x = [percent * (1 + LINES[variant][3] / 100) for percent in quoted]
        style_of = {"mfc": "white", "mec": style.colour(variant), "mew": 0.9, "ms": 5}
        ax.plot(x, list(quoted.values()), LINES[variant][1], ls="", zorder=5, **style_of)
        values += list(quoted.values())
    limits(ax, values)


def limits(ax: style.Axes, values: list[float]) -> None:
    """A logarithmic axis with round numbers on it, at most six."""
    low, high = min(values) / 1.12, max(values) * 1.12
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ticks = [number for number in NUMBERS if low <= number <= high]
    while len(ticks) > 6:
        ticks = ticks[::2]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())


def gain(results: Results, scores: pl.DataFrame, blocks: dict[int, str]) -> str:
    """What teaching changes at the smallest share, in percent of the untaught error: paired by seed."""
    percent, name = next(iter(blocks.items()))
    here = results.at(scores, name)
    ours, theirs = (here.filter(variant=variant).select("seed", "value") for variant in COMPARED)
    both = ours.join(theirs, on="seed", suffix="_untaught")
    if both.is_empty():
        return ""
    change = 100 * float(np.median(both["value"] / both["value_untaught"] - 1))
    sign = "\N{MINUS SIGN}" if change < 0 else "+"
    return f"taught at {percent} %: {sign}{abs(change):.0f} %"


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    summary = results.summary.filter(part="test", metric=METRIC)
    scores = results.scores.filter(part="test", metric=METRIC)
    panels = {task: shares(results, task) for task in TASKS}
    panels = {
        task: blocks
        for task, blocks in panels.items()
        if any(curve(results, summary, blocks, variant) for variant in LINES)
    }
    if not panels:
        raise ValueError(
            f"{results.folder}: no block of {TASKS} has runs. Hint: name the blocks of the grid."
        )
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    fig, axes = style.figure(height=1.75 * rows + 0.55, nrows=rows, ncols=columns, squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    shown = set()
    for ax, (task, blocks) in zip(axes.flat, panels.items(), strict=False):
        draw(ax, results, task, blocks, summary)
        shown |= {variant for variant in LINES if curve(results, summary, blocks, variant)}
        about = results.blocks[blocks.get(100, next(iter(blocks.values())))]
        unit = results.at(summary, next(iter(blocks.values())))["unit"][0]
        ax.set_title(about["title"] or task)
        ax.set_ylabel(f"MAE ({unit})")
        ax.set_xscale("log")
        ax.set_xlim(4.3, 118)
        ax.xaxis.set_major_locator(FixedLocator(SHARES))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.xaxis.set_minor_locator(NullLocator())
        if text := gain(results, scores, blocks):
            shade = style.darker(style.colour(COMPARED[0]))
            ax.text(0.98, 0.93, text, ha="right", va="top", transform=ax.transAxes, color=shade, fontsize=7.5)
    for index in range(len(panels)):
        if index + columns >= len(panels):
            axes.flat[index].set_xlabel("share of the training labels (%)")
    fig.align_ylabels()
    handles = [
        style.plt.Line2D([], [], marker=marker, ls=dashes, color=style.colour(name), label=label)
        for name, (label, marker, dashes, _) in LINES.items()
        if name in shown
    ]
    if any(
        results.blocks[name]["dataset"] in PUBLISHED_FOR
        for blocks in panels.values()
        for name in blocks.values()
    ):
        handles.append(
            style.plt.Line2D(
                [], [], marker="o", ls="", mfc="white", mec=style.BLACK, label="published (hollow)"
            )
        )
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.4)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
