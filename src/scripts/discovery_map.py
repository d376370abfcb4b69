"""Figure: described formulas in the plane as three systems see them; colour is the anion, rings are measured hosts."""

import sys

import polars as pl

from retort.report import style, tracing
from retort.report.dots import nothing
from retort.report.names import place, variants
from retort.report.results import Results, figure_arguments

PLACE = place("recall")
PANELS = variants("recall-text", "recall-mat2vec", "recall-structure")
GROUPS = {"anion": "anion", "prototype": "prototype"}
SHADES = (style.VERMILLION, style.BLUE, style.GREEN, style.ORANGE, style.PURPLE, style.SKY, style.YELLOW)
OTHER = "other"


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "discovery", argv)
    table = results.at(results.illustrations("map"), PLACE)
    panels = [name for name in PANELS if name in set(table["variant"])]
    table = table.with_columns(group=pl.col("anion").fill_null(OTHER))
    shades = colours(table)
    fig, axes = style.figure(height=2.7, ncols=max(1, len(panels)), squeeze=False)
    if not panels:
        nothing(axes[0][0])
    # Drawn in a shuffled order, so that no group lies on top because of its name.
    table = table.sort("variant", "id").sample(fraction=1, shuffle=True, seed=0)
    for ax, name in zip(axes[0], panels, strict=False):
        points = table.filter(variant=name)
        shade = [shades.get(group, style.PALE) for group in points["group"]]
        ax.scatter(points["x"], points["y"], s=3.5, c=shade, lw=0, alpha=0.85)
        hosts = points.filter(pl.col("host").fill_null(False))
        ax.scatter(hosts["x"], hosts["y"], s=14, facecolors="none", edgecolors=style.BLACK, lw=0.5)
        ax.set_title(results.short(name))
        ax.set_xlabel("\n".join(notes(results, name, panels[0])), fontsize=7.5)
        ax.margins(0.03)
    for ax in axes[0]:
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
    if shades:
        handles = [
            style.plt.Line2D([], [], marker="o", ls="", ms=4, color=shade, label=group)
            for group, shade in (shades | {OTHER: style.PALE}).items()
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=8, handletextpad=0.1, columnspacing=1.2)
    style.save(fig, output)


def colours(table: pl.DataFrame) -> dict[str, str]:
    """A colour for each of the most frequent anions; the others share one."""
    counts = table.filter(pl.col("group") != OTHER).group_by("group").len()
    names = counts.sort("len", "group", descending=[True, False])["group"].to_list()
    return dict(zip(names, SHADES, strict=False))


def notes(results: Results, name: str, first: str) -> list[str]:
    """What the nearest neighbours say: how many are of the same group, and how many the first panel's system shares."""
    purity = results.at(results.details("purity"), PLACE).filter(pl.col("against").is_null(), variant=name)
    said = []
    for group, label in GROUPS.items():
        for row in purity.filter(group=group).to_dicts():
            tracing.drawn([row["value"], row["chance"]])
            said.append(f"same {label}: {100 * row['value']:.1f} % (chance {100 * row['chance']:.1f} %)")
    overlap = results.at(results.details("overlap"), PLACE)
    pair = sorted((name, first))
    for row in overlap.filter(first=pair[0], second=pair[1]).to_dicts():
        tracing.drawn(row["value"])
        said.append(f"shared with {results.short(first)}: {100 * row['value']:.1f} %")
    return said


if __name__ == "__main__":
    main(sys.argv[1:])
