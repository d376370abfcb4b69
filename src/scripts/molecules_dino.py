"""Figure: self-distillation without labels (DINO) for molecules, as a schematic."""

import sys

from retort.report import style
from retort.report.results import figure_arguments
from retort.report.schematic import SMALL, arrow, box, canvas

HIGH, LOW = 1.6, 0.42  # of the teacher's line and of the student's, in inches
MOLECULE, CROPS, NETWORK, HEAD, CLASSES = 0.42, 1.42, 2.72, 4.05, 5.35


def main(argv: list[str] | None = None) -> None:
    _, output = figure_arguments(__file__, "molecules", argv)
    fig, ax = canvas(height=2.1)
    middle = (HIGH + LOW) / 2
    box(ax, (MOLECULE, middle), (0.72, 0.36), "molecule", fontsize=SMALL)
    box(ax, (CROPS, HIGH), (0.8, 0.4), "two global\ncrops", fontsize=SMALL)
    box(ax, (CROPS, LOW), (0.8, 0.4), "local\ncrops", fontsize=SMALL)
    for y in (HIGH, LOW):
        arrow(ax, (MOLECULE + 0.36, middle + (0.1 if y == HIGH else -0.1)), (CROPS - 0.4, y))
    lent = {"colour": style.VERMILLION, "filled": True}
    box(ax, (NETWORK, HIGH), (0.9, 0.36), "teacher", **lent)
    box(ax, (NETWORK, LOW), (0.9, 0.36), "student")
    arrow(ax, (CROPS + 0.4, HIGH), (NETWORK - 0.45, HIGH))
    arrow(ax, (CROPS + 0.4, HIGH - 0.1), (NETWORK - 0.45, LOW + 0.1))
    arrow(ax, (CROPS + 0.4, LOW), (NETWORK - 0.45, LOW))
    arrow(ax, (NETWORK, LOW + 0.18), (NETWORK, HIGH - 0.18), colour=style.VERMILLION, dashed=True)
    ax.text(
        NETWORK + 0.07, middle, "moving average\nof the weights", va="center", fontsize=SMALL,
        color=style.darker(style.VERMILLION),
    )  # fmt: skip
    box(ax, (HEAD, HIGH), (1.06, 0.4), "head; minus centre,\nsharpened", fontsize=SMALL, **lent)
    box(ax, (HEAD, LOW), (1.06, 0.4), "head", fontsize=SMALL)
    for y, shade in ((HIGH, style.VERMILLION), (LOW, style.BLACK)):
        arrow(ax, (NETWORK + 0.45, y), (HEAD - 0.53, y), colour=shade)
        arrow(ax, (HEAD + 0.53, y), (CLASSES - 0.3, y), colour=shade)
    box(ax, (CLASSES, HIGH), (0.6, 0.36), r"softmax $p$", fontsize=SMALL, **lent)
    box(ax, (CLASSES, LOW), (0.6, 0.36), r"softmax $q$", fontsize=SMALL)
    arrow(ax, (CLASSES, HIGH - 0.18), (CLASSES, LOW + 0.18), colour=style.VERMILLION, dashed=True)
    ax.text(
        CLASSES - 0.07, middle, r"cross-entropy $-p \log q$" "\n(no gradient to the teacher)", ha="right", va="center",
        fontsize=SMALL,
    )  # fmt: skip
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
