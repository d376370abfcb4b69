"""Table: R2 where additives, halides, ligands, screens or papers of test are not in training."""

import sys

from retort.report.names import metric, place, places, variant, variants
from retort.report.results import Results, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import bracketed, escape, tabular
from retort.sealed import write_generated
from retort.statistics.components import Level
from retort.statistics.independent import combined

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
AVERAGED = places("bh-test-1", "bh-test-2", "bh-test-3", "bh-test-4")
RANDOM = variant("forest-random")
GROUPS = (
    variants("forest", "forest-random", "boosting", "neighbours", "kernels", "mlp"),
    variants("mpnn", "uam-scratch", "uam"),
)
ACROSS = 4


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    rows = {name: levels(results, name) for titles in BLOCKS for name in titles}
    ran = {system for found in rows.values() for system in found}
    groups = [found for group in GROUPS if (found := [name for name in group if name in ran])]
    systems = [name for group in groups for name in group]
    starts = [sum(map(len, groups[:number])) for number in range(len(groups))]
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


def levels(results: Results, name: str, part: str = "test") -> dict[str, dict]:
    """The summary of R2 at a place, by variant; empty where this scale lacks the place."""
    table = results.at(results.summary, name).filter(part=part, metric=EXPLAINED)
    return {row["variant"]: row for row in table.to_dicts()}


def heading(results: Results, title: str) -> str:
    """Above a column: the place, and below it the metric."""
    return rf"\shortstack{{{title}\\{escape(results.metric(EXPLAINED).header)}}}"


def cells(results: Results, rows: dict[str, dict], systems: list[str]) -> list[str]:
    """The level of each system with its interval; a dash where it was not run."""
    measure = results.metric(EXPLAINED)
    found = [rows.get(system, {}) for system in systems]
    return [
        f"{measure.number(row.get('mean'))} & {measure.interval(row.get('low'), row.get('high'))}"
        for row in found
    ]


def mean_of_tests(results: Results) -> list[str]:
    """Notes on the system with the best mean R2 on what each draw of the four tests left out, and its mean on test."""
    means = {part: averaged(results, part) for part in ("valid", "test")}
    systems = [name for name in means["test"] if name in means["valid"]]
    if not systems:
        return []
    best = max(systems, key=lambda name: means["valid"][name].value)
    chosen, found = means["valid"][best], means["test"][best]
    measure = results.metric(EXPLAINED)
    inside = bracketed(found.low, found.high, digits=measure.digits)
    return [
        "Mean $R^2$ of Tests 1--4, of the system that is best on the additives that draws left out of training",
        f"({escape(results.short(best))}, {measure.number(chosen.value)} there): "
        f"{measure.number(found.value)} {inside}.",
        "Additives of one test are among those that draws of the others left out: that choice, and the form of the",
        "Gaussian process, are not free of test yields.",
    ]


def averaged(results: Results, part: str) -> dict[str, Level]:
    """By system, the mean of R2 over the four tests of those that were run on enough draws of all.

    The tests count as independent.
    """
    rows = [levels(results, name, part) for name in AVERAGED]
    shared = [name for name in rows[0] if all(row.get(name, {}).get("se") is not None for row in rows)]
    weights = [1 / len(rows)] * len(rows)
    return {
        name: combined(weights, *([row[name][key] for row in rows] for key in ("mean", "se", "df")))
        for name in shared
    }


def spread(results: Results) -> list[str]:
    """A note on what draws of random features are apart in each test."""
    measure, table, found = results.metric(EXPLAINED), results.details("random_spread"), []
    for name, title in TESTS.items():
        draws = results.at(table, name).filter(variant=RANDOM)["r2"]
        if len(draws):
            found.append(
                f"{title} {measure.number(draws.min())} to {measure.number(draws.max())} ({len(draws)})"
            )
    return [f"Forests by their draws of random features and fold: {', '.join(found)}."] if found else []


if __name__ == "__main__":
    main(sys.argv[1:])
