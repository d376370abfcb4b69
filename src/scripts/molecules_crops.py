"""Figure: global and local crops of one molecule, drawn as structures, a row for each kind of crop."""

import sys
import textwrap

from retort.report import structures, style
from retort.report.results import figure_arguments

KINDS = {"rings": "ring-aware", "connected": "connected", "window": "window"}
ROLES = {"global": style.SKY, "local": style.ORANGE}
LETTERS_IN_LINE = 30


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    table = results.illustrations("crops")
    kinds = [kind for kind in KINDS if kind in set(table["kind"])]
    kinds += sorted(set(table["kind"]) - set(kinds))
    crops = [table.filter(kind=kind).sort("role", "number").to_dicts() for kind in kinds]
    columns = max(map(len, crops))
    fig, axes = style.figure(height=1.2 * len(kinds) + 0.2, nrows=len(kinds), ncols=columns, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for kind, row, line in zip(kinds, crops, axes, strict=True):
        for crop, ax in zip(row, line, strict=False):
            text = "\n".join(textwrap.wrap(crop["text"], LETTERS_IN_LINE, break_on_hyphens=False))
            ax.text(
                0.5, -0.02, text.replace("$", r"\$"), transform=ax.transAxes, ha="center", va="top",
                fontsize=5, family="monospace",
            )  # fmt: skip
            if ax is line[0]:
                ax.annotate(
                    KINDS.get(kind, kind), (0, 0.5), xycoords="axes fraction", xytext=(-6, 0),
                    textcoords="offset points", rotation=90, ha="right", va="center", fontsize=8.5,
                )  # fmt: skip
    for crop, ax in zip(crops[0], axes[0], strict=False):
        ax.set_title(
            f"{crop['role']} {crop['number'] + 1}", loc="center", color=style.darker(ROLES[crop["role"]])
        )
    fig.get_layout_engine().execute(fig)  # gives the axes their final size, which letters depend on
    for row, line in zip(crops, axes, strict=True):
        for crop, ax in zip(row, line, strict=False):
            shade = ROLES[crop["role"]]
            structures.draw(ax, crop["smiles"], atoms=dict.fromkeys(crop["atoms"], shade), faint=True)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
