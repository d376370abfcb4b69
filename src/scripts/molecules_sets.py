"""Figure: the four families of MoleculeNet's data sets, those of this edition filled."""

import sys

from retort.report import style
from retort.report.results import figure_arguments
from retort.report.schematic import SMALL, TEXT, box, canvas

# As Wu et al. sort them, from the electrons of a molecule to what it does to a body.
FAMILIES = {
    "quantum mechanics": ("QM7", "QM7b", "QM8", "QM9"),
    "physical chemistry": ("ESOL", "FreeSolv", "Lipophilicity"),
    "biophysics": ("PCBA", "MUV", "HIV", "PDBbind", "BACE"),
    "physiology": ("BBBP", "Tox21", "ToxCast", "SIDER", "ClinTox"),
}
MOST = max(len(names) for names in FAMILIES.values())
ROW, HEAD, GAP = 0.27, 0.34, 0.12  # inches


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "molecules", argv)
    # A unit may follow the name of a set.
    here = {title.split(" (")[0] for title in results.sources["title"]}
    fig, ax = canvas(height=HEAD + MOST * ROW)
    width = style.TEXT_WIDTH / len(FAMILIES)
    for column, (family, names) in enumerate(FAMILIES.items()):
        middle = (column + 0.5) * width
        ax.text(
            middle, MOST * ROW + HEAD / 2, family, ha="center", va="center", fontsize=TEXT, fontweight="bold"
        )
        for row, name in enumerate(names):
            used = name in here
            box(
                ax,
                (middle, (MOST - row - 0.5) * ROW),
                (width - GAP, ROW - 0.06),
                name,
                colour=style.BLACK if used else style.PALE,
                filled=used,
                fontsize=SMALL,
                color=style.BLACK if used else style.darker(style.GREY),
            )
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
