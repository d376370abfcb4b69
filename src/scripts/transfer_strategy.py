"""Figure: the teacher-student strategy in its two steps, as a schematic."""

import sys

from matplotlib.axes import Axes

from retort.report import style
from retort.report.results import figure_arguments
from retort.report.schematic import SMALL, arrow, box, canvas

HIGH, LOW = 1.62, 0.5  # of the teacher's line and of the student's, in inches
SIZE = (0.62, 0.34)
SMALL_SIZE = (0.4, 0.34)


def main(argv: list[str] | None = None) -> None:
    _, output = figure_arguments(__file__, "transfer", argv)
    fig, ax = canvas(height=2.35)
    ax.text(0.05, 2.24, "Step 1, knowledge transfer", va="center", fontsize=8.5)
    ax.text(3.0, 2.24, "Step 2, knowledge guidance", va="center", fontsize=8.5)
    first(ax, 0.05)
    second(ax, 3.0)
    style.save(fig, output)


def first(ax: Axes, left: float) -> None:
    """Teacher and student of step 1, from `left` on."""
    teacher(ax, left)
    student(ax, left)
    x = left + 2.2
    loss(ax, (x, HIGH - 0.17), (x, LOW + 0.17), r"$L_\mathrm{embedding}$")


def second(ax: Axes, left: float) -> None:
    """Step 2: the same with labels, and with the embedding loss at a weight."""
    teacher(ax, left)
    student(ax, left)
    x = left + 2.2
    loss(ax, (x, HIGH - 0.17), (x, LOW + 0.17), r"$\alpha\,L_\mathrm{embedding}$")
    box(ax, (x + 0.45, LOW), (0.28, 0.34), r"$\hat y$")
    arrow(ax, (x + 0.2, LOW), (x + 0.31, LOW))
    box(ax, (x + 0.45, LOW + 0.72), (0.36, 0.28), "label", colour=style.BLACK, fontsize=SMALL)
    loss(ax, (x + 0.45, LOW + 0.58), (x + 0.45, LOW + 0.17), "", colour=style.BLACK)
    ax.text(x + 0.4, LOW + 0.38, r"$L_\mathrm{target}$", ha="right", va="center", fontsize=SMALL)


def teacher(ax: Axes, left: float) -> None:
    """Structure, teacher, its embedding."""
    box(ax, (left + 0.31, HIGH), SIZE, "crystal\nstructure", fontsize=SMALL)
    box(ax, (left + 1.3, HIGH), (0.72, 0.34), "teacher", colour=style.VERMILLION, filled=True)
    box(ax, (left + 2.2, HIGH), SMALL_SIZE, r"$t(c)$", colour=style.VERMILLION, filled=True)
    arrow(ax, (left + 0.62, HIGH), (left + 0.94, HIGH))
    arrow(ax, (left + 1.66, HIGH), (left + 2.0, HIGH), colour=style.VERMILLION)
    ax.text(
        left + 1.3, HIGH + 0.22, "trained on labels, then fixed", ha="center", va="bottom", fontsize=SMALL
    )


def student(ax: Axes, left: float) -> None:
    """Formula, student, its embedding."""
    box(ax, (left + 0.31, LOW), SIZE, "formula", fontsize=SMALL)
    box(ax, (left + 1.3, LOW), (0.72, 0.34), "student")
    box(ax, (left + 2.2, LOW), SMALL_SIZE, r"$s(c)$")
    arrow(ax, (left + 0.62, LOW), (left + 0.94, LOW))
    arrow(ax, (left + 1.66, LOW), (left + 2.0, LOW))


def loss(ax: Axes, top: tuple, bottom: tuple, text: str, *, colour: str = style.VERMILLION) -> None:
    """What pulls the lower one to the upper one: a dashed arrow downwards, with its name to the left."""
    arrow(ax, top, bottom, colour=colour, dashed=True)
    x, y = (top[0] + bottom[0]) / 2, (top[1] + bottom[1]) / 2
    ax.text(x - 0.06, y, text, ha="right", va="center", fontsize=8, color=style.darker(colour))


if __name__ == "__main__":
    main(sys.argv[1:])
