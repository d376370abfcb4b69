"""Figure: losses of the encoder's pre-training, and errors of networks of six tasks and of one along training."""

import sys

import polars as pl

from retort.report import curves, style
from retort.report.dots import nothing
from retort.report.names import place, variant
from retort.report.results import Results, figure_arguments

TEXTS, TASKS, FEW = place("texts"), place("tasks"), place("tasks-n100")
ENCODER = variant("encoder-all")
PARTS = {"train": (style.GREY, "training"), "valid": (style.VERMILLION, "validation")}
# Term on training and on validation, the label of the axis, and the factor of the axis.
PRETRAINING = {
    "Masked words: loss": ("total", "loss", "cross-entropy (nats)", 1),
    "Masked words: guessed": ("accuracy", "accuracy", "share (%)", 100),
}
# What was trained: the system that reads it, whose name and colour serve, and dashes.
TRAINED = {
    variant("mmoe-all"): (variant("mmoe"), "-"),
    variant("single-wide-all"): (variant("single-wide"), (0, (4, 1.5))),
    variant("single-all"): (variant("single"), (0, (1, 1))),
    variant("shared-all"): (variant("shared"), (0, (6, 1))),
    variant("mmoe-auxiliary-all"): (variant("mmoe-auxiliary"), (0, (3, 1, 1, 1))),
}
ERRORS = {"Six tasks, all labels": TASKS, "Six tasks, 100 labels": FEW}
RELATIVE = "relative"


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "discovery", argv)
    fig, axes = style.figure(height=3.6, nrows=2, ncols=2)
    history = curves.over_seeds(results.at(results.history, TEXTS)).filter(variant=ENCODER)
    for ax, (title, terms) in zip(axes[0], PRETRAINING.items(), strict=True):
        pretraining(ax, history, *terms, named=ax is axes[0, 0])
        ax.set_title(title)
    shown: set[str] = set()
    for ax, (title, name) in zip(axes[1], ERRORS.items(), strict=True):
        shown |= training(results, ax, name)
        ax.set_title(title)
        ax.set_xlabel("training step")
    fig.align_ylabels()
    drawn = [
        (results.short(named), results.colour(named), dashes)
        for name, (named, dashes) in TRAINED.items()
        if name in shown
    ]
    if drawn:
        curves.legend(fig, drawn, columns=3)
    style.save(fig, output)


def pretraining(
    ax: style.Axes, history: pl.DataFrame, train: str, valid: str, label: str, factor: int, *, named: bool
) -> None:
    """One quantity on training and on validation; their names stand in the panel where it falls, above the curves."""
    found = []
    for row, (term, (part, (shade, name))) in enumerate(zip((train, valid), PARTS.items(), strict=True)):
        line = history.filter(term=term, part=part)
        if not line.is_empty():
            line = line.with_columns(pl.col("trimean", "q1", "q3") * factor)
            curves.draw(ax, line, shade)
            found.append(line)
            if named:
                place_of = {"ha": "right", "va": "center", "transform": ax.transAxes, "fontsize": 7.5}
                ax.text(0.97, 0.9 - 0.12 * row, name, color=style.darker(shade), **place_of)
    ax.set_ylabel(label)
    finish(ax, found)


def training(results: Results, ax: style.Axes, name: str) -> set[str]:
    """The mean relative error on validation of each network at a place; returns those that were drawn."""
    history = curves.over_seeds(results.at(results.history, name))
    history = history.filter(term=RELATIVE, part="valid")
    found, shown = [], set()
    for system, (named, dashes) in TRAINED.items():
        line = history.filter(variant=system)
        if not line.is_empty():
            curves.draw(ax, line, results.colour(named), dashes=dashes)
            found.append(line)
            shown.add(system)
    ax.set_ylabel("error (standard deviations)")
    finish(ax, found)
    return shown


def finish(ax: style.Axes, found: list[pl.DataFrame]) -> None:
    """Limits that hold all curves of a panel; says where there is none."""
    if found:
        curves.settle(ax, pl.concat(found))
    else:
        nothing(ax)


if __name__ == "__main__":
    main(sys.argv[1:])
