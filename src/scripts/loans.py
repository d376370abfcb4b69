"""Figure: the loans of all studies as one schematic, a line each: lender, what passes, borrower, task.

A study that is not in the paper is drawn pale. Dashed and blue: the ceiling, labels that the
lender could hand over instead.
"""

import sys
from dataclasses import dataclass

from matplotlib.axes import Axes

from retort.report import style
from retort.report.results import overview_figure_arguments
from retort.report.schematic import SMALL, TEXT, arrow, box, canvas

STEP, HEAD = 0.56, 0.24  # inches: from line to line, and above them
LENDER, BORROWER, TASK = 0.95, 3.72, 4.75  # centres of the boxes, and where the tasks begin
SIZE = (1.62, 0.4)


@dataclass(frozen=True, kw_only=True)
class Loan:
    """One line of the schematic."""

    study: str
    lender: str
    passes: str
    borrower: str
    task: str
    ceiling: str = ""


LOANS = (
    Loan(
        study="precursors",
        lender="masked precursor sets\nof known recipes",
        passes="completion,\nsimilarity",
        borrower="recommender\nof precursors",
        task="powders for\na new solid",
    ),
    Loan(
        study="transfer",
        lender="model that sees\ncrystal structures",
        passes="embeddings",
        borrower="model that sees\nformulas only",
        task="formation energy,\nband gap",
        ceiling="its labels",
    ),
    Loan(
        study="molecules",
        lender="molecules\nwithout labels",
        passes="weights",
        borrower="graph network",
        task="toxicity, binding,\nsolubility",
    ),
    Loan(
        study="yields",
        lender="reactions\nwithout yields",
        passes="weights",
        borrower="network of graphs\nand strings",
        task="yield of\na reaction",
    ),
    Loan(
        study="discovery",
        lender="abstracts,\ndescriptions",
        passes="vectors",
        borrower="regression\non vectors",
        task="moduli, energy,\nband gap",
    ),
    Loan(
        study="scitext",
        lender="unlabelled text\nof the field",
        passes="weights",
        borrower="language model",
        task="entities and\ntheir relations",
    ),
)


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_figure_arguments(__file__, argv)
    present = {results.study for results in studies}
    height = HEAD + STEP * len(LOANS)
    fig, ax = canvas(height=height)
    for x, text in ((LENDER, "lender"), (2.335, "passes"), (BORROWER, "borrower")):
        ax.text(x, height - 0.12, text, ha="center", va="center", fontsize=TEXT, fontstyle="italic")
    ax.text(TASK, height - 0.12, "task of few labels", va="center", fontsize=TEXT, fontstyle="italic")
    for number, loan in enumerate(LOANS):
        draw(ax, loan, height - HEAD - STEP * (number + 0.5), loan.study in present)
    style.save(fig, output)


def draw(ax: Axes, loan: Loan, y: float, present: bool) -> None:
    """One line, at the height `y`."""
    ink = style.BLACK if present else style.GREY
    lent = style.VERMILLION if present else style.GREY
    left, right = LENDER + SIZE[0] / 2, BORROWER - SIZE[0] / 2
    box(ax, (LENDER, y), SIZE, loan.lender, colour=lent, filled=present, color=ink)
    box(ax, (BORROWER, y), SIZE, loan.borrower, colour=ink, color=ink)
    arrow(ax, (left, y), (right, y), loan.passes, colour=lent, above=0.03)
    if loan.ceiling:
        blue = style.BLUE if present else style.GREY
        arrow(ax, (left, y - 0.13), (right, y - 0.13), loan.ceiling, colour=blue, dashed=True, above=-0.02)
    ax.annotate(
        "",
        (TASK - 0.05, y),
        (BORROWER + SIZE[0] / 2, y),
        arrowprops={"arrowstyle": "-", "color": ink, "linewidth": 0.8},
    )
    planned = "" if present else "\n(planned)"
    ax.text(TASK, y, loan.task + planned, va="center", fontsize=SMALL, color=ink, linespacing=1.05)


if __name__ == "__main__":
    main(sys.argv[1:])
