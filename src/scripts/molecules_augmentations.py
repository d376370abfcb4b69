"""Figure: the three ways in which MolCLR disturbs a molecule, drawn on one."""

import sys

from retort.report import structures, style
from retort.report.results import figure_arguments

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
MASKED = (2, 5, 8)
CUT = (frozenset({1, 3}), frozenset({9, 10}))
REMOVED = (0, 1, 2)  # a connected part, grown from one atom


def main(argv: list[str] | None = None) -> None:
    _, output = figure_arguments(__file__, "molecules", argv)
    fig, axes = style.figure(height=1.5, ncols=3)
    panels = (
        ("atoms masked", {"atoms": dict.fromkeys(MASKED, style.PALE)}),
        ("bonds deleted", {"removed": CUT}),
        (
            "a sub-graph removed",
            {
                "atoms": dict.fromkeys(REMOVED, style.ORANGE),
                "removed": (frozenset({1, 3}), *(frozenset({1, atom}) for atom in (0, 2))),
            },
        ),
    )
    for ax, (title, _) in zip(axes, panels, strict=True):
        ax.set_title(title, loc="center")
        ax.set_axis_off()
    fig.get_layout_engine().execute(fig)  # gives the axes their final size, which letters depend on
    for ax, (_, looks) in zip(axes, panels, strict=True):
        structures.draw(ax, PARACETAMOL, **looks)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
