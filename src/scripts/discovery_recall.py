"""Figure: measured hosts in the lists of a recall, all and later ones, and what the hosts of one list are worth."""

import sys

import polars as pl

from retort.report import style, tracing
from retort.report.dots import dot, lines, nothing
from retort.report.names import metric, place, variant, variants
from retort.report.results import Results, commonest, figure_arguments, in_blocks
from retort.statistics.verdicts import LEVEL

PLACE = place("recall")
HITS, LATER = metric("hits"), metric("hits-later")
BASELINE = variant("recall-elmd")
BLOCKS = (
    (
        *variants(
            "recall-elmd", "recall-anion", "recall-prototype", "recall-elements", "recall-stoichiometry"
        ),
        *variants("recall-magpie", "recall-random-vectors"),
    ),
    variants("recall-mat2vec", "recall-mat2vec-raw", "recall-mat2vec-whitened", "recall-mat2vec-structure"),
    variants("recall-structure", "recall-sites", "recall-magpie-structure", "recall-structure-onehot"),
    (
        *variants("recall-text", "recall-masked", "recall-numberless"),
        *variants("recall-encoder", "recall-encoder-untrained", "recall-random"),
    ),
)
# PbTe by the order of names here, where it is none the query of which most is known; all formulas of the pool.
QUERY, POOL, WHOLE = "TePb", "all", "whole"
QUALITIES = {"zt": "zT", "power_factor": "Power factor"}
QUARTILES = ("median", "q1", "q3")


def main(argv: list[str] | None = None) -> None:
    results, output = figure_arguments(__file__, "discovery", argv)
    table = results.at(results.summary, PLACE).filter(part="test")
    systems, starts = in_blocks(BLOCKS, table.filter(metric=HITS)["variant"])
    fig, axes = style.figure(height=1.0 + 0.15 * max(4, len(systems)), ncols=4, sharey=True)
    for ax, (name, title) in zip(
        axes[:2], {HITS: "Hosts in a list", LATER: "first measured later"}.items(), strict=True
    ):
        lines(ax, [results.short(system) for system in systems], starts=starts)
        hits(results, ax, table.filter(metric=name), systems)
        ax.set_title(title)
    quality = results.at(results.details("recall_quality"), PLACE).filter(pool=POOL)
    query = commonest(quality.filter(pl.col("query") != "")["query"], QUERY)
    for ax, (quantity, title) in zip(axes[2:], QUALITIES.items(), strict=True):
        worth(results, ax, quality.filter(quantity=quantity), query, systems)
        ax.set_title(title)
        ax.set_xlabel(f"in the list of {query}" if query else "")
    if not systems:
        nothing(axes[0])
    style.save(fig, output)


def hits(results: Results, ax: style.Axes, table: pl.DataFrame, systems: list[str]) -> None:
    """Mean number of hosts in a list, with intervals over hosts; dashed: the baseline."""
    rows = {row["variant"]: row for row in table.to_dicts()}
    for y, name in enumerate(systems):
        if name in rows:
            dot(ax, y, rows[name], shade=results.colour(name))
    if BASELINE in rows:
        ax.axvline(rows[BASELINE]["mean"], color=style.GREY, lw=0.6, ls=(0, (2, 1)), zorder=0)
    ax.set_xlim(left=0)
    ax.set_xlabel("hosts")


def worth(results: Results, ax: style.Axes, table: pl.DataFrame, query: str, systems: list[str]) -> None:
    """Quartiles of a quantity in each list; the band: quartiles of all formulas of which it is known."""
    for whole in table.filter(variant=WHOLE).to_dicts():
        ax.axvspan(whole["q1"], whole["q3"], color=style.PALE, alpha=0.5, lw=0, zorder=0)
        ax.axvline(whole["median"], color=style.GREY, lw=0.6, zorder=0)
    rows = {row["variant"]: row for row in table.filter(query=query).to_dicts()}
    for y, name in enumerate(systems):
        if name in rows:
            # Filled where the list differs from that of mat2vec after Holm's correction.
            tracing.drawn([rows[name]["p_holm"]])
            sure = rows[name]["p_holm"] is not None and rows[name]["p_holm"] <= LEVEL
            look = {"marker": "s", "columns": QUARTILES, "filled": sure}
            dot(ax, y, rows[name], shade=results.colour(name), **look)


if __name__ == "__main__":
    main(sys.argv[1:])
