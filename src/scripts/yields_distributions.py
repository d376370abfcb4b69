"""Figure: yields of patents at gram scale and below, as measured and as a fingerprint with boosting predicts them."""

import sys

import polars as pl

from retort.report import style
from retort.report.dots import nothing
from retort.report.results import figure_arguments

SCALES = {"gram": "Patents, gram scale", "sub-gram": "Patents, below a gram"}
# `kind` of the tables: colour, and what the legend calls it.
KINDS = {"measured": (style.BLUE, "measured"), "predicted": (style.VERMILLION, "predicted")}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "yields", argv)
    shares, levels = results.illustrations("histograms"), results.details("patents")
    fig, axes = style.figure(height=2.1, ncols=2, sharey=True)
    for ax, scale in zip(axes, SCALES, strict=True):
        histogram(ax, shares.filter(scale=scale), levels.filter(scale=scale))
        ax.set_title(SCALES[scale])
        ax.set_xlabel("yield (%)")
        ax.set_xlim(0, 100)
    axes[0].set_ylim(bottom=0)
    axes[0].set_ylabel("share of reactions (%)")
    if axes[0].patches:
        axes[0].legend(loc="upper left", fontsize=7)
    style.save(fig, output)


def histogram(ax: style.Axes, shares: pl.DataFrame, levels: pl.DataFrame) -> None:
    """The shares of one scale, what was measured filled, with means as lines."""
    if shares.is_empty():
        nothing(ax)
    for kind, (shade, label) in KINDS.items():
        bars = shares.filter(kind=kind).sort("low")
        if bars.is_empty():
            continue
        edges = [*bars["low"], bars["high"][-1]]
        filled = kind == "measured"
        alpha = 0.35 if filled else 1.0
        ax.stairs(100 * bars["share"], edges, color=shade, fill=filled, alpha=alpha, lw=1.0, label=label)
        for mean in levels.filter(quantity=kind)["value"]:
            ax.axvline(mean, color=shade, lw=0.9, ls=(0, (2, 1)))


if __name__ == "__main__":
    main(sys.argv[1:])
