"""Figure: how often the less stable of two polymorphs is told, by language, by structure, and by what is beside."""

import sys

from retort.report import style
from retort.report.dots import dot, lines, nothing
from retort.report.names import metric, place, variant, variants
from retort.report.results import figure_arguments, in_blocks

PLACE = place("polymorphs")
ORDER = metric("order")
DATE = variant("later-id")
# Block: marker of its systems.
BLOCKS = {
    variants("onehot", "mat2vec", "boosting"): "o",
    variants("text", "text-mat2vec", "numberless", "masked", "masked-numberless", "shuffled"): "D",
    variants("encoder", "encoder-untrained"): "D",
    variants("structure", "sites", "structure-onehot", "structure-mat2vec", "boosting-structure"): "o",
    variants("text-difference", "masked-difference", "structure-difference"): "v",
    variants("later-id", "shorter-text", "fewer-sites", "larger-volume"): "s",
}


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "discovery", argv)
    measure = results.metric(ORDER)
    rows = results.levels(PLACE, ORDER)
    systems, starts = in_blocks(BLOCKS, rows)
    markers = {name: marker for block, marker in BLOCKS.items() for name in block}
    fig, ax = style.figure(height=0.9 + 0.14 * max(4, len(systems)))
    lines(ax, [results.title(name) for name in systems], starts=starts)
    if not systems:
        nothing(ax)
    for y, name in enumerate(systems):
        dot(ax, y, rows[name], shade=results.colour(name), marker=markers[name], factor=100)
    ax.axvline(50, color=style.GREY, lw=0.6, zorder=0)
    if DATE in rows:
        ax.axvline(100 * rows[DATE]["mean"], color=style.GREY, lw=0.6, ls=(0, (2, 1)), zorder=0)
    ax.set_xlabel(measure.header)
    style.save(fig, output)


if __name__ == "__main__":
    main(sys.argv[1:])
