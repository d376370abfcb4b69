"""Figure: fine-tuning, loss on training and score on validation, from scratch and from pre-trained weights."""

import sys
from collections.abc import Sequence

import polars as pl
from matplotlib.ticker import MaxNLocator

from retort.report import curves, style
from retort.report.names import variant
from retort.report.protocols import strict
from retort.report.results import Results, figure_arguments, present

# Variant: dashes.
LINES = {
    variant("gin-gentle"): "-",
    variant("dino-tuned"): "-",
    variant("descriptors-tuned"): "-",
    variant("contrast-tuned"): (0, (4, 1.5)),
    variant("molclr-tuned"): (0, (2, 1)),
}
MOST_PLACES = 3
# Term of the validation: (label, factor and constant that make the score of it).
SCORES = {
    "one-minus-auc": ("ROC-AUC on validation (%)", -100, 100),
    "rmse": ("RMSE on validation (sd)", 1, 0),
}
LOSS = "target"


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    places = chosen(results)
    if not places:
        raise ValueError(
            f"{results.folder}/history.parquet: no strict place has one of {', '.join(LINES)}. "
            "Hint: the figure needs a fine-tuned network."
        )
    fig, axes = style.figure(height=3.7, nrows=2, ncols=len(places), squeeze=False)
    shown: set[str] = set()
    for column, name in zip(axes.T, places, strict=True):
        history = results.at(results.history, name).filter(pl.col("variant").is_in(list(LINES)))
        shown |= set(history["variant"])
        draw(results, column, curves.over_seeds(history))
        column[0].set_title(results.place_row(name)["title"])
        column[1].set_xlabel("training step")
    fig.align_ylabels()
    lines = [(results.short(name), results.colour(name), LINES[name]) for name in LINES if name in shown]
    curves.legend(fig, lines, columns=4)
    style.save(fig, output)


def chosen(results: Results) -> list[str]:
    """Strict places whose fine-tuning has most lines; among equals the first of the grid, at most MOST_PLACES."""
    counts = {name: len(present(LINES, results.at(results.history, name))) for name in strict(results)}
    most = sorted((name for name in counts if counts[name]), key=lambda name: -counts[name])[:MOST_PLACES]
    return [name for name in counts if name in most]


def draw(results: Results, axes: Sequence[style.Axes], lines: pl.DataFrame) -> None:
    """Training loss above, validation score below."""
    score = next((term for term in SCORES if term in set(lines["term"])), None)
    for name, dashes in LINES.items():
        shade = results.colour(name)
        curve = lines.filter(variant=name, part="train", term=LOSS)
        if not curve.is_empty():
            curves.draw(axes[0], curve, shade, dashes=dashes)
        curve = lines.filter(variant=name, part="valid", term=score) if score else lines.clear()
        if not curve.is_empty():
            _, factor, constant = SCORES[score]
            curve = curve.with_columns(pl.col("trimean", "q1", "q3") * factor + constant)
            curves.draw(axes[1], curve, shade, dashes=dashes)
    axes[0].set_ylabel("training loss")
    axes[1].set_ylabel(SCORES[score][0] if score else "")
    for ax in axes:
        curves.steps(ax)
        ax.yaxis.set_major_locator(MaxNLocator(4))


if __name__ == "__main__":
    main(sys.argv[1:])
