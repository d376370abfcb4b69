"""Figure: how far predictions, ours and others', move by the reading of F1 alone, and how far systems differ."""

import sys
from typing import NamedTuple

import polars as pl

from retort.report import style, tracing
from retort.report.dots import dot, lines, nothing
from retort.report.names import metric, place, variant
from retort.report.results import Results, figure_arguments

PLACES = {place("scierc-entities"): "Entities", place("scierc-relations"): "Relations"}
F1 = metric("f1")
READINGS = {
    metric("f1-narrow"): "wide gold dropped",
    metric("f1-symmetric"): "either order",
    metric("f1-double"): "symmetric twice",
    metric("f1-strict"): "types of both, too",
}
SYSTEMS = {
    variant("random"): "s",
    variant("general-longer"): "o",
    variant("science"): "D",
}
# Published systems differ from this one, the source's own control; of the same table.
CITATION, CONTROL = "jeong2022scideberta", variant("general")
# Systems of which both readings are published: if the types of both entities must be right, too, and if not.
REREAD = ("zhong2021pure", "ye2022plmarker")
PLAIN, STRICT = "relations", "relations-strict"  # the columns that they are quoted under
DIFFERENCE = ("difference", "difference_low", "difference_high")
ASIDE = 0.2  # of a line: by which the dots of two systems stand apart


class Quoted(NamedTuple):
    """A published system, and by how many points it differs: from the published control, or by its reading."""

    system: str
    points: float


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "scitext", argv)
    table = results.details("readings").filter(pl.col("reading").is_in(list(READINGS)))
    moved = {name: results.at(table, name) for name in PLACES}
    others = {name: quoted(results, name) for name in PLACES}
    again = {name: reread(results, name) for name in PLACES}
    longest = max(moved[name]["reading"].n_unique() + len(again[name]) + len(others[name]) for name in PLACES)
    fig, axes = style.figure(height=1.0 + 0.17 * max(4, longest), ncols=len(PLACES))
    shown: set[str] = set()
    for ax, (name, title) in zip(axes, PLACES.items(), strict=True):
        shown |= draw(results, ax, moved[name], again[name], others[name])
        ax.set_title(title)
        ax.set_xlabel("difference of F1 (points)")
    handles = [
        style.plt.Line2D(
            [], [], marker=marker, ls="", color=results.colour(name), ms=3.6, label=results.short(name)
        )
        for name, marker in SYSTEMS.items()
        if name in shown
    ]
    if any(others.values()) or any(again.values()):
        handles.append(
            style.plt.Line2D(
                [], [], marker="o", ls="", mec=style.BLACK, mfc="white", ms=3.6, label="published"
            )
        )
    if handles:
        fig.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.4)
    style.save(fig, output)


def quoted(results: Results, name: str) -> list[Quoted]:
    """What was published of a place, less the published control; nothing beside generated data."""
    row = results.place_row(name)
    if row is None or row["generated"]:
        return []
    values = results.published.filter(
        citation=CITATION, metric=F1, dataset=row["dataset"], target=row["target"]
    )
    control = values.filter(variant=CONTROL)["value"].to_list()
    tracing.drawn(values["value"])
    return [
        Quoted(value["system"], value["value"] - control[0])  # in percent, as published
        for value in values.sort("value").to_dicts()
        if control and value["variant"] != CONTROL
    ]


def reread(results: Results, name: str) -> list[Quoted]:
    """What published systems lose at a place if types count, too; nothing beside generated data."""
    row = results.place_row(name)
    if row is None or row["generated"]:
        return []
    here = results.published.filter(dataset=row["dataset"], target=row["target"])
    found = []
    for citation in REREAD:
        values = here.filter(citation=citation)
        by_column = {value["id"].split("/", 2)[1]: value for value in values.to_dicts()}
        if {PLAIN, STRICT} <= by_column.keys():
            tracing.drawn(values["value"])
            plain, strict = by_column[PLAIN], by_column[STRICT]
            found.append(Quoted(f"{plain['system']}, the same", strict["value"] - plain["value"]))
    return found


def draw(
    results: Results, ax: style.Axes, table: pl.DataFrame, again: list[Quoted], others: list[Quoted]
) -> set[str]:
    """Above, predictions by other readings, ours and published ones; below, published systems by one reading.

    Returns the systems drawn.
    """
    here = [name for name in READINGS if name in set(table["reading"])]
    labels = [READINGS[name] for name in here] + [each.system for each in (*again, *others)]
    lines(ax, labels, starts=[len(here) + len(again)] if others else [])
    if not labels:
        nothing(ax)
        return set()
    systems = [name for name in SYSTEMS if name in set(table["variant"])]
    for y, reading in enumerate(here):
        rows = {row["variant"]: row for row in table.filter(reading=reading).to_dicts()}
        for number, system in enumerate(systems):
            if system in rows:
                look = {"shade": results.colour(system), "marker": SYSTEMS[system]}
                aside = ASIDE * (number - (len(systems) - 1) / 2)
                dot(ax, y + aside, rows[system], columns=DIFFERENCE, factor=100, **look)
    for y, each in enumerate((*again, *others), start=len(here)):
        ax.plot(each.points, y, "o", mec=style.BLACK, mfc="white", ms=3.6)
    ax.axvline(0, color=style.GREY, lw=0.6, zorder=0)
    return set(systems)


if __name__ == "__main__":
    main(sys.argv[1:])
