"""Figure: losses of both steps against training steps, for training and validation, over seeds."""

import sys
from typing import NamedTuple

import polars as pl

from retort.report import curves, style
from retort.report.names import metric, places, variants
from retort.report.results import Results, figure_arguments

METRIC = metric("mae")
PLACES = places("mp-formation", "mp-formation-05")
ALIGNED, UNTAUGHT, TAUGHT, GUIDED = variants("crabnet-aligned", "crabnet", "ts-crabnet", "ts-crabnet-alpha5")
PARTS = {"train": ("training", style.GREY), "valid": ("validation", style.VERMILLION)}
# Panel: variant and term of which it shows both parts.
LOSSES = {
    "Step 1: embedding": (ALIGNED, "embedding"),
    r"Step 2: embedding, $\alpha = 5$": (GUIDED, "embedding"),  # the chosen student has no such term
    r"Step 2: target, $\alpha = 5$": (GUIDED, "target"),
}
ERRORS = "Validation, error of predictions"


class Line(NamedTuple):
    """A curve of `curves.over_seeds` and how it is drawn."""

    curve: pl.DataFrame
    label: str
    shade: str


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    place = chosen(results)
    history = curves.over_seeds(results.at(results.history, place))
    fig, axes = style.figure(height=3.5, nrows=2, ncols=2)
    for ax, (title, (name, term)) in zip(axes.flat, LOSSES.items(), strict=False):
        panel(ax, title, "loss", both_parts(history.filter(variant=name, term=term)))
    unit = results.unit(place, METRIC)
    panel(axes.flat[-1], ERRORS, f"{results.metric(METRIC).label} ({unit})", errors(results, history))
    for ax in axes[-1]:
        ax.set_xlabel("training step")
    fig.align_ylabels()
    style.save(fig, output)


def chosen(results: Results) -> str:
    """The first place that has both steps, guided and not. Raises ValueError where none has."""
    for place in PLACES:
        if {ALIGNED, TAUGHT, GUIDED} <= set(results.at(results.history, place)["variant"]):
            return place
    raise ValueError(f"{results.folder}/history.parquet: no place of {PLACES} has both steps of T-S CrabNet.")


def both_parts(curve: pl.DataFrame) -> list[Line]:
    """One term on training and, where it was recorded, on validation."""
    recorded = set(curve["part"])
    return [
        Line(curve.filter(part=part), label, shade)
        for part, (label, shade) in PARTS.items()
        if part in recorded
    ]


def errors(results: Results, history: pl.DataFrame) -> list[Line]:
    """Errors of predictions on validation, untaught and taught."""
    valid = history.filter(term=METRIC, part="valid")
    return [
        Line(valid.filter(variant=name), results.short(name), results.colour(name))
        for name in (UNTAUGHT, TAUGHT)
    ]


def panel(ax: style.Axes, title: str, ylabel: str, lines: list[Line]) -> None:
    """One panel; its labels stand in its right upper corner."""
    ax.set_title(title)
    for row, line in enumerate(lines):
        curves.draw(ax, line.curve, line.shade)
        ax.text(
            0.97,
            0.94 - 0.14 * row,
            line.label,
            color=style.darker(line.shade),
            ha="right",
            va="top",
            transform=ax.transAxes,
            fontsize=7.5,
        )
    curve = pl.concat([line.curve for line in lines])
    curves.settle(ax, curve)
    ax.set_xlim(right=curve["step"].max())
    ax.set_ylabel(ylabel)


if __name__ == "__main__":
    main(sys.argv[1:])
