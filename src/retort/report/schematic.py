"""Schematics: boxes and arrows in inches of the page, in the style of the other figures.

Colours say what a thing is, as everywhere in the paper: what is lent is vermillion, labels that could be handed over
are blue, all else is black on white.
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from retort.report import style

TEXT = 8.0  # points
SMALL = 7.2


def canvas(width: float = style.TEXT_WIDTH, height: float = 2.4) -> tuple[Figure, Axes]:
    """A figure and its axes, whose coordinates are inches from the lower left corner."""
    fig, ax = style.figure(width=width, height=height)
    fig.set_layout_engine("none")
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return fig, ax


def box(
    ax: Axes,
    centre: tuple[float, float],
    size: tuple[float, float],
    text: str,
    *,
    colour: str = style.BLACK,
    filled: bool = False,
    **looks: Any,
) -> None:
    """A box around text; `centre` and `size` (width, height) in inches. `filled` tints it with its colour.

    `looks` go to the text, as `Axes.text` takes them.
    """
    (x, y), (width, height) = centre, size
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=tint(colour) if filled else "white",
            edgecolor=colour,
            linewidth=0.8,
        )
    )
    ax.text(x, y, text, **{"ha": "center", "va": "center", "fontsize": TEXT, "linespacing": 1.05, **looks})


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    text: str = "",
    *,
    colour: str = style.BLACK,
    bend: float = 0.0,
    above: float = 0.07,
    dashed: bool = False,
    **looks: Any,
) -> None:
    """An arrow with text at its middle, `above` it by so many inches; `bend` is the curvature, 0 is straight."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>,head_length=3.2,head_width=1.6",
            mutation_scale=1.0,
            shrinkA=1.5,
            shrinkB=1.5,
            color=colour,
            linewidth=1.0,
            linestyle=(0, (3, 2)) if dashed else "-",
        )
    )
    if text:
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + above
        place = {
            "ha": "center",
            "va": "bottom" if above > 0 else "top",
            "fontsize": SMALL,
            "linespacing": 1.05,
        }
        ax.text(x, y, text, **{**place, "color": style.darker(colour), **looks})


def tint(colour: str, by: float = 0.82) -> tuple[float, float, float]:
    """The colour mixed with white, of which `by` is the share."""
    red, green, blue = (1 - (1 - channel) * (1 - by) for channel in style.darker(colour, 0))
    return red, green, blue
