"""Table: R2 where additives, halides, ligands, screens or papers of test are not in training."""

import sys

from retort.report.names import metric, place, variant, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import bracketed, escape, tabular
from retort.sealed import write_generated

EXPLAINED = metric("r2")
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
BLOCKS = (TESTS | HALIDES, LIGANDS | OTHERS)
RANDOM = variant("forest-random")
GROUPS = (
    variants("forest", "forest-random", "boosting", "neighbours", "kernels", "mlp"),
    variants("mpnn", "uam-scratch", "uam"),
)
ACROSS = 4


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    rows = {name: results.levels(name, EXPLAINED) for titles in BLOCKS for name in titles}
    systems, starts = in_blocks(GROUPS, {system for found in rows.values() for system in found})
    blocks = [
        {
            heading(results, title): cells(results, rows[name], systems)
            for name, title in titles.items()
            if any(system in rows[name] for system in systems)
        }
        for titles in BLOCKS
    ]
    names = [escape(results.short(name)) for name in systems]
    filled = [block for block in blocks if block]
    columns, rules = stacked("System", names, filled, rules=starts, across=ACROSS)
    notes = [r"Means over draws and seeds with 95\,\% intervals."]
    notes += [*mean_of_tests(results), *spread(results)]
    table = tabular(columns, source="src/scripts/yields_outside.py", rules=rules, notes=notes)
    write_generated(output, table)


def heading(results: Results, title: str) -> str:
    """Above a column: the place, and below it the metric."""
    return rf"\shortstack{{{title}\\{escape(results.metric(EXPLAINED).header)}}}"


def cells(results: Results, rows: dict[str, dict], systems: list[str]) -> list[str]:
    """The level of each system with its interval; a dash where it was not run."""
    return [results.metric(EXPLAINED).level(rows.get(system, {})) for system in systems]


def mean_of_tests(results: Results) -> list[str]:
    """Notes on the system with the best mean R2 on what each draw of the tests left out, and its mean on test."""
    table = results.details("mean_of_tests")
    chosen = table.filter(part="valid").sort("value", "variant", descending=[True, False])
    if chosen.is_empty():
        return []
    best = chosen.row(0, named=True)
    found = table.filter(part="test", variant=best["variant"]).row(0, named=True)
    measure = results.metric(EXPLAINED)
    # Another system would be named if another were best.
    there = measure.number(best["value"], of=chosen["value"])
    value = measure.number(found["value"], of=[found["value"], *chosen["value"]])
    of = [found["low"], found["high"], *chosen["value"]]
    inside = bracketed(found["low"], found["high"], digits=measure.digits, of=of)
    return [
        f"Mean $R^2$ of the tests of additives ({found['n']}), of the system that is best on the additives that draws",
        f"left out of training ({escape(results.short(best['variant']))}, {there} there): {value} {inside}.",
        "Additives of one test are among those that draws of the others left out: that choice, and the form of the",
        "Gaussian process, are not free of test yields.",
    ]


def spread(results: Results) -> list[str]:
    """A note on what draws of random features are apart in each test."""
    measure, table, found = results.metric(EXPLAINED), results.details("random_spread"), []
    for name, title in TESTS.items():
        draws = results.at(table, name).filter(variant=RANDOM)["r2"]
        if len(draws):
            low, high = (measure.number(end, of=draws) for end in (draws.min(), draws.max()))
            found.append(f"{title} {low} to {high} ({len(draws)})")
    return [f"Forests by their draws of random features and fold: {', '.join(found)}."] if found else []


if __name__ == "__main__":
    main(sys.argv[1:])
