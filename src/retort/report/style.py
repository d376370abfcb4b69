"""One look for every figure: sizes of the page, one font, and one colour for each system.

Figures are drawn at their printed size, so that 8 points here are 8 points in the paper. The fonts come with
Matplotlib: the same bytes on every machine, without a LaTeX run.
"""

import io
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from retort.report import tracing
from retort.sealed import write_generated

matplotlib.use("agg")
# The fonts that come with Matplotlib carry odd dates, about which fontTools warns in each figure.
logging.getLogger("fontTools").setLevel(logging.ERROR)

TEXT_WIDTH = 5.9  # inches: the 150 mm between the margins of ms.tex
TALLEST = 8.3  # inches: what a caption of five lines leaves of the 237 mm of a page

# Okabe and Ito's palette (https://jfly.uni-koeln.de/color/): distinct for the common kinds of colour blindness.
BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#7F7F7F"
PALE = "#D9D9D9"
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, YELLOW, BLACK)

# What the YAML of a system calls them.
PALETTE = {
    "black": BLACK,
    "orange": ORANGE,
    "sky": SKY,
    "green": GREEN,
    "yellow": YELLOW,
    "blue": BLUE,
    "vermillion": VERMILLION,
    "purple": PURPLE,
    "grey": GREY,
    "pale": PALE,
}

SETTINGS = {
    # Not Computer Modern: Matplotlib's copies of it have signs of mathematics at places of their own, so that a minus
    # or a sigma that is copied or searched for would be another letter. STIX has each under its name.
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "mathtext.fontset": "stix",
    "axes.formatter.use_mathtext": True,
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.prop_cycle": matplotlib.rcsetup.cycler(color=CYCLE),
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "figure.constrained_layout.use": True,
    "figure.dpi": 150,
    "savefig.pad_inches": 0.02,
    "pdf.fonttype": 42,  # real glyphs: searchable text, and what journals accept
    "pdf.compression": 6,
}


def figure(width: float = TEXT_WIDTH, height: float = 2.4, **subplots: Any) -> tuple[Figure, Any]:
    """`plt.subplots` in the paper's style. Width and height in inches; returns the figure and its axes."""
    plt.style.use("default")
    matplotlib.rcParams.update(SETTINGS)  # type: ignore[arg-type]  # only takes keys written out in the call
    return plt.subplots(figsize=(width, height), **subplots)


def save(fig: Figure, path: Path) -> None:
    """Write the figure as vector PDF, atomically; equal figures give equal bytes (no dates inside). Closes it."""
    path = Path(path)
    if path.suffix != ".pdf":
        raise ValueError(f"{path}: figures are vector PDF. Hint: name it {path.with_suffix('.pdf').name}.")
    if tracing.apart():
        tracing.drawn(*held(fig))
        plt.close(fig)
        return
    buffer = io.BytesIO()
    fig.savefig(buffer, format="pdf", metadata={"CreationDate": None, "Title": path.stem})
    plt.close(fig)
    write_generated(path, buffer.getvalue())


def held(fig: Figure) -> Iterator[np.ndarray]:
    """The values that the axes of a figure hold: where lines, areas, dots and bars are, and what has a colour."""
    for ax in fig.axes:
        for line in ax.lines:
            yield np.asarray(line.get_xydata(), dtype=float)
        for some in ax.collections:
            yield np.asarray(some.get_offsets(), dtype=float)
            yield from (np.asarray(path.vertices, dtype=float) for path in some.get_paths())
            if (colours := some.get_array()) is not None:
                yield np.asarray(colours, dtype=float)
        for patch in ax.patches:
            yield patch.get_patch_transform().transform(patch.get_path().vertices)


def spread(positions: Sequence[float], gap: float) -> np.ndarray:
    """Move `positions` (n,) apart as little as possible until neighbours are at least `gap` apart; order is kept.

    Least squares under order constraints: blocks of labels that touch are centred on the mean of what they label.
    """
    wanted = np.asarray(positions, dtype=float)
    order = np.argsort(wanted, kind="stable")
    blocks: list[list[float]] = []  # [sum of (wanted - offset), count]
    for value in wanted[order] - gap * np.arange(wanted.size):
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    placed = np.concatenate([np.full(count, total / count) for total, count in blocks] or [np.empty(0)])
    result = np.empty_like(wanted)
    result[order] = placed + gap * np.arange(wanted.size)
    return result


def label_ends(
    ax: Axes, ends: Sequence[tuple[float, str, str]], *, x: float, points: float = 9.0, pad: float = 5.0
) -> None:
    """Write (y, text, colour) at the right end of lines that stop at `x`, at least `points` apart.

    Call it when the limits of the y axis are final. A label that had to move is joined to its line.
    """
    if not ends:
        return
    ax.figure.canvas.draw()
    height = ax.get_window_extent().height * 72 / ax.figure.dpi  # points
    low, high = ax.get_ylim()
    unit = (high - low) / height
    placed = spread([y for y, _, _ in ends], points * unit)
    for (y, text, shade), at in zip(ends, placed, strict=True):
        ax.annotate(
            text,
            xy=(x, y),
            xytext=(pad + 4, (at - y) / unit),
            textcoords="offset points",
            color=shade,
            va="center",
            fontsize=7.5,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": shade, "lw": 0.5, "shrinkA": 1, "shrinkB": 2},
        )


def at_edge(value: float, limits: tuple[float, float], marker: str, beyond: str = "<>") -> tuple[float, str]:
    """Where a value stands on an axis with these limits, and its marker: at the edge an arrow if it lies beyond."""
    low, high = limits
    tracing.drawn(value)
    return min(max(value, low), high), beyond[0] if value < low else beyond[1] if value > high else marker


def darker(shade: str, by: float = 0.25) -> tuple[float, float, float]:
    """The colour a little darker: for text and lines on white, where yellow and sky blue are hard to read."""
    red, green, blue = (float(channel) * (1 - by) for channel in matplotlib.colors.to_rgb(shade))
    return red, green, blue
