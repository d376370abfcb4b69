"""Figure: targets in two dimensions, by learned vectors and by composition; colour is the anion family."""

import sys

import numpy as np
import polars as pl

from retort.report import style
from retort.report.results import figure_arguments

SPACES = {"learned": "Learned vectors", "raw": "Compositions"}
SHADES = (style.BLUE, style.ORANGE, style.GREEN, style.VERMILLION, style.PURPLE, style.SKY, style.BLACK)
REST = "other"


def families(table: pl.DataFrame) -> dict[str, str]:
    """A colour for each of the most frequent families; grey for the rest."""
    named = (
        table.filter(pl.col("family") != REST)["family"]
        .value_counts()
        .sort("count", "family", descending=[True, False])
    )
    shades = dict(zip(named["family"], SHADES, strict=False))
    return shades | ({REST: style.PALE} if set(table["family"].unique()) - set(shades) else {})


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    table = results.at_place(results.details("map"))
    shades = families(table)
    spaces = [space for space in SPACES if space in table["space"].unique()]
    fig, axes = style.figure(height=3.2, ncols=len(spaces), squeeze=False)
    size = float(np.clip(2500 / max(1, table.height / len(spaces)), 1.5, 9))
    # Drawn in a shuffled order, so that no family lies on top because of its name.
    table = table.sort("space", "target_key").sample(fraction=1, shuffle=True, seed=0)
    for ax, space in zip(axes[0], spaces, strict=True):
        points = table.filter(space=space)
        colours = [shades.get(family, style.PALE) for family in points["family"]]
        ax.scatter(points["x"], points["y"], s=size, c=colours, lw=0, alpha=0.85)
        ax.set_title(SPACES[space])
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        if "agreement" in points.columns and points["agreement"][0] is not None:
            share = 100 * points["agreement"][0]
            ax.set_xlabel(f"ten nearest of the same family: {share:.1f} %")
        ax.margins(0.03)
    handles = [
        style.plt.Line2D([], [], marker="o", ls="", ms=4, color=shade, label=family)
        for family, shade in shades.items()
    ]
    fig.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(len(handles), 4 if max(map(len, shades)) > 14 else 8),
        handletextpad=0.1,
        columnspacing=1.2,
    )
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
