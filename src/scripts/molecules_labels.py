"""Figure: score against the number of training labels, and what other splits make of the same systems.

Above, a panel for each data set that is also learned from few labels; below, one for each set that was split in
several ways.
"""

import sys

import polars as pl

from retort.report import style
from retort.report.curves import by_labels
from retort.report.metrics import Metric
from retort.report.names import metric, place, variant, variants
from retort.report.protocols import STRICT, main_metric, strict
from retort.report.results import Results, figure_arguments, present

# Variant: (marker, dashes).
LINES = {
    variant("forest"): ("s", (0, (1, 1))),
    variant("gin-gentle"): ("o", "-"),
    variant("dino-tuned"): ("D", "-"),
    variant("descriptors-tuned"): ("^", "-"),
    variant("supervised-tuned"): ("v", (0, (4, 1.5))),
}
# Of the splits: systems without a loan, which ran under all of them.
SPLIT = variants("forest", "ngram")
PROTOCOLS = {
    STRICT: "strict",
    "scaffold": "scaffold",
    "chiral": "with chirality",
    "balanced": "balanced",
    "random": "random",
}
# Set: the same one as IBM distributes it, split.
DISTRIBUTED = {
    place("bbbp"): place("bbbp-ibm"),
    place("bace"): place("bace-ibm"),
    place("clintox"): place("clintox-ibm"),
}
AREA, CHANCE = metric("roc_auc"), 50
MOST = 3  # panels in a row
CLOSE = 2.5  # numbers of labels in a smaller ratio would run into each other below the axis


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    scarce, split = few_labels(results), splits(results)
    if not scarce:
        raise ValueError(
            f"{results.folder}: no strict place has one of {', '.join(LINES)}. Hint: the figure needs their scores."
        )
    rows = [row for row in (list(scarce), list(split)) if row]
    fig, axes = style.figure(
        height=1.55 * len(rows) + 0.6, nrows=len(rows), ncols=max(map(len, rows)), squeeze=False
    )
    for line, row in zip(axes, rows, strict=True):
        for ax in line[len(row) :]:
            ax.set_visible(False)
    shown: list[str] = []
    for ax, name in zip(axes[0], scarce, strict=False):
        shown += curves(results, ax, name, scarce[name])
    first = list(next(iter(split.values()), {}))
    for ax, name in zip(axes[-1] if split else [], split, strict=False):
        # Where the rows are those of the first panel, they are named there.
        dots(results, ax, name, split[name], named=ax is axes[-1, 0] or list(split[name]) != first)
    handles = [
        style.plt.Line2D(
            [], [], color=results.colour(name), marker=marker, ls=dashes, label=results.short(name)
        )
        for name, (marker, dashes) in LINES.items()
        if name in shown
    ]
    others = [name for name in SPLIT if split and name not in shown]
    handles += [
        style.plt.Line2D([], [], color=dotted(results, name), marker="o", ls="", label=results.short(name))
        for name in others
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.2)
    style.save(fig, output)


def few_labels(results: Results) -> dict[str, pl.DataFrame]:
    """Strict places with several numbers of labels, with the summary of all of them and `labels`; else the first."""
    summary = results.summary.filter(part="test")
    tables = {
        name: summary.join(results.label_counts(name), on=["dataset", "split"]) for name in strict(results)
    }
    tables = {name: table for name, table in tables.items() if present(LINES, table)}
    several = {name: table for name, table in tables.items() if table["labels"].n_unique() > 1}
    return dict(list((several or dict(list(tables.items())[:1])).items())[:MOST])


def curves(results: Results, ax: style.Axes, name: str, table: pl.DataFrame) -> list[str]:
    """A line for each system, with its intervals; returns the variants that were drawn."""
    measure = main_metric(results, results.at(table, name))
    table = table.filter(metric=measure.name)
    factor = 100 if measure.percent else 1
    systems = present(LINES, table)
    for number, system in enumerate(systems):
        shade, (marker, dashes) = results.colour(system), LINES[system]
        # A little beside each other, so that intervals can be told apart.
        curve = table.filter(variant=system).sort("labels")
        labels = curve["labels"] * 1.04 ** (number - len(systems) / 2)
        whiskers(ax, labels, curve, factor, shade, upright=True)
        ax.plot(labels, factor * curve["mean"], color=shade, marker=marker, ls=dashes, lw=1.1)
    if measure.name == AREA:
        ax.axhline(CHANCE, color=style.GREY, lw=0.7, ls=":")
        ax.annotate("chance", (1, CHANCE), xycoords=("axes fraction", "data"), xytext=(-2, 1.5),
                    textcoords="offset points", ha="right", va="bottom", fontsize=7, color=style.GREY)  # fmt: skip
    by_labels(ax, table["labels"], close=CLOSE)
    ax.set_title(results.place_row(name)["title"])
    ax.set_ylabel(measure.header)
    ax.set_xlabel("training labels")
    return systems


def splits(results: Results) -> dict[str, dict[str, pl.DataFrame]]:
    """Sets of classes that were split in several ways: of each protocol the summary of test."""
    found = {}
    for name in strict(results):
        dataset = results.place_row(name)["dataset"]
        under = {
            title: scores(results, results.places.filter(dataset=dataset, protocol=protocol, share=1.0))
            for protocol, title in PROTOCOLS.items()
        }
        if name in DISTRIBUTED:
            under["from IBM"] = scores(results, results.places.filter(name=DISTRIBUTED[name]))
        under = {title: table for title, table in under.items() if present(SPLIT, table)}
        if len(under) > 1:
            found[name] = under
    most = sorted(found, key=lambda name: -len(found[name]))[:MOST]
    return {name: found[name] for name in found if name in most}


def scores(results: Results, places: pl.DataFrame) -> pl.DataFrame:
    """The areas of test at some places."""
    here = results.summary.filter(part="test", metric=AREA)
    return here.join(places.select("dataset", "split"), on=["dataset", "split"], how="semi")


def dots(results: Results, ax: style.Axes, name: str, under: dict[str, pl.DataFrame], *, named: bool) -> None:
    """A line for each protocol, a dot for each system."""
    measure: Metric = results.metric(AREA)
    for row, table in enumerate(under.values()):
        for number, system in enumerate(present(SPLIT, table)):
            one, height = table.filter(variant=system), row + 0.2 * (number - 0.5)
            heights = pl.Series([height] * len(one))
            shade = dotted(results, system)
            whiskers(ax, heights, one, 100, shade, upright=False)
            ax.plot(100 * one["mean"], heights, color=shade, marker="o", ls="")
    ax.set_ylim(len(under) - 0.5, -0.5)
    ax.set_yticks(range(len(under)), list(under) if named else [""] * len(under))
    ax.set_title(results.place_row(name)["title"])
    ax.set_xlabel(measure.header)


def dotted(results: Results, system: str) -> str | tuple[float, float, float]:
    """The colour of a system's dots: that of its line above, or a darker one, since yellow is hard to see on white."""
    return results.colour(system) if system in LINES else style.darker(results.colour(system))


def whiskers(
    ax: style.Axes, at: pl.Series, rows: pl.DataFrame, factor: float, shade: str | tuple, *, upright: bool
) -> None:
    """The intervals of rows of the summary; none where there is none."""
    known = rows["low"].is_not_null()
    where, low, high = (
        at.filter(known),
        factor * rows["low"].filter(known),
        factor * rows["high"].filter(known),
    )
    draw = ax.vlines if upright else ax.hlines
    draw(where, low, high, color=shade, lw=0.9, alpha=0.6)


if __name__ == "__main__":
    main(sys.argv[1:])
