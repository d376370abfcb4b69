"""Table: R2 where additives, halides, ligands, screens or papers of test are not in training; AUC between sources."""

import sys

from retort.report.names import metric, place, places, variants
from retort.report.results import Results, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, tabular
from retort.sealed import write_generated

EXPLAINED, AREA = metric("r2"), metric("roc_auc")
TESTS = {
    place("bh-test-1"): "Test 1",
    place("bh-test-2"): "Test 2",
    place("bh-test-3"): "Test 3",
    place("bh-test-4"): "Test 4",
}
HALIDES = {
    place("bh-halogen-I"): "Iodides",
    place("bh-halogen-Br"): "Bromides",
    place("bh-halogen-Cl"): "Chlorides",
    place("bh-pyridyl"): "Pyridyl",
}
LIGANDS = {
    place("suzuki-ligand-1"): "Ligands 1",
    place("suzuki-ligand-2"): "Ligands 2",
    place("suzuki-ligand-3"): "Ligands 3",
    place("suzuki-ligand-4"): "Ligands 4",
}
OTHERS = {place("hitea-screen"): "New screens", place("nicolit-doi"): "New papers"}
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
BLOCKS = ((TESTS | HALIDES, EXPLAINED), (LIGANDS | OTHERS, EXPLAINED), (SOURCES, AREA))
AVERAGED = places("bh-test-1", "bh-test-2", "bh-test-3", "bh-test-4")
GROUPS = (
    variants("forest", "forest-random", "boosting", "neighbours", "kernels"),
    variants("mpnn", "uam-scratch", "uam"),
)
ACROSS = 4


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    rows = {name: levels(results, name, measure) for titles, measure in BLOCKS for name in titles}
    ran = {system for found in rows.values() for system in found}
    groups = [found for group in GROUPS if (found := [name for name in group if name in ran])]
    systems = [name for group in groups for name in group]
    starts = [sum(map(len, groups[:number])) for number in range(len(groups))]
    blocks = [
        {
            heading(results, title, measure): cells(results, rows[name], measure, systems)
            for name, title in titles.items()
            if any(system in rows[name] for system in systems)
        }
        for titles, measure in BLOCKS
    ]
    names = [escape(results.short(name)) for name in systems]
    filled = [block for block in blocks if block]
    columns, rules = stacked("System", names, filled, rules=starts, across=ACROSS)
    notes = [r"Means over draws and seeds with 95\,\% intervals."]
    if any(rows[name] for name in SOURCES):
        notes += [
            r"ROC-AUC: reactions with a yield above 20\,\% ranked before the others;",
            r"the test part has no substrate of training.",
        ]
    if averages := mean_of_tests(results, rows, systems):
        notes.append(f"Mean $R^2$ of Tests 1--4: {averages}.")
    table = tabular(columns, source="src/scripts/yields_outside.py", rules=rules, notes=notes)
    write_generated(output, table)


def levels(results: Results, name: str, measure: str) -> dict[str, dict]:
    """The summary of a metric at a place, by variant; empty where this scale lacks the place."""
    table = results.at(results.summary, name).filter(part="test", metric=measure)
    return {row["variant"]: row for row in table.to_dicts()}


def heading(results: Results, title: str, name: str) -> str:
    """Above a column: the place, and below it the metric."""
    return rf"\shortstack{{{title}\\{escape(results.metric(name).header)}}}"


def cells(results: Results, rows: dict[str, dict], name: str, systems: list[str]) -> list[str]:
    """The level of each system with its interval; a dash where it was not run."""
    measure = results.metric(name)
    found = [rows.get(system, {}) for system in systems]
    return [
        f"{measure.number(row.get('mean'))} & {measure.interval(row.get('low'), row.get('high'))}"
        for row in found
    ]


def mean_of_tests(results: Results, rows: dict[str, dict[str, dict]], systems: list[str]) -> str:
    """The systems that were run on all four published tests, the best first, and the mean of their R2."""
    measure = results.metric(EXPLAINED)
    means = {
        system: sum(rows[name][system]["mean"] for name in AVERAGED) / len(AVERAGED)
        for system in systems
        if all(system in rows[name] for name in AVERAGED)
    }
    ranked = sorted(means, key=lambda system: -means[system])
    return ", ".join(f"{escape(results.short(system))} {measure.number(means[system])}" for system in ranked)


if __name__ == "__main__":
    main(sys.argv[1:])
