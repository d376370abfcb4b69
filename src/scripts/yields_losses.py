"""Figure: losses of pre-training and of training, how often a reaction's two views find each other, use of experts."""

import sys
from typing import NamedTuple

import polars as pl

from retort.report import curves, style
from retort.report.dots import nothing
from retort.report.names import place, variant, variants
from retort.report.results import Results, figure_arguments

PLACE = place("bh")
CONTRAST, MASKED = variants("contrast", "masked")
PARTS = {"train": (style.GREY, "training"), "valid": (style.VERMILLION, "validation")}
# Variant: dashes.
TRAINED = {
    variant("mpnn"): (0, (4, 1.5)),
    variant("transformer"): (0, (1, 1)),
    variant("uam-scratch"): (0, (6, 1)),
    variant("uam"): "-",
}


class Panel(NamedTuple):
    """What a panel shows of the history, and what its axis says."""

    title: str
    term: str
    ylabel: str
    percent: bool = False


OF_PRETRAINING = {
    Panel("Contrast: loss", "total", "InfoNCE (nats)"): CONTRAST,
    Panel("Contrast: retrieval", "top_1", "partner is found (%)", percent=True): CONTRAST,
    Panel("Masking: loss", "total", "cross-entropy (nats)"): MASKED,
}
OF_TRAINING = {
    Panel("Training: squared error", "squared_error", "in variances of yield"): "train",
    Panel("Validation: error", "valid_rmse", "RMSE (points of yield)"): "valid",
    Panel("Training: use of experts", "balance", "imbalance (1: even)"): "train",
}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "yields", argv)
    history = curves.over_seeds(results.at(results.history, PLACE))
    fig, axes = style.figure(height=3.7, nrows=2, ncols=3)
    for ax, (panel, name) in zip(axes[0], OF_PRETRAINING.items(), strict=True):
        pretraining(ax, panel, history.filter(variant=name, term=panel.term))
    shown: set[str] = set()
    for ax, (panel, part) in zip(axes[1], OF_TRAINING.items(), strict=True):
        lines = history.filter(pl.col("variant").is_in(list(TRAINED)), term=panel.term, part=part)
        training(results, ax, panel, lines)
        shown |= set(lines["variant"])
    for ax in axes[1]:
        ax.set_xlabel("training step")
    fig.align_ylabels()
    lines = [(results.short(name), results.colour(name), TRAINED[name]) for name in TRAINED if name in shown]
    if lines:
        curves.legend(fig, lines, columns=3)
    style.save(fig, output)


def pretraining(ax: style.Axes, panel: Panel, curve: pl.DataFrame) -> None:
    """One term on training and on validation; their names stand in the panel."""
    factor = 100 if panel.percent else 1
    curve = curve.with_columns(pl.col("trimean", "q1", "q3") * factor)
    for row, (part, (shade, label)) in enumerate(PARTS.items()):
        line = curve.filter(part=part)
        if not line.is_empty():
            curves.draw(ax, line, shade)
            # Losses fall and shares rise: one corner above is free.
            x, side = (0.03, "left") if panel.percent else (0.97, "right")
            at = {"ha": side, "va": "top", "transform": ax.transAxes, "fontsize": 7.5}
            ax.text(x, 0.96 - 0.12 * row, label, color=style.darker(shade), **at)
    finish(ax, panel, curve)


def training(results: Results, ax: style.Axes, panel: Panel, lines: pl.DataFrame) -> None:
    """One term of each system."""
    for name, dashes in TRAINED.items():
        line = lines.filter(variant=name)
        if not line.is_empty():
            curves.draw(ax, line, results.colour(name), dashes=dashes)
    finish(ax, panel, lines)


def finish(ax: style.Axes, panel: Panel, curve: pl.DataFrame) -> None:
    """Title, labels and limits; says where nothing was recorded."""
    ax.set_title(panel.title)
    ax.set_ylabel(panel.ylabel)
    if curve.is_empty():
        nothing(ax, "not recorded at this scale")
    else:
        curves.settle(ax, curve)


if __name__ == "__main__":
    main(sys.argv[1:])
