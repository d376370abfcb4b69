"""Figure: last embeddings of student and teacher in two dimensions, coloured by the property, with their similarity."""

import sys

import numpy as np
import polars as pl
from matplotlib.colors import Normalize

from retort.report import curves, style, tracing
from retort.report.names import metric, places, variant, variants
from retort.report.results import Results, figure_arguments

SEED = 0
METRIC = metric("mae")
PLACES = places("mp-formation", "mp-gap")
TEACHER, ALIKE = variant("teacher"), "teacher-minus-untaught"
TAUGHT, NULL = "taught-minus-untaught", "another-minus-untaught"
# Rows of panels as in the published Figures 5 and 6: the variants of each, the second taken from the first, and the
# panel to which it is compared.
PANELS = (
    {
        variant("crabnet"): (variants("crabnet"), TEACHER),
        variant("ts-crabnet"): (variants("ts-crabnet"), TEACHER),
        TEACHER: (variants("teacher"), None),
    },
    {
        TAUGHT: (variants("ts-crabnet", "crabnet"), ALIKE),
        ALIKE: (variants("teacher", "crabnet"), None),
    },
)
MEASURES = {"knn-overlap": ("overlap", 100, " %"), "cka": ("CKA", 1, "")}
# Below which a range over seeds would say little.
FEWEST = 3
COLOURS = "viridis"
# Colours are stretched over this range of the property; a few extremes would leave one hue for all others.
SPAN = (0.02, 0.98)


def similarity(table: pl.DataFrame, first: str, second: str) -> list[str]:
    """One line for each measure: trimean over seeds, and their range where there are at least three."""
    pair = pl.col("first").is_in([first, second]) & pl.col("second").is_in([first, second])
    value = pl.col("value")
    tracing.drawn(table.filter(pair)["value"])
    columns = (curves.trimean(value).alias("trimean"), value.min().alias("low"), value.max().alias("high"))
    rows = {
        row["measure"]: row
        for row in table.filter(pair).group_by("measure").agg(*columns, pl.len().alias("n")).to_dicts()
    }
    lines = []
    for measure, (name, factor, unit) in MEASURES.items():
        if measure not in rows:
            continue
        row, digits = rows[measure], 0 if factor == 100 else 2
        middle, low, high = (f"{factor * row[key]:.{digits}f}" for key in ("trimean", "low", "high"))
        lines.append(f"{name} {middle}{unit}" + (f" [{low}, {high}]" if row["n"] >= FEWEST else ""))
    return lines


def chosen(results: Results, table: pl.DataFrame) -> str:
    """The place to draw: the first of PLACES that there is, otherwise the first named one of the grid."""
    names = (*PLACES, *results.places["name"].drop_nulls())
    have = [name for name in names if not results.at(table, name).is_empty()]
    if not have:
        raise ValueError(
            f"{results.folder}/illustrations/embedding_map.parquet has no row at a place of the grid."
        )
    return have[0]


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    table = results.illustrations("embedding_map")
    place = chosen(results, table)
    table = results.at(table, place)
    alike = results.at(results.details("embedding_similarity"), place)
    have = set(table["panel"])
    rows = [[name for name in row if name in have] for row in PANELS]
    rows = [row for row in rows if row]
    fig, axes = style.figure(
        height=2.15 * len(rows), nrows=len(rows), ncols=max(len(row) for row in rows), squeeze=False
    )
    tracing.drawn(table["value"])
    scale = Normalize(*(table["value"].quantile(q, "linear") for q in SPAN), clip=True)
    about = {name: panel for row in PANELS for name, panel in row.items()}
    for names, line in zip(rows, axes, strict=True):
        for ax in line:
            ax.set_xticks([])
            ax.set_yticks([])
            for spine in ax.spines.values():
                spine.set_visible(False)
        for name, ax in zip(names, line, strict=False):
            # In a shuffled order, so that no crystal lies on top because of its name.
            points = table.filter(panel=name).sort("id").sample(fraction=1, shuffle=True, seed=SEED)
            size = float(np.clip(2000 / max(1, points.height), 1.2, 9))
            dots = ax.scatter(
                points["x"],
                points["y"],
                c=points["value"],
                s=size,
                cmap=COLOURS,
                norm=scale,
                lw=0,
                alpha=0.85,
            )
            of, other = about[name]
            ax.set_title(" minus ".join(results.short(each) for each in of))
            ax.margins(0.03)
            lines = similarity(alike, name, other) if other else []
            if name == TAUGHT:  # what their common subtrahend alone makes of it
                lines += [f"null: {line}" for line in similarity(alike, NULL, ALIKE)]
            ax.set_xlabel("\n".join(lines), fontsize=7.5, linespacing=1.35)
    title, unit = results.place_row(place)["title"], results.unit(place, METRIC)
    bar = fig.colorbar(dots, ax=axes, location="bottom", shrink=0.55, aspect=40, pad=0.02, extend="both")
    bar.solids.set_alpha(1)
    bar.outline.set_visible(False)
    bar.set_label(f"{title} ({unit})" if unit else title)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
