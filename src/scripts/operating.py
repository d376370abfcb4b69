"""Figure: judge the judge. Coverage of the intervals, wrong verdicts, and what the rule says as the truth moves away.

Simulated with a known truth in the shapes of three studies (`retort.statistics.operating`).
"""

import sys

import polars as pl
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from retort.report import style, tracing
from retort.report.results import overview_figure_arguments, read
from retort.statistics.components import CONFIDENCE
from retort.statistics.operating import COVERAGE
from retort.statistics.verdicts import DIFFERENT, NEGLIGIBLE, REPRODUCED, REVERSED, SMALL, SUPPORTED

SHADES = (style.BLUE, style.GREEN, style.PURPLE)
MARKS = {REPRODUCED: "o", DIFFERENT: "s", SUPPORTED: "^", SMALL: "v", NEGLIGIBLE: "D", REVERSED: "P"}
DEMANDED = (93, 97)  # % of 95 % intervals that may hold the truth
MOST_WRONG = 5  # %
SHOWN = 5  # replicates, in the panel of verdicts against the truth


def main(argv: list[str] | None = None) -> None:
    folder, _, output = overview_figure_arguments(__file__, argv)
    table = read(folder / "operating.parquet").with_columns(pl.col("rate") * 100)
    designs = dict(zip(table["design"].unique(maintain_order=True), SHADES, strict=False))
    fig, (left, middle, right) = style.figure(height=3.1, ncols=3)
    coverage(left, table.filter(kind=COVERAGE, truth=CONFIDENCE), designs)
    mistakes(middle, table.filter("wrong"), designs)
    decisions(right, table.filter(kind="value", n=SHOWN), designs)
    titles = dict(table.select("design", "title").unique().iter_rows())
    sizes = dict(table.select("design", "n_items").unique().iter_rows())
    handles = [
        Line2D([], [], color=shade, label=f"{titles[name]}, {sizes[name]} items")
        for name, shade in designs.items()
    ]
    handles += [
        Line2D([], [], color=style.GREY, marker=mark, ls="", ms=3.5, label=verdict)
        for verdict, mark in MARKS.items()
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=2.0, handletextpad=0.5)
    style.save(fig, output)


def coverage(ax: style.Axes, rows: pl.DataFrame, designs: dict[str, str]) -> None:
    """How many intervals hold the truth, with the band that is asked for."""
    ax.axhspan(*DEMANDED, color=style.PALE, lw=0)
    for name, shade in designs.items():
        line = rows.filter(design=name).sort("n")
        ax.plot(line["n"], line["rate"], color=shade, marker="o", ms=3.5)
    replicates(ax, rows)
    ax.set_ylim(90, 100)
    ax.set_ylabel("intervals that hold the truth (%)")


def mistakes(ax: style.Axes, rows: pl.DataFrame, designs: dict[str, str]) -> None:
    """Each verdict where it is false most often, with the rate that is allowed."""
    tracing.drawn(rows["rate"])
    worst = rows.group_by("design", "n", "verdict").agg(pl.col("rate").max()).sort("design", "n", "verdict")
    ax.axhline(MOST_WRONG, color=style.BLACK, lw=0.7, ls=":")
    for place, (name, shade) in enumerate(designs.items()):
        for verdict, mark in MARKS.items():
            points = worst.filter(design=name, verdict=verdict)
            x = points["n"].to_numpy() * 1.07 ** (place - 1)
            ax.plot(x, points["rate"], color=shade, marker=mark, ms=3.0, ls="")
    replicates(ax, rows)
    ax.set_ylim(0, 8)
    ax.set_ylabel("wrong verdicts, at worst (%)")


def decisions(ax: style.Axes, rows: pl.DataFrame, designs: dict[str, str]) -> None:
    """How often a value is called reproduced (full lines) and different (broken) as the truth moves away from it."""
    ax.axvline(1, color=style.BLACK, lw=0.7, ls=":")
    for name, shade in designs.items():
        here = rows.filter(design=name)
        truths = here.select("truth").unique().sort("truth")
        for verdict, dashes in ((REPRODUCED, "-"), (DIFFERENT, "--")):
            # A verdict that was never given has no row.
            line = truths.join(here.filter(verdict=verdict), on="truth", how="left").sort("truth")
            ax.plot(
                line["truth"],
                line["rate"].fill_null(0),
                color=shade,
                ls=dashes,
                marker=MARKS[verdict],
                ms=3.0,
            )
    ax.set_ylim(-2, 102)
    ax.set_xlabel("distance of the truth (margins)")
    ax.set_ylabel(f"claims of a value, {SHOWN} replicates (%)")


def replicates(ax: style.Axes, rows: pl.DataFrame) -> None:
    """The axis of the number of replicates."""
    ax.set_xscale("log")
    ticks = sorted(rows["n"].unique())
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(ticks[0] / 1.25, ticks[-1] * 1.25)
    ax.set_xlabel("replicates")


if __name__ == "__main__":
    main(sys.argv[1:])
