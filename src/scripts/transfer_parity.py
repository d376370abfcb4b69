"""Figure: predictions of the taught student against the labels, coloured by predicted uncertainty; its calibration."""

import sys

import numpy as np
import polars as pl
from matplotlib.colors import LogNorm
from matplotlib.ticker import FixedLocator, NullFormatter

from retort.report import style, tracing
from retort.report.names import metric, places, variant
from retort.report.results import Results, figure_arguments

PLACES = places("mp-formation", "mp-gap", "jarvis-formation", "jarvis-gap")
VARIANT = variant("ts-crabnet")
ERROR, MISCALIBRATION = metric("mae"), metric("calibration-error")
MOST_PANELS = 2
# Variant: marker and dashes.
CALIBRATED = {
    variant("crabnet"): ("o", "-"),
    variant("ts-crabnet"): ("D", "-"),
    variant("roost"): ("s", (0, (2, 1))),
    variant("ts-roost"): ("^", (0, (2, 1))),
}
COLOURS = "viridis"
SPAN = (0.02, 0.98)


def parity(fig: style.Figure, ax: style.Axes, results: Results, place: str, points: pl.DataFrame) -> None:
    """One panel: a dot for each test row, the most certain on top, and a bar for the colour of sigma."""
    points = points.sort("sigma", "id", descending=[True, False], nulls_last=True)
    ends = [points.select(pl.min_horizontal("value", "prediction").min()).item()]
    ends += [points.select(pl.max_horizontal("value", "prediction").max()).item()]
    margin = 0.04 * (ends[1] - ends[0])
    limits = (ends[0] - margin, ends[1] + margin)
    ax.plot(limits, limits, color=style.GREY, lw=0.6, zorder=0)
    shared = {"s": float(np.clip(4000 / points.height, 1.5, 8)), "lw": 0, "rasterized": points.height > 5000}
    sigma = points["sigma"]
    unit = results.unit(place, ERROR)
    if sigma.null_count() < len(sigma):
        low, high = (max(float(sigma.quantile(q, "linear")), 1e-6) for q in SPAN)
        scale = LogNorm(low, max(high, low * 1.01), clip=True)
        dots = ax.scatter(points["value"], points["prediction"], c=sigma, cmap=COLOURS, norm=scale, **shared)
        bar = fig.colorbar(dots, ax=ax, location="bottom", aspect=25, shrink=0.9, extend="both")
        ticks = [n * 10.0**power for power in range(-5, 4) for n in (1, 2, 5)]
        ticks = [tick for tick in ticks if low <= tick <= high]
        bar.ax.xaxis.set_major_locator(FixedLocator(ticks[:: 1 + len(ticks) // 5]))
        bar.ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        bar.ax.xaxis.set_minor_formatter(NullFormatter())
        bar.outline.set_visible(False)
        bar.set_label(rf"predicted $\sigma$ ({unit})")
    else:
        ax.scatter(points["value"], points["prediction"], color=results.colour(VARIANT), **shared)
    ax.set_xlim(limits)
    ax.set_ylim(limits)
    ax.set_aspect("equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(style.plt.MaxNLocator(4))
    ax.set_title(results.place_row(place)["title"])
    ax.set_xlabel(f"label ({unit})")
    ax.set_ylabel(f"prediction ({unit})")


def calibration(ax: style.Axes, results: Results, place: str, table: pl.DataFrame) -> None:
    """Share of labels inside the predicted intervals against the share that there should be."""
    ax.plot([0, 100], [0, 100], color=style.GREY, lw=0.6, zorder=0)
    shown = [name for name in CALIBRATED if name in set(table["variant"])]
    percent = (100 * pl.col("expected", "observed")).name.keep()
    summary = results.at(results.summary, place).filter(part="test", metric=MISCALIBRATION)
    for name in shown:
        curve = (
            table.filter(variant=name)
            .group_by("expected")
            .agg(pl.col("observed").mean(), of="observed")
            .sort("expected")
            .with_columns(percent)
        )
        tracing.drawn(curve["of"].explode())
        marker, dashes = CALIBRATED[name]
        error = summary.filter(variant=name)["mean"]
        tracing.drawn(error)
        off = f" ({100 * error[0]:.1f})" if len(error) else ""
        look = {"color": results.colour(name), "lw": 1.0, "ls": dashes, "marker": marker, "ms": 2.5}
        ax.plot(curve["expected"], curve["observed"], **look, label=results.short(name) + off)
    # Below the panel, beside the colour bars of the others, where no curve is.
    close = {"borderaxespad": 0, "labelspacing": 0.25, "columnspacing": 0.8, "handlelength": 1.2}
    names = ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.36), ncols=2, fontsize=7, **close)
    names.set_in_layout(False)
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 100)
    ax.set_aspect("equal")
    ax.set_xticks(range(0, 101, 25))
    ax.set_yticks(range(0, 101, 25))
    ax.set_title("Calibration")
    ax.set_xlabel("expected inside (%)")
    ax.set_ylabel("found inside (%)")


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    points = results.details("parity").filter(variant=VARIANT)
    coverage = results.details("calibration")
    predicted = [place for place in PLACES if not results.at(points, place).is_empty()][:MOST_PANELS]
    calibrated = [place for place in (*predicted, *PLACES) if not results.at(coverage, place).is_empty()][:1]
    if not predicted and not calibrated:
        raise ValueError(f"{results.folder}/details: no parity or calibration at {PLACES}.")
    fig, axes = style.figure(height=2.6, ncols=len(predicted) + len(calibrated), squeeze=False)
    for ax, place in zip(axes[0], predicted, strict=False):
        parity(fig, ax, results, place, results.at(points, place))
    for ax, place in zip(axes[0][len(predicted) :], calibrated, strict=True):
        calibration(ax, results, place, results.at(coverage, place))
    for ax in axes[0]:
        ax.set_anchor("N")
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
