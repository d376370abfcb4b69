"""Figure: success against the number of attempts, by similarity and completion, with and without the common set."""

import sys

import polars as pl

from retort.report import style
from retort.report.results import figure_arguments, present

PANELS = {
    "Common set forced as first attempt": {
        "selector": "learned, MPC",
        "raw-mpc-first": "raw, MPC",
        "learned-common-first": "learned, common",
        "raw-common-first": "raw, common",
    },
    "No forced first attempt": {
        "learned-mpc": "learned, MPC",
        "raw-mpc": "raw, MPC",
        "learned-common": "learned, common",
        "raw-common": "raw, common",
        "bare-head": "MPC, no neighbour",
        "most-frequent": "most frequent",
    },
}
# He et al. 2023, abstract: within five attempts. It speaks of their data, so of no other data set.
PUBLISHED, PUBLISHED_AT, PUBLISHED_FOR = 82.0, 5, "ceder"


def curves(summary: pl.DataFrame) -> pl.DataFrame:
    """Percent solved within k attempts: variant, k, value, low, high."""
    return (
        summary.filter(pl.col("metric").str.contains(r"^success@\d+$"), part="test")
        .with_columns(pl.col("metric").str.extract(r"(\d+)$").cast(pl.Int64).alias("k"))
        .select("variant", "k", *(pl.col(name) * 100 for name in ("trimean", "low", "high")))
        .sort("variant", "k")
    )


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    table = curves(results.at_place(results.summary))
    fig, axes = style.figure(height=2.75, ncols=2, sharey=True)
    last = table["k"].max()
    drawn = []
    for ax, (title, systems) in zip(axes, PANELS.items(), strict=True):
        ends = []
        for variant in present(systems, table):
            line, shade = table.filter(variant=variant), style.colour(variant)
            band = line.drop_nulls(["low", "high"])
            ax.fill_between(band["k"], band["low"], band["high"], color=shade, alpha=0.25, lw=0)
            ax.plot(line["k"], line["trimean"], color=shade, marker="o", markersize=2.2)
            ends.append((line["trimean"][-1], systems[variant], style.darker(shade)))
        drawn.append(ends)
        if "selector" in systems and results.place[0] == PUBLISHED_FOR:
            ax.plot(PUBLISHED_AT, PUBLISHED, marker="D", ms=5, mfc="none", mec=style.BLACK, mew=0.8, zorder=5)
            ax.annotate(
                "published, 82 %",
                xy=(PUBLISHED_AT, PUBLISHED),
                xytext=(PUBLISHED_AT - 0.4, PUBLISHED + 9),
                ha="center",
                fontsize=7.5,
                arrowprops={"arrowstyle": "-", "lw": 0.5, "shrinkB": 4},
            )
        ax.set_title(title)
        ax.set_xlabel("attempts, $k$")
        ax.set_xlim(0.7, last + 0.2)
        ax.set_xticks([k for k in range(1, last + 1) if last <= 10 or k == 1 or k % 5 == 0])
    low = table["trimean"].min()
    axes[0].set_ylim(max(0, 10 * int((low - 3) / 10)), 100)
    axes[0].set_ylabel("targets with a reported set within $k$ (%)")
    for ax, ends in zip(axes, drawn, strict=True):
        style.label_ends(ax, ends, x=last)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
