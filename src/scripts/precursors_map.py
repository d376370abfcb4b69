"""Figure: targets in two dimensions, by learned vectors and by composition; colour is the anion family."""

import sys

import numpy as np
import polars as pl

from retort.report import style, tracing
from retort.report.results import figure_arguments

SPACES = {"learned": "Learned vectors", "raw": "Compositions"}
SHADES = {
    "carbonate": style.BLUE,
    "oxide": style.VERMILLION,
    "phosphate": style.GREEN,
    "halide": style.ORANGE,
    "nitrate": style.PURPLE,
    "sulfide": style.YELLOW,
    "sulfate": style.SKY,
    "elements": style.GREY,
    "other": style.PALE,
}


def families(table: pl.DataFrame) -> dict[str, str]:
    """The colour of each family that occurs. Raises KeyError with a hint for one that has none yet."""
    found = set(table["family"])
    if found - set(SHADES):
        raise KeyError(
            f"no colour for {sorted(found - set(SHADES))}. Hint: add it to SHADES in precursors_map.py."
        )
    return {family: shade for family, shade in SHADES.items() if family in found}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    table = results.at(results.illustrations("map"), results.main_place())
    if table.is_empty():
        raise ValueError(
            f"{results.folder}/illustrations/map.parquet has no target. Hint: a selector must have run."
        )
    shades = families(table)
    spaces = [space for space in SPACES if space in table["space"].unique()]
    fig, axes = style.figure(height=3.2, ncols=len(spaces), squeeze=False)
    size = float(np.clip(2500 / max(1, table.height / len(spaces)), 1.5, 9))
    # Drawn in a shuffled order, so that no family lies on top because of its name.
    table = table.sort("space", "target_key").sample(fraction=1, shuffle=True, seed=0)
    for ax, space in zip(axes[0], spaces, strict=True):
        points = table.filter(space=space)
        colours = [shades[family] for family in points["family"]]
        ax.scatter(points["x"], points["y"], s=size, c=colours, lw=0, alpha=0.85)
        ax.set_title(SPACES[space])
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        if "agreement" in points.columns and points["agreement"][0] is not None:
            share = 100 * points["agreement"][0]
            tracing.drawn(points["agreement"][0])
            ax.set_xlabel(f"ten nearest of the same family: {share:.1f} %")
        ax.margins(0.03)
    handles = [
        style.plt.Line2D([], [], marker="o", ls="", ms=4, color=shade, label=family)
        for family, shade in shades.items()
    ]
    fig.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        handletextpad=0.1,
        columnspacing=1.2,
    )
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
