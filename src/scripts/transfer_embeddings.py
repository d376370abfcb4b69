"""Figure: last embeddings of student and teacher in two dimensions, coloured by the property, with their similarity."""

import sys

import numpy as np
import polars as pl
from matplotlib.colors import Normalize

from retort.report import style
from retort.report.results import Results, figure_arguments
from retort.statistics.bootstrap import interval

SEED = 0
PLACES = ("mp-formation", "mp-gap")
# Rows of panels as in the published Figures 5 and 6: what each panel is called, and to what it is compared.
PANELS = (
    {
        "crabnet": ("CrabNet", "teacher"),
        "ts-crabnet": ("T-S CrabNet", "teacher"),
        "teacher": ("teacher", None),
    },
    {
        "taught-minus-untaught": ("T-S CrabNet minus CrabNet", "teacher-minus-untaught"),
        "teacher-minus-untaught": ("teacher minus CrabNet", None),
    },
)
MEASURES = {"knn-overlap": ("overlap", 100, " %"), "cka": ("CKA", 1, "")}
COLOURS = "viridis"
# Colours are stretched over this range of the property; a few extremes would leave one hue for all others.
SPAN = (0.02, 0.98)


def similarity(table: pl.DataFrame, first: str, second: str) -> list[str]:
    """One line for each measure: trimean over seeds and its interval where there are three."""
    pair = {first, second}
    lines = []
    for measure, (name, factor, unit) in MEASURES.items():
        both = [
            row["value"]
            for row in table.filter(measure=measure).sort("seed").to_dicts()
            if {row["first"], row["second"]} == pair
        ]
        if not both:
            continue
        found = interval(factor * np.array(both), seed=SEED)
        digits = 0 if factor == 100 else 2
        text = f"{name} {found.point:.{digits}f}{unit}"
        if found.low is not None:
            text += f" [{found.low:.{digits}f}, {found.high:.{digits}f}]"
        lines.append(text)
    return lines


def chosen(results: Results, table: pl.DataFrame) -> str:
    """The place to draw: the first of PLACES that there is, otherwise the first of the grid."""
    have = [name for name in (*PLACES, *results.blocks) if not results.at(table, name).is_empty()]
    if not have:
        raise ValueError(f"{results.folder}/details/embedding_map.parquet has no row at a place of the grid.")
    return have[0]


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "transfer", argv)
    table = results.details("embedding_map")
    place = chosen(results, table)
    table = results.at(table, place)
    alike = results.at(results.details("embedding_similarity"), place)
    have = set(table["panel"])
    rows = [[name for name in row if name in have] for row in PANELS]
    rows = [row for row in rows if row]
    fig, axes = style.figure(
        height=2.15 * len(rows), nrows=len(rows), ncols=max(len(row) for row in rows), squeeze=False
    )
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
            title, other = about[name]
            ax.set_title(title)
            ax.margins(0.03)
            lines = similarity(alike, name, other) if other else []
            ax.set_xlabel("\n".join(lines), fontsize=7.5, linespacing=1.35)
    unit = results.at(results.scores, place).filter(metric="mae")["unit"]
    name = results.blocks[place]["title"] or place
    bar = fig.colorbar(dots, ax=axes, location="bottom", shrink=0.55, aspect=40, pad=0.02, extend="both")
    bar.solids.set_alpha(1)
    bar.outline.set_visible(False)
    bar.set_label(f"{name} ({unit[0]})" if len(unit) else name)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
