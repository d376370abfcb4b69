"""Figure: the error against the weight of the guidance in step 2, on validation and on test, a panel a place."""

import sys

import polars as pl

from retort.report import style
from retort.report.names import metric, variant
from retort.report.results import Results, figure_arguments, present

METRIC = metric("mae")
# The weight of the embedding loss, a setting, and who was trained with it.
ALPHAS = {variant("ts-crabnet"): 0, variant("ts-crabnet-alpha5"): 5, variant("ts-crabnet-alpha20"): 20}
PARTS = {"valid": ("validation", style.GREY, "s", -0.06), "test": ("test", style.VERMILLION, "o", 0.06)}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    summary = results.summary.filter(metric=METRIC)
    named = results.places.filter(pl.col("name").is_not_null()).sort("order").to_dicts()
    places = [row for row in named if len(present(ALPHAS, results.at(summary, row))) == len(ALPHAS)]
    if not places:
        raise ValueError(
            f"{results.folder}/summary.parquet: no place has {', '.join(ALPHAS)}. Hint: run all three at one."
        )
    fig, axes = style.figure(height=2.3, ncols=len(places), squeeze=False)
    for ax, place in zip(axes[0], places, strict=True):
        draw(ax, results, place)
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=len(PARTS))
    style.save(fig, output)


def draw(ax: style.Axes, results: Results, place: dict) -> None:
    """One place: a line for each part, with intervals."""
    summary = results.at(results.summary, place).filter(metric=METRIC)
    for part, (label, shade, marker, aside) in PARTS.items():
        rows = {row["variant"]: row for row in summary.filter(part=part).to_dicts()}
        xs = [index + aside for index in range(len(ALPHAS))]
        ax.plot(xs, [rows[name]["mean"] for name in ALPHAS], color=shade, marker=marker, label=label)
        for x, name in zip(xs, ALPHAS, strict=True):
            if rows[name]["low"] is not None:
                ax.vlines(x, rows[name]["low"], rows[name]["high"], color=shade, lw=1.0)
    ax.set_xticks(range(len(ALPHAS)), [str(alpha) for alpha in ALPHAS.values()])
    ax.set_xlim(-0.4, len(ALPHAS) - 0.6)
    ax.set_title(place["title"])
    ax.set_xlabel(r"weight of the guidance, $\alpha$")
    ax.set_ylabel(f"{results.metric(METRIC).label} ({results.unit(place, METRIC)})")


if __name__ == "__main__":
    main(sys.argv[1:])
