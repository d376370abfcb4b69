"""Figure: predicted against measured hardness of test alloys, a panel for each place."""

import sys

from retort.report import style
from retort.report.names import places, variants
from retort.report.results import figure_arguments

PLACES = places("alloys", "alloys-few")
SYSTEMS = variants("ridge", "borrowed")


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "toy", argv)
    parity = results.illustrations("parity")
    fig, axes = style.figure(height=2.6, ncols=len(PLACES), sharex=True, sharey=True)
    for ax, name in zip(axes, PLACES, strict=True):
        here = results.at(parity, name)
        for system in SYSTEMS:
            rows = here.filter(variant=system)
            ax.plot(
                rows["measured"],
                rows["predicted"],
                "o",
                color=results.colour(system),
                label=results.short(system),
            )
        ax.axline((1, 1), slope=1, color=style.PALE, zorder=0)
        ax.set_title(results.place_row(name)["title"])
        ax.set_xlabel("measured (GPa)")
    axes[0].set_ylabel("predicted (GPa)")
    axes[0].legend()
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
