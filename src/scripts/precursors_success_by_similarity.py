"""Figure: success within five attempts against the similarity of a target to its nearest known target."""

import sys

import numpy as np
import polars as pl

from retort.report import style
from retort.report.results import figure_arguments
from retort.statistics.bootstrap import interval_over_items

METRIC = "success@5"
PANELS = {
    "selector": ("similarity_learned", "Learned similarity (of vectors)"),
    "raw-mpc-first": ("similarity_raw", "Raw similarity (of compositions)"),
}
BINS = 8
SEED = 0
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


def binned(targets: pl.DataFrame) -> pl.DataFrame:
    """Bins of about equal numbers of targets: median, first and last similarity, percent solved with interval, n."""
    edges = np.unique(np.quantile(targets["similarity"], np.linspace(0, 1, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, targets["similarity"], side="right")
    rows = []
    for _, group in sorted(targets.with_columns(pl.Series("bin", place)).group_by("bin")):
        estimate = interval_over_items(group["value"].to_numpy(), seed=SEED)
        similarity = group["similarity"]
        rows.append(
            {
                "similarity": similarity.median(),
                "first": similarity.min(),
                "last": similarity.max(),
                "value": 100 * estimate.point,
                "low": None if estimate.low is None else 100 * estimate.low,
                "high": None if estimate.high is None else 100 * estimate.high,
                "n": group.height,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


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


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    items = results.at_place(results.items).filter(part="test", metric=METRIC)
    targets = results.at_place(results.details("targets")).filter(part="test")
    fig, axes = style.figure(height=2.4, ncols=len(PANELS), sharey=True)
    for ax, (variant, (column, title)) in zip(axes, PANELS.items(), strict=True):
        ax.set_title(title)
        ax.set_xlabel("cosine to the nearest known target")
        answers = items.filter(variant=variant).join(targets, left_on="id", right_on="target_key")
        if answers.is_empty():
            ax.text(0.5, 0.5, "not run at this scale", ha="center", transform=ax.transAxes)
            continue
        bins = binned(answers.select(pl.col(column).alias("similarity"), "value"))
        x, shade = nines(bins["similarity"]), style.colour(variant)
        ax.hlines(bins["value"], nines(bins["first"]), nines(bins["last"]), color=shade, lw=0.7, alpha=0.6)
        certain = bins.with_columns(pl.Series("x", x)).drop_nulls(["low", "high"])
        ax.vlines(certain["x"], certain["low"], certain["high"], color=shade, lw=1.4)
        ax.plot(x, bins["value"], "o", color=shade, ms=4)
        # Bins are quantiles, so that one count serves all of them.
        few, many = bins["n"].min(), bins["n"].max()
        count = f"{few}" if few == many else f"{few} to {many}"
        ax.text(0.98, 0.06, f"{count} targets a bin", ha="right", transform=ax.transAxes, color=style.GREY)
        fit(ax, bins)
    axes[0].set_ylim(0, 108)
    axes[0].set_yticks(range(0, 101, 20))
    axes[0].set_ylabel("solved within five attempts (%)")
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
