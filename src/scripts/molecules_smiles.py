"""Figure: how a molecule becomes a line of text: a ring is cut, a path is chosen, branches stand in brackets."""

import sys

from retort.report import structures, style
from retort.report.results import figure_arguments

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
PATH, BRANCH, RING = style.SKY, style.ORANGE, style.VERMILLION
# The string piece by piece: what it is, and the atoms that it stands for.
PIECES = (
    ("CC", PATH, (0, 1)),
    ("(=O)", BRANCH, (2,)),
    ("Nc", PATH, (3, 4)),
    ("1", RING, ()),
    ("ccc", PATH, (5, 6, 7)),
    ("(O)", BRANCH, (8,)),
    ("cc", PATH, (9, 10)),
    ("1", RING, ()),
)
CUT = frozenset({4, 10})
SIZE = 11  # points
WIDTH = 0.602 * SIZE / 72  # inches of a letter, all of which are equally wide


def main(argv: list[str] | None = None) -> None:
    _, output = figure_arguments(__file__, "molecules", argv)
    fig, (left, right) = style.figure(height=1.5, ncols=2, width_ratios=[1, 1.3])
    for ax in (left, right):
        ax.set_axis_off()
    fig.get_layout_engine().execute(fig)
    shades = {atom: shade for _, shade, atoms in PIECES for atom in atoms}
    structures.draw(left, PARACETAMOL, atoms=shades, removed=(CUT,))
    letter = WIDTH / (right.get_window_extent().width / fig.dpi)
    x = 0.05
    for text, shade, _ in PIECES:
        right.text(
            x, 0.62, text, family="monospace", fontsize=SIZE, transform=right.transAxes, color=style.darker(shade)
        )  # fmt: skip
        x += len(text) * letter
    for line, (text, shade) in enumerate(
        (
            ("the path", PATH),
            ("branches, in brackets", BRANCH),
            ("the ring's cut bond, a number at both ends", RING),
        )
    ):
        right.text(
            0.05, 0.42 - 0.15 * line, text, transform=right.transAxes, color=style.darker(shade), fontsize=8
        )
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
