"""Figure: success within five attempts against the similarity of a target to its nearest known target."""

import sys

import numpy as np
import polars as pl

from retort.report import style, tracing
from retort.report.binned import means_in_bins
from retort.report.names import metric, variant
from retort.report.results import figure_arguments

METRIC = metric("success@5")
PANELS = {
    variant("selector"): ("similarity_learned", "Learned similarity (of vectors)"),
    variant("raw-mpc-first"): ("similarity_raw", "Raw similarity (of compositions)"),
}
BINS = 8
MEAN = ("mean", "low", "high")
# A cosine of 0.999 and one of 0.99 are as different as 0.99 and 0.9: the axis counts nines, up to this many.
NINES = 5
_FINE = (1, 2, 5)
TICKS = (
    (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999),
    tuple(sorted({round(1 - part * 10.0**-power, 6) for power in range(1, NINES + 1) for part in _FINE})),
)


def nines(cosine: np.ndarray) -> np.ndarray:
    """-log10(1 - cosine), cut where rounding begins."""
    return -np.log10(np.clip(1 - np.asarray(cosine, dtype=float), 10.0**-NINES, None))


def fit(ax: style.Axes, bins: pl.DataFrame) -> None:
    """Limits and ticks of the x axis for these bins: the panels' similarities may lie far apart."""
    low, high = nines(bins["first"].min()), nines(bins["last"].max())
    margin = 0.05 * (high - low) + 1e-3
    ax.set_xlim(low - margin, high + margin)
    # Where all lie between two of the usual ticks, finer ones.
    ticks = next(
        (ticks for ticks in TICKS if np.sum((nines(ticks) > low) & (nines(ticks) < high)) >= 2), TICKS[-1]
    )
    shown = [tick for tick in ticks if low - margin <= nines(tick) <= high + margin]
    ax.set_xticks(nines(shown), [f"{tick:g}" for tick in shown])


def draw(ax: style.Axes, bins: pl.DataFrame, shade: str) -> None:
    """A dot for each bin at its median, a line from its first to its last target, and the interval of its mean."""
    bins = bins.with_columns(x=pl.Series(nines(bins["median"])), **{end: 100 * pl.col(end) for end in MEAN})
    ax.hlines(bins["mean"], nines(bins["first"]), nines(bins["last"]), color=shade, lw=0.7, alpha=0.6)
    certain = bins.drop_nulls(["low", "high"])
    ax.vlines(certain["x"], certain["low"], certain["high"], color=shade, lw=1.4)
    ax.plot(bins["x"], bins["mean"], "o", color=shade, ms=4)
    # Bins are quantiles, so that one count serves all of them.
    few, many = bins["n"].min(), bins["n"].max()
    count = f"{few}" if few == many else f"{few} to {many}"
    ax.text(0.98, 0.06, f"{count} targets a bin", ha="right", transform=ax.transAxes, color=style.GREY)
    fit(ax, bins)


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    place = results.main_place()
    # What a system gave for each target, over its seeds.
    items = (
        results.items(place)
        .filter(part="test", metric=METRIC)
        .group_by("variant", "id")
        .agg(pl.col("value").cast(pl.Float64).mean(), of="value")
        .sort("variant", "id")
    )
    targets = results.at(results.details("targets"), place).filter(part="test")
    fig, axes = style.figure(height=2.4, ncols=len(PANELS), sharey=True)
    for ax, (name, (column, title)) in zip(axes, PANELS.items(), strict=True):
        ax.set_title(title)
        ax.set_xlabel("cosine to the nearest known target")
        answers = items.filter(variant=name).join(targets, left_on="id", right_on="target_key")
        if answers.is_empty():
            ax.text(0.5, 0.5, "not run at this scale", ha="center", transform=ax.transAxes)
            continue
        tracing.drawn(answers[column], answers["of"].explode())
        draw(ax, means_in_bins(answers[column], answers["value"], bins=BINS), results.colour(name))
    axes[0].set_ylim(0, 108)
    axes[0].set_yticks(range(0, 101, 20))
    axes[0].set_ylabel("solved within five attempts (%)")
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
