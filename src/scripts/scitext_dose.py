"""Figure: entities found, and loss of hidden pieces of unseen text, against how much text was read."""

import json
import sys
from typing import NamedTuple

from matplotlib.ticker import FixedLocator, NullLocator

from retort.report import style
from retort.report.dots import nothing
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments

F1, BELOW = metric("f1"), metric("below-unigram")
TEXTS = {metric("mlm-science"): "Hidden pieces of science", metric("mlm-general"): "of general text"}
CORPUS = place("corpus")
# Of each panel, where it may be drawn from: the first place that has a dose.
FOUND = (
    (place("scierc-entities"),),
    (place("scierc-entities-n90"), place("scierc-entities-n35")),
)
START = variant("general")
# What both lines begin with, and by what else a line is known.
LOOKS = {variant("science"): ("D", "-", 1.04), variant("general-longer"): ("o", (0, (4, 1.5)), 1 / 1.04)}


class Dose(NamedTuple):
    """A text that was read: what was pre-trained on it, one after the other, and the system that stands on the last."""

    models: tuple[str, ...]
    system: str


NONE = Dose((), START)
GENERAL = variant("lm-general")
DOSES = {
    variant("science"): (
        NONE,
        Dose((variant("lm-science-1m"),), variant("science-1m")),
        Dose((variant("lm-science"),), variant("science")),
        Dose((variant("lm-science"), variant("lm-science-10m")), variant("science-10m")),
    ),
    variant("general-longer"): (
        NONE,
        Dose((variant("lm-general-longer"),), variant("general-longer")),
        Dose((variant("lm-general-longer"), variant("lm-general-10m")), variant("general-10m")),
    ),
}
MARGIN = 1.0  # points of F1, as in workflow/config/claims
MILLION = 1e6
BEFORE = 3.0  # on the logarithmic axis, no further text stands by this factor before the least


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "scitext", argv)
    read = {dose: millions(results, dose) for line in DOSES.values() for dose in line}
    fig, axes = style.figure(height=4.0, nrows=2, ncols=2)
    for ax, names in zip(axes[0], FOUND, strict=True):
        name = chosen(results, names)
        levels, row = results.levels(name, F1), results.place_row(name)
        lines = {
            kind: [(read[dose], levels[dose.system]) for dose in line if dose.system in levels]
            for kind, line in DOSES.items()
        }
        draw(results, ax, lines, factor=100)
        ax.set_title(f"Entities, {row['rows_train']} documents" if row else "")
        if START in levels:
            middle = 100 * levels[START]["mean"]
            ax.axhspan(middle - MARGIN, middle + MARGIN, color=style.PALE, alpha=0.5, lw=0, zorder=0)
    axes[0, 0].set_ylabel(results.metric(F1).header)
    for ax, (measure, title) in zip(axes[1], TEXTS.items(), strict=True):
        levels = results.levels(CORPUS, measure)
        lines = {
            kind: [(read[dose], levels[last(dose)]) for dose in line if last(dose) in levels]
            for kind, line in DOSES.items()
        }
        draw(results, ax, lines, factor=1)
        ax.set_title(title)
        ax.set_xlabel("further text (millions of pieces)")
    axes[1, 0].set_ylabel("loss on test (nats per piece)")
    fig.align_ylabels()
    handles = [
        style.plt.Line2D(
            [], [], marker=marker, ls=dashes, color=results.colour(kind), label=results.short(kind)
        )
        for kind, (marker, dashes, _) in LOOKS.items()
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=2, columnspacing=1.6)
    style.save(fig, output)


def chosen(results: Results, names: tuple[str, ...]) -> str:
    """The first of some places where further text was read before, or the last of them."""
    systems = {dose.system for line in DOSES.values() for dose in line} - {START}
    return next((name for name in names if systems & set(results.levels(name, F1))), names[-1])


def last(dose: Dose) -> str:
    """The pre-training that a dose ends with."""
    return dose.models[-1] if dose.models else GENERAL


def millions(results: Results, dose: Dose) -> float:
    """How much text is read after the general one, in millions of pieces."""
    settings = [json.loads(results.system(model)["settings"]) for model in dose.models]
    return sum(each["pretraining"]["pieces"] for each in settings) / MILLION


def draw(results: Results, ax: style.Axes, lines: dict[str, list], *, factor: float) -> None:
    """One panel: (millions of pieces, row of the summary) of each kind of text, the least text first."""
    amounts = {amount for found in lines.values() for amount, _ in found}
    if not any(amounts):
        nothing(ax)
        return
    least = min(amount for amount in amounts if amount)
    ax.set_xscale("log")
    for kind, found in lines.items():
        marker, dashes, shift = LOOKS[kind]
        found = sorted(found, key=lambda each: each[0])
        shade = results.colour(kind)
        x = [(amount or least / BEFORE) * shift for amount, _ in found]
        for at, (_, row) in zip(x, found, strict=True):
            if row["low"] is not None:
                ends = factor * row["low"], factor * row["high"]
                ax.plot([at, at], ends, color=shade, lw=0.9, alpha=0.6)
        ax.plot(x, [factor * row["mean"] for _, row in found], marker=marker, ls=dashes, color=shade, ms=3.6)
    ticks = sorted({amount or least / BEFORE for amount in amounts})
    ax.set_xlim(ticks[0] / 1.3, ticks[-1] * 1.3)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: "0" if value < least else f"{value:g}")


if __name__ == "__main__":
    main(sys.argv[1:])
