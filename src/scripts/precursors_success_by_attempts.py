"""Figure: success against the number of attempts, by similarity and completion, with and without the common set."""

import sys

import polars as pl

from retort.report import style
from retort.report.names import metrics, variant, variants
from retort.report.results import Results, figure_arguments, present

PANELS = {
    "Common set forced as first attempt": variants(
        "selector", "raw-mpc-first", "learned-common-first", "raw-common-first"
    ),
    "No forced first attempt": variants(
        "learned-mpc", "raw-mpc", "learned-common", "raw-common", "bare-head", "most-frequent"
    ),
}
# Success within 1, 2, ... attempts.
SUCCESS = (
    *metrics("success@1", "success@2", "success@3", "success@4", "success@5"),
    *metrics("success@6", "success@7", "success@8", "success@9", "success@10"),
)
PUBLISHED = variant("selector")


def curves(summary: pl.DataFrame) -> pl.DataFrame:
    """Percent solved within k attempts: variant, k, value, low, high."""
    attempts = pl.DataFrame({"metric": SUCCESS, "k": range(1, len(SUCCESS) + 1)})
    return (
        summary.filter(part="test")
        .join(attempts, on="metric")
        .select("variant", "k", *(pl.col(name) * 100 for name in ("mean", "low", "high")))
        .sort("variant", "k")
    )


def draw_published(ax: style.Axes, results: Results, place: dict) -> None:
    """A diamond at each published value, in percent, where there is one of this place."""
    for k, name in enumerate(SUCCESS, start=1):
        quoted = results.quoted(place, name).get(PUBLISHED)
        if quoted is None:
            continue
        value, digits = quoted["value"], quoted["digits"]
        ax.plot(k, value, marker="D", ms=5, mfc="none", mec=style.BLACK, mew=0.8, zorder=5)
        ax.annotate(
            f"published, {value:.{digits}f} %",
            xy=(k, value),
            xytext=(k - 0.4, value + 9),
            ha="center",
            fontsize=7.5,
            arrowprops={"arrowstyle": "-", "lw": 0.5, "shrinkB": 4},
        )


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    place = results.main_place()
    table = curves(results.at(results.summary, place))
    if table.is_empty():
        raise ValueError(
            f"{results.folder}/summary.parquet has no score of {SUCCESS[0]!r}. Hint: a system must have run."
        )
    fig, axes = style.figure(height=2.75, ncols=2, sharey=True)
    last = table["k"].max()
    drawn = []
    for ax, (title, systems) in zip(axes, PANELS.items(), strict=True):
        ends = []
        for name in present(systems, table):
            line, shade = table.filter(variant=name), results.colour(name)
            band = line.drop_nulls(["low", "high"])
            ax.fill_between(band["k"], band["low"], band["high"], color=shade, alpha=0.25, lw=0)
            ax.plot(line["k"], line["mean"], color=shade, marker="o", markersize=2.2)
            ends.append((line["mean"][-1], results.short(name), style.darker(shade)))
        drawn.append(ends)
        if PUBLISHED in systems:
            draw_published(ax, results, place)
        ax.set_title(title)
        ax.set_xlabel("attempts, $k$")
        ax.set_xlim(0.7, last + 0.2)
        ax.set_xticks(range(1, last + 1))
    low = table["mean"].min()
    axes[0].set_ylim(max(0, 10 * int((low - 3) / 10)), 100)
    axes[0].set_ylabel("targets with a reported set within $k$ (%)")
    for ax, ends in zip(axes, drawn, strict=True):
        style.label_ends(ax, ends, x=last)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
