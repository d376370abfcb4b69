"""Figure: the network of three views and its contrastive pre-training, as a schematic."""

import sys

from matplotlib.axes import Axes

from retort.report import style
from retort.report.results import figure_arguments
from retort.report.schematic import SMALL, arrow, box, canvas

GRAPHS, STRINGS, FEATURES = 2.0, 1.22, 0.44  # of the three views, in inches
INPUT, FIRST, SECOND, VIEW = 0.5, 1.62, 2.78, 3.62  # centres of the boxes along a view
HEAD, OUT = 4.55, 5.45
SIZE = (0.94, 0.42)


def main(argv: list[str] | None = None) -> None:
    _, output = figure_arguments(__file__, "yields", argv)
    fig, ax = canvas(height=2.45)
    view(
        ax,
        GRAPHS,
        "graphs of its\nmolecules",
        "messages over\nbonds, GRU",
        "Set2Set, sums\nper side",
        lent=True,
    )
    view(ax, STRINGS, "reaction\nas a string", "tokens", "transformer\nlayers", lent=True)
    view(ax, FEATURES, "fingerprints,\nper molecule", "sums over\nmolecules", "experts,\n2 of 4", lent=False)
    contrast(ax)
    head(ax)
    style.save(fig, output)


def view(ax: Axes, y: float, given: str, first: str, second: str, *, lent: bool) -> None:
    """One line: what is given, two steps, and the vector that they make; coloured if pre-training lends its weights."""
    look = {"colour": style.VERMILLION, "filled": True} if lent else {}
    box(ax, (INPUT, y), SIZE, given, fontsize=SMALL)
    box(ax, (FIRST, y), SIZE, first, fontsize=SMALL, **look)
    box(ax, (SECOND, y), SIZE, second, fontsize=SMALL, **look)
    box(ax, (VIEW, y), (0.24, 0.34), "")
    for start, end in ((INPUT, FIRST), (FIRST, SECOND)):
        arrow(ax, (start + SIZE[0] / 2, y), (end - SIZE[0] / 2, y))
    arrow(ax, (SECOND + SIZE[0] / 2, y), (VIEW - 0.12, y))
    arrow(ax, (VIEW + 0.12, y), (HEAD - 0.36, STRINGS + 0.12 * (y - STRINGS)))


def contrast(ax: Axes) -> None:
    """What pre-training asks for: the two vectors of one reaction shall find each other in a batch."""
    arrow(ax, (VIEW, GRAPHS - 0.17), (VIEW, STRINGS + 0.17), colour=style.VERMILLION, dashed=True)
    arrow(ax, (VIEW, STRINGS + 0.17), (VIEW, GRAPHS - 0.17), colour=style.VERMILLION, dashed=True)
    at = {"ha": "right", "va": "center", "fontsize": SMALL, "color": style.darker(style.VERMILLION)}
    ax.text(VIEW - 0.07, (GRAPHS + STRINGS) / 2, "pre-training: InfoNCE", **at)


def head(ax: Axes) -> None:
    """The vectors side by side, to a mean and a variance; dropout there gives the model's own doubt."""
    box(ax, (HEAD, STRINGS), (0.72, 0.5), "head with\ndropout", fontsize=SMALL)
    for y, text in ((STRINGS + 0.36, r"$\mu$"), (STRINGS - 0.36, r"$\log \sigma^2$")):
        box(ax, (OUT, y), (0.56, 0.34), text)
        arrow(ax, (HEAD + 0.36, STRINGS + 0.3 * (y - STRINGS)), (OUT - 0.28, y))
    ax.text(
        HEAD, STRINGS - 0.34, "30 passes:\nepistemic", ha="center", va="top", fontsize=SMALL, linespacing=1.05
    )


if __name__ == "__main__":
    main(sys.argv[1:])
