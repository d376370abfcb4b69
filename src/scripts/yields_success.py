"""Table: how well reactions that work are ranked before the others, from source to source and on new screens."""

import sys

from retort.report.names import metric, place, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, number, tabular
from retort.sealed import write_generated

AREA = metric("roc_auc")
SOURCES = {
    place("couplings-eln-bh"): r"ELN $\to$ BH",
    place("couplings-hitea-bh"): r"HiTEA $\to$ BH",
    place("couplings-others-bh"): r"both $\to$ BH",
    place("couplings-bh-eln"): r"BH $\to$ ELN",
    place("couplings-hitea-eln"): r"HiTEA $\to$ ELN",
    place("couplings-others-eln"): r"both $\to$ ELN",
    place("couplings-bh-hitea"): r"BH $\to$ HiTEA",
    place("couplings-eln-hitea"): r"ELN $\to$ HiTEA",
    place("couplings-others-hitea"): r"both $\to$ HiTEA",
}
# Two thirds of the yields are zero: whether there is any product is the question.
SCREENS = {place("hitea-year"): "HiTEA, later years", place("hitea-screen"): "HiTEA, new screens"}
GROUPS = (variants("forest", "forest-success", "boosting", "neighbours", "kernels", "mlp"), variants("mpnn"))
CITATION = "neves2025sources"  # of the published area from plates alone
ACROSS = 3


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    blocks = [
        {title: results.levels(name, AREA) for name, title in titles.items()} for titles in (SOURCES, SCREENS)
    ]
    ran = {system for block in blocks for rows in block.values() for system in rows}
    systems, starts = in_blocks(GROUPS, ran)
    filled = [
        {title: cells(results, rows, systems) for title, rows in block.items() if rows}
        for block in blocks
        if any(block.values())
    ]
    names = [escape(results.short(name)) for name in systems]
    columns, rules = stacked("System", names, filled, rules=starts, across=ACROSS)
    notes = [
        r"ROC-AUC in percent: reactions with a yield above 20\,\% ranked before the others. From source to source the",
        r"test part has no substrate of training. Means over draws and seeds with 95\,\% intervals.",
        *published(results),
    ]
    write_generated(
        output, tabular(columns, source="src/scripts/yields_success.py", rules=rules, notes=notes)
    )


def cells(results: Results, rows: dict[str, dict], systems: list[str]) -> list[str]:
    """The level of each system with its interval; a dash where it was not run."""
    return [results.metric(AREA).level(rows.get(system, {})) for system in systems]


def published(results: Results) -> list[str]:
    """A note on what others reached from plates alone; none beside generated data."""
    rows = results.published.filter(citation=CITATION).to_dicts()
    if results.places["generated"].any() or not rows:
        return []
    quoted = number(rows[0]["value"], percent=True)
    return [
        rf"Published, from plates alone to unseen substrates of other sources~\cite{{{CITATION}}}: {quoted}."
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
