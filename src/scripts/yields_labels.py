"""Figure: error against the number of labels, and what is left of it where test has additives or halides of its own."""

import sys

import polars as pl

from retort.report import style
from retort.report.curves import by_labels
from retort.report.names import metrics, place, variant
from retort.report.results import Results, figure_arguments, present

TASK = place("bh")
ERROR, EXPLAINED = metrics("mae", "r2")
# Variant: marker, dashes, and the shift along x in percent that keeps intervals apart.
LINES = {
    variant("boosting"): ("s", (0, (1, 1)), -6),
    variant("mpnn"): ("o", (0, (4, 1.5)), -3),
    variant("uam-random-h"): ("v", (0, (2, 1)), 3),
    variant("uam-scratch"): ("o", "-", 0),
    variant("uam"): ("D", "-", 6),
}
# The same split at random comes first, as what the others are to be compared with.
OUTSIDE = {
    place("bh"): "random",
    place("bh-test-1"): "additives, Test 1",
    place("bh-test-2"): "additives, Test 2",
    place("bh-test-3"): "additives, Test 3",
    place("bh-test-4"): "additives, Test 4",
    place("bh-halogen-I"): "iodides",
    place("bh-halogen-Br"): "bromides",
    place("bh-halogen-Cl"): "chlorides",
    place("bh-pyridyl"): "pyridyl halides",
}
DOTS = {
    variant("forest"): "^",
    variant("forest-random"): "P",
    variant("boosting"): "s",
    variant("mpnn"): "o",
    variant("uam"): "D",
}
LIMITS = (-0.5, 1.0)  # of R2; what lies beyond stands at the edge, as an arrow
CLOSE = 1.8  # numbers of labels in a smaller ratio would run into each other below the axis


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "yields", argv)
    labels = results.label_counts(TASK)
    if labels.is_empty():
        raise ValueError(
            f"{results.folder}: no place {TASK!r}. Hint: name the random split with all labels so."
        )
    here = [name for name in OUTSIDE if not at(results, name).is_empty()]
    fig, axes = style.figure(height=2.65, ncols=3, width_ratios=[1, 1, 1.1])
    shown = curves(results, axes[0], labels, ERROR) | curves(results, axes[1], labels, EXPLAINED)
    shown |= dots(results, axes[2], here)
    axes[0].set_title("Random split, error")
    axes[1].set_title("the same, variance explained")
    axes[2].set_title("Outside of training")
    fig.legend(handles=legend(results, shown), loc="outside lower center", ncols=4, columnspacing=1.4)
    style.save(fig, output)


def curves(results: Results, ax: style.Axes, labels: pl.DataFrame, name: str) -> set[str]:
    """One panel, a line with intervals for each system; returns the variants that were drawn."""
    measure = results.metric(name)
    table = results.summary.filter(pl.col("variant").is_in(list(LINES)), part="test", metric=name)
    table = table.join(labels, on=["dataset", "split"])
    shown = present(LINES, table)
    for system in shown:
        marker, dashes, shift = LINES[system]
        line, shade = table.filter(variant=system).sort("labels"), results.colour(system)
        x = line["labels"] * (1 + shift / 100)
        ax.vlines(x, line["low"], line["high"], color=shade, lw=0.9, alpha=0.6)
        ax.plot(x, line["mean"], marker=marker, ls=dashes, color=shade, lw=1.1, ms=3.4)
    by_labels(ax, table["labels"], close=CLOSE)
    ax.tick_params(axis="x", labelrotation=45)
    ax.set_xlabel("training labels")
    ax.set_ylabel(f"{measure.label} (points of yield)" if name == ERROR else measure.label)
    values = table["mean"].drop_nulls()
    if len(values):  # intervals over few replicates may be wide: the axis holds the values
        room = 0.12 * (values.max() - values.min()) + 0.01
        ax.set_ylim(max(values.min() - room, LIMITS[0] if name == EXPLAINED else 0), values.max() + room)
    return set(shown)


def at(results: Results, name: str) -> pl.DataFrame:
    """The summary of R2 of the dots at a place."""
    table = results.summary.filter(pl.col("variant").is_in(list(DOTS)), part="test", metric=EXPLAINED)
    return results.at(table, name)


def dots(results: Results, ax: style.Axes, here: list[str]) -> set[str]:
    """A line for each test part, a dot with its interval for each system; returns the variants that were drawn."""
    shown: set[str] = set()
    for row, name in enumerate(here):
        if row % 2:
            ax.axhspan(row - 0.5, row + 0.5, color=style.PALE, alpha=0.35, lw=0, zorder=0)
        table = at(results, name)
        for number, (system, marker) in enumerate(DOTS.items()):
            for one in table.filter(variant=system).to_dicts():
                y, shade = row + 0.16 * (number - (len(DOTS) - 1) / 2), results.colour(system)
                x, look = style.at_edge(one["mean"], LIMITS, marker)
                if one["low"] is not None:
                    ends = [style.at_edge(end, LIMITS, "")[0] for end in (one["low"], one["high"])]
                    ax.plot(ends, [y, y], color=shade, lw=0.9, alpha=0.6)
                ax.plot(x, y, look, color=shade, ms=3.4, clip_on=False)
                shown.add(system)
    ax.axvline(0, color=style.GREY, lw=0.6, zorder=0)
    ax.set_xlim(LIMITS)
    ax.set_ylim(len(here) - 0.4, -0.6)
    ax.set_yticks(range(len(here)), [OUTSIDE[name] for name in here])
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(results.metric(EXPLAINED).label)
    return shown


def legend(results: Results, shown: set[str]) -> list:
    """Handles of what was drawn: lines first, then what has dots only."""
    handles = []
    for name in dict.fromkeys([*DOTS, *LINES]):
        if name in shown:
            marker, dashes, _ = LINES.get(name, (DOTS.get(name), "", 0))
            look = {"marker": marker, "ls": dashes, "color": results.colour(name), "ms": 3.4}
            handles.append(style.plt.Line2D([], [], **look, label=results.short(name)))
    return handles


if __name__ == "__main__":
    main(sys.argv[1:])
