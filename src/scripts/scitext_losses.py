"""Figure: loss of pre-training on unseen text of both kinds; loss and F1 while systems are fine-tuned."""

import sys

import polars as pl

from retort.report import curves, style
from retort.report.dots import nothing
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments

CORPUS, ALL = place("corpus"), place("scierc-entities")
# Term of the history, which bears the name of what it is on test: title.
TEXTS = {metric("mlm-science"): "Hidden pieces of science", metric("mlm-general"): "of general text"}
# What was pre-trained: the system that stands on it, whose name and colour serve, and dashes.
READ = {
    variant("lm-general"): (variant("general"), (0, (4, 1.5))),
    variant("lm-general-longer"): (variant("general-longer"), "-"),
    variant("lm-science"): (variant("science"), "-"),
    variant("lm-science-only"): (variant("science-only"), (0, (6, 1))),
    variant("lm-causal"): (variant("causal"), (0, (3, 1, 1, 1))),
    variant("lm-bert-science"): (variant("bert-science"), (0, (2, 1))),
}
# By whose history it is known how well pieces of a text are guessed from how frequent they are: those that read it.
FREQUENT = {metric("mlm-science"): variant("lm-science"), metric("mlm-general"): variant("lm-general")}
UNIGRAM = "unigram"  # of the history
FOUND = {
    ALL: "Entities",
    place("scierc-entities-n35"): "Entities, few documents",
    place("scierc-relations"): "Relations",
}
TUNED = {
    variant("random"): (0, (1, 1)),
    variant("general"): (0, (4, 1.5)),
    variant("general-longer"): "-",
    variant("science"): "-",
}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "scitext", argv)
    fig, axes = style.figure(height=4.1, nrows=2, ncols=3)
    shown: dict[str, str | tuple] = {}
    history = results.at(results.history, CORPUS)
    read = curves.over_seeds(history)
    looks = {model: (named, dashes) for model, (named, dashes) in READ.items()}
    for ax, (term, title) in zip(axes[0], TEXTS.items(), strict=False):
        shown |= draw(results, ax, read.filter(term=term, part="valid"), looks)
        for level in history.filter(variant=FREQUENT[term], term=UNIGRAM, part="valid")["value"].unique():
            ax.axhline(level, color=style.GREY, lw=0.8, ls=":", zorder=0)
        ax.set_title(title)
        ax.set_ylabel("nats per piece, validation")
    looks = {name: (name, dashes) for name, dashes in TUNED.items()}
    tuned = {name: curves.over_seeds(results.at(results.history, name)) for name in FOUND}
    shown |= draw(results, axes[0, 2], tuned[ALL].filter(term="total", part="train"), looks)
    axes[0, 2].set_title("Entities, training")
    axes[0, 2].set_ylabel("nats per document")
    for ax, (name, title) in zip(axes[1], FOUND.items(), strict=True):
        percent = pl.col("trimean", "q1", "q3") * 100
        line = tuned[name].filter(term="f1", part="valid").with_columns(percent)
        shown |= draw(results, ax, line, looks)
        ax.set_title(title)
        ax.set_ylabel("F1 (%), validation")
    for ax in axes.flat:
        ax.set_xlabel("step")
    fig.align_ylabels()
    if shown:
        lines = [(results.short(name), results.colour(name), dashes) for name, dashes in shown.items()]
        curves.legend(fig, lines, columns=4)
    style.save(fig, output)


def draw(
    results: Results, ax: style.Axes, history: pl.DataFrame, looks: dict[str, tuple[str, str | tuple]]
) -> dict[str, str | tuple]:
    """One panel; `looks` has the name and the dashes of each line. Returns the dashes of what was drawn, by name."""
    found, shown = [], {}
    for system, (named, dashes) in looks.items():
        line = history.filter(variant=system)
        if not line.is_empty():
            curves.draw(ax, line, results.colour(named), dashes=dashes)
            found.append(line)
            shown[named] = dashes
    if found:
        curves.settle(ax, pl.concat(found))
    else:
        nothing(ax)
    return shown


if __name__ == "__main__":
    main(sys.argv[1:])
