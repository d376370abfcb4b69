"""Figure: what one network of six tasks gains over networks of one, against the number of labels."""

import sys
from typing import NamedTuple

import polars as pl

from retort.report import style, tracing
from retort.report.curves import by_labels
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments

ERROR = metric("mae")
# Place with all labels: label, marker, colour, and the shift along x in percent that keeps intervals apart.
TASKS = {
    place("energy"): ("energy", "o", style.BLUE, -7.5),
    place("gap"): ("band gap", "s", style.VERMILLION, -4.5),
    place("bulk"): ("bulk modulus", "^", style.GREEN, -1.5),
    place("shear"): ("shear modulus", "v", style.ORANGE, 1.5),
    place("debye"): ("Debye temperature", "D", style.PURPLE, 4.5),
    place("expansion"): ("expansion", "P", style.SKY, 7.5),
}


class Panel(NamedTuple):
    """Which gain a panel shows."""

    title: str
    system: str
    against: str


PANELS = (
    Panel("Six tasks over one", variant("mmoe"), variant("single")),
    Panel("the same, equal size", variant("mmoe"), variant("single-wide")),
    Panel("over a shared bottom, large", variant("mmoe"), variant("shared-wide")),
    Panel("More rows, six tasks", variant("mmoe-auxiliary"), variant("mmoe")),
)
LIMITS = (-0.35, 0.6)
CLOSE = 1.8  # numbers of labels in a smaller ratio would run into each other below the axis


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "discovery", argv)
    labels = {name: results.label_counts(name) for name in TASKS}
    fig, axes = style.figure(height=2.6, ncols=len(PANELS), sharey=True)
    shown: set[str] = set()
    for ax, panel in zip(axes, PANELS, strict=True):
        shown |= draw(results, ax, panel, labels)
        ax.set_title(panel.title, fontsize=7.5)
        ax.set_xlabel("training labels")
    axes[0].set_ylabel("gain $g$ (MAE)")
    axes[0].set_ylim(LIMITS)
    if shown:
        fig.legend(handles=legend(shown), loc="outside lower center", ncols=6, columnspacing=1.2)
    style.save(fig, output)


def draw(results: Results, ax: style.Axes, panel: Panel, labels: dict[str, pl.DataFrame]) -> set[str]:
    """One panel, a line for each property; returns those that were drawn."""
    table = results.contrast(panel.system, panel.against).filter(part="test", metric=ERROR)
    ticks: set[int] = set()
    shown = set()
    for name, (_, marker, shade, shift) in TASKS.items():
        line = table.join(labels[name], on=["dataset", "split"]).drop_nulls("gain").sort("labels")
        if line.is_empty():
            continue
        x = line["labels"] * (1 + shift / 100)
        ends = line.drop_nulls(["gain_low", "gain_high"])
        at = ends["labels"] * (1 + shift / 100)
        low, high = (ends[end].clip(*LIMITS) for end in ("gain_low", "gain_high"))
        tracing.drawn(*line["gain", "gain_low", "gain_high"])
        ax.vlines(at, low, high, color=shade, lw=0.9, alpha=0.6)
        ax.plot(x, line["gain"].clip(*LIMITS), marker=marker, color=shade, lw=0.9, ms=3.2)
        ticks |= set(line["labels"])
        shown.add(name)
    ax.axhline(0, color=style.GREY, lw=0.6, zorder=0)
    by_labels(ax, ticks, close=CLOSE)
    ax.tick_params(axis="x", labelrotation=45)
    return shown


def legend(shown: set[str]) -> list:
    """A handle for each property that was drawn."""
    return [
        style.plt.Line2D([], [], marker=marker, color=shade, ms=3.4, label=label)
        for name, (label, marker, shade, _) in TASKS.items()
        if name in shown
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
