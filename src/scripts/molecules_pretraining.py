"""Figure: DINO's loss, the entropy of its teacher, the divergence from uniform and the momentum over pre-training."""

import sys

import polars as pl
from matplotlib.ticker import MaxNLocator

from retort.report import curves, style, tracing
from retort.report.names import variant
from retort.report.results import figure_arguments, present

# Variant: dashes.
LINES = {
    variant("dino"): "-",
    variant("dino-smiles"): "-",
    variant("dino-short"): "-",
    variant("dino-no-centring"): (0, (4, 1.5)),
    variant("dino-no-sharpening"): (0, (1, 1)),
}
PANELS = {
    "total": ("Loss", "nats"),
    "teacher_entropy": ("Entropy of the teacher", "nats"),
    "kl_uniform": ("Divergence from uniform", "nats"),
    "momentum": ("Momentum of the teacher", ""),
}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    history = results.history.filter(
        pl.col("variant").is_in(list(LINES)), pl.col("term").is_in([*PANELS, "kl_uniform_each"]), part="train"
    )
    variants = present(LINES, history)
    if not variants:
        raise ValueError(
            f"{results.folder}/history.parquet: none of {', '.join(LINES)} was pre-trained. "
            "Hint: the figure needs dino."
        )
    # In shares of each training: ablations are a tenth as long.
    lines = curves.over_seeds(history.filter(dataset=most_drawn(history))).with_columns(
        step=100 * pl.col("step") / pl.col("step").max().over("variant")
    )
    fig, axes = style.figure(height=3.6, nrows=2, ncols=2)
    for ax, (term, (title, unit)) in zip(axes.flat, PANELS.items(), strict=True):
        ax.set_title(title)
        for name in variants:
            curve = lines.filter(variant=name, term=term)
            if not curve.is_empty():
                curves.draw(ax, curve, results.colour(name), dashes=LINES[name])
        if not ax.lines:
            ax.text(0.5, 0.5, "not recorded at this scale", ha="center", transform=ax.transAxes)
            continue
        ax.set_ylabel(unit or "share kept")
        ax.yaxis.set_major_locator(MaxNLocator(5))
    highest = uniform(lines)
    if highest is not None:
        for ax in axes.flat[1:3]:
            ax.axhline(highest, color=style.GREY, lw=0.7, ls=":")
            ax.set_ylim(-0.04 * highest, 1.2 * highest)
        axes.flat[1].annotate(
            "uniform", (1, highest), xycoords=("axes fraction", "data"), xytext=(0, 1), textcoords="offset points",
            ha="right", va="bottom", fontsize=7, color=style.GREY,
        )  # fmt: skip
    for ax in axes[-1]:
        ax.set_xlabel("part of the training (%)")
    fig.align_ylabels()
    legend = [(results.short(name), results.colour(name), LINES[name]) for name in variants]
    curves.legend(fig, legend, columns=3)
    style.save(fig, output)


def most_drawn(history: pl.DataFrame) -> str:
    """The corpus of most lines: runs on two corpora are not seeds of one."""
    count = history.group_by("dataset").agg(lines=pl.col("variant").n_unique())
    return count.sort("lines", "dataset", descending=[True, False])["dataset"][0]


def uniform(lines: pl.DataFrame) -> float | None:
    """The entropy of the uniform distribution over prototypes: mean entropy and mean divergence add up to it."""
    both = lines.filter(term="teacher_entropy").join(
        lines.filter(term="kl_uniform_each"), on=["variant", "part", "step"], suffix="_kl"
    )
    tracing.drawn(both["of"].explode(), both["of_kl"].explode())
    return None if both.is_empty() else float((both["trimean"] + both["trimean_kl"]).median())


if __name__ == "__main__":
    main(sys.argv[1:])
