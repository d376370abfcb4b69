"""Figure: losses of PrecursorSelector against training steps, for training and validation, over seeds."""

import sys

import polars as pl
from matplotlib.ticker import LogLocator, NullFormatter

from retort.report import curves, style
from retort.report.names import variant
from retort.report.results import figure_arguments

VARIANT = variant("selector")
TERMS = {"total": "Total", "completion": "Masked completion", "composition": "Composition"}
PARTS = {"train": ("training", style.GREY), "valid": ("validation", style.BLUE)}
CHOSEN_BY = "completion"


def best_steps(history: pl.DataFrame) -> list[int]:
    """Of each seed, the step whose model is kept: that of the lowest completion loss on validation reactions."""
    valid = history.filter(part="valid", term=CHOSEN_BY).sort("seed", "value", "step")
    return valid.group_by("seed", maintain_order=True).first()["step"].to_list()


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    history = results.at(results.history, results.main_place()).filter(variant=VARIANT)
    missing = set(TERMS) - set(history["term"])
    if missing:
        raise ValueError(
            f"{results.folder}/history.parquet: {VARIANT!r} has no term {sorted(missing)}. Hint: it must have run."
        )
    losses, best = curves.over_seeds(history), best_steps(history)
    last = losses["step"].max()
    fig, axes = style.figure(height=1.35 * len(TERMS) + 0.3, nrows=len(TERMS), sharex=True)
    for ax, term in zip(axes, TERMS, strict=True):
        for part, (_, shade) in PARTS.items():
            curves.draw(ax, losses.filter(term=term, part=part), shade)
        # The steep start would flatten everything after it.
        shown = losses.filter(pl.col("step") > 0.03 * last, term=term)
        low, high = shown["q1"].min(), shown["q3"].max()
        if term == "composition" and low > 0:
            ax.set_yscale("log")  # it falls by orders of magnitude
            ax.set_ylim(low / 1.3, high * 1.3)
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            ax.yaxis.set_minor_formatter(NullFormatter())
        else:
            ax.set_ylim(low - 0.06 * (high - low), high + 0.12 * (high - low))
            ax.yaxis.set_major_locator(style.plt.MaxNLocator(4))
        ax.set_xlim(0, last)
        ax.set_title(TERMS[term])
        for step in best:
            ax.axvline(step, color=style.BLACK, lw=0.4, ls=(0, (1, 3)), zorder=0)
        ax.set_ylabel("loss")
    top = axes[0]
    for height, (name, shade) in zip((0.86, 0.70), PARTS.values(), strict=True):
        top.text(
            0.985,
            height,
            name,
            color=style.darker(shade),
            ha="right",
            transform=top.transAxes,
            fontsize=7.5,
            # Over the lines of kept models, which may stand anywhere.
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            zorder=10,
        )
    if best:
        after = max(best) < 0.7 * last
        top.annotate(
            "kept model, each seed",
            xy=(max(best) if after else min(best), 0.5),
            xycoords=("data", "axes fraction"),
            xytext=(5 if after else -5, 0),
            textcoords="offset points",
            fontsize=7.5,
            va="center",
            ha="left" if after else "right",
        )
    axes[-1].set_xlabel("training step")
    axes[-1].xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}".replace(",", "\u2009"))
    fig.align_ylabels()
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
