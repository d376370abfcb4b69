"""Figure: a periodic table of the success within five attempts for test targets that contain the element."""

import sys

import matplotlib as mpl
from matplotlib.patches import Rectangle
from pymatgen.core.periodic_table import Element

from retort.report import style, tracing
from retort.report.names import variant
from retort.report.results import figure_arguments

VARIANT = variant("selector")
FEWEST = 5  # targets; a share of fewer says little
PALETTE = mpl.colormaps["cividis"]  # even in lightness, and the same with and without colour vision
LANTHANIDES, ACTINIDES = 8.4, 9.4  # rows below the table, after a gap


def boxes() -> dict[str, tuple[int, float]]:
    """(column, row) of each element up to Lr, in the form with the f block below; both count from 1."""
    found = {}
    for element in map(Element.from_Z, range(1, 104)):
        if 57 <= element.Z <= 71:
            found[element.symbol] = (element.Z - 57 + 3, LANTHANIDES)
        elif 89 <= element.Z <= 103:
            found[element.symbol] = (element.Z - 89 + 3, ACTINIDES)
        else:
            found[element.symbol] = (element.group, element.row)
    return found


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "precursors", argv)
    table = results.at(results.details("elements"), results.main_place()).filter(variant=VARIANT)
    tracing.drawn(table["n"], table["hits"])
    shares = {
        row["element"]: (row["n"], 100 * row["hits"] / row["n"]) for row in table.to_dicts() if row["n"]
    }
    enough = [share for n, share in shares.values() if n >= FEWEST]
    scale = mpl.colors.Normalize(10 * (min(enough, default=0) // 10), 100)
    fig, ax = style.figure(height=3.05)
    for symbol, (column, row) in boxes().items():
        n, share = shares.get(symbol, (0, None))
        if n == 0 and row == ACTINIDES:
            continue  # a row of empty boxes
        shown = n >= FEWEST
        face = PALETTE(scale(share)) if shown else "white"
        ink = "white" if shown and mpl.colors.rgb_to_hsv(face[:3])[2] < 0.5 else "black"
        ax.add_patch(
            Rectangle(
                (column, row), 0.94, 0.94, facecolor=face, edgecolor="none" if shown else style.PALE, lw=0.6
            )
        )
        centre = column + 0.47
        if not shown:
            pale = style.GREY if n else "#B5B5B5"
            ax.text(centre, row + 0.47, symbol, ha="center", va="center", fontsize=7.5, color=pale)
            if n:
                ax.text(centre, row + 0.83, str(n), ha="center", va="center", fontsize=5.5, color=pale)
            continue
        ax.text(centre, row + 0.23, symbol, ha="center", va="center", fontsize=7.5, color=ink)
        ax.text(centre, row + 0.55, f"{share:.0f}", ha="center", va="center", fontsize=6.5, color=ink)
        ax.text(centre, row + 0.83, str(n), ha="center", va="center", fontsize=5.5, color=ink)
    bottom = ACTINIDES if any(boxes()[symbol][1] == ACTINIDES for symbol in shares) else LANTHANIDES
    ax.set(xlim=(0.95, 19), ylim=(bottom + 1.05, 0.9), aspect="equal")
    ax.axis("off")
    # The free space above the transition metals holds scale and key.
    bar = ax.inset_axes([4.1, 1.55, 7.2, 0.35], transform=ax.transData)
    bar.imshow(
        [[index / 255 for index in range(256)]], aspect="auto", cmap=PALETTE, extent=(scale.vmin, 100, 0, 1)
    )
    bar.set_yticks([])
    bar.tick_params(length=1.5, labelsize=6.5, pad=1.5)
    bar.set_title("targets solved within five attempts (%)", fontsize=7.5, loc="center", pad=3)
    for spine in bar.spines.values():
        spine.set_visible(False)
    ax.text(4.1, 3.2, "element / percent solved / number of test targets", fontsize=6.5, va="center")
    ax.text(
        4.1, 3.65, f"white: fewer than {FEWEST} test targets", fontsize=6.5, va="center", color=style.GREY
    )
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
