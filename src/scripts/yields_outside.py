"""Table: R2 where additives, halides, ligands, screens or papers of test are not in training; AUC of success."""

import sys

from retort.report.names import metric, place, places, variants
from retort.report.results import Results, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import bracketed, escape, number, tabular
from retort.sealed import write_generated
from retort.statistics.components import Level
from retort.statistics.independent import combined

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
# Two thirds of the yields are zero: whether there is any product is the question.
SUCCESSES = {place("hitea-year"): "HiTEA, years", place("hitea-screen"): "HiTEA, screens"}
BLOCKS = ((TESTS | HALIDES, EXPLAINED), (LIGANDS | OTHERS, EXPLAINED), (SOURCES | SUCCESSES, AREA))
AVERAGED = places("bh-test-1", "bh-test-2", "bh-test-3", "bh-test-4")
RANDOM, CLASSIFIER = variants("forest-random", "forest-success")
CITATION = "neves2025sources"  # of the published ROC-AUC from plates alone
GROUPS = (
    variants("forest", "forest-random", "boosting", "neighbours", "kernels"),
    variants("mpnn", "uam-scratch", "uam"),
)
ACROSS = 4


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    rows = {(name, measure): levels(results, name, measure) for titles, measure in BLOCKS for name in titles}
    ran = {system for found in rows.values() for system in found}
    groups = [found for group in GROUPS if (found := [name for name in group if name in ran])]
    systems = [name for group in groups for name in group]
    starts = [sum(map(len, groups[:number])) for number in range(len(groups))]
    blocks = [
        {
            heading(results, title, measure): cells(results, rows[name, measure], measure, systems)
            for name, title in titles.items()
            if any(system in rows[name, measure] for system in systems)
        }
        for titles, measure in BLOCKS
    ]
    names = [escape(results.short(name)) for name in systems]
    filled = [block for block in blocks if block]
    columns, rules = stacked("System", names, filled, rules=starts, across=ACROSS)
    notes = [r"Means over draws and seeds with 95\,\% intervals."]
    if any(rows[name, AREA] for name in SOURCES):
        notes += [
            r"ROC-AUC: reactions with a yield above 20\,\% ranked before the others;",
            "from source to source the test part has no substrate of training.",
            *published(results),
        ]
    notes += [*classified(results, rows), *mean_of_tests(results), *spread(results)]
    table = tabular(columns, source="src/scripts/yields_outside.py", rules=rules, notes=notes)
    write_generated(output, table)


def levels(results: Results, name: str, measure: str, part: str = "test") -> dict[str, dict]:
    """The summary of a metric at a place, by variant; empty where this scale lacks the place."""
    table = results.at(results.summary, name).filter(part=part, metric=measure)
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


def classified(results: Results, rows: dict[tuple[str, str], dict[str, dict]]) -> list[str]:
    """A note on the forest that learns success itself, which has no yields to be judged by."""
    measure, found = results.metric(AREA), []
    for name, title in SUCCESSES.items():
        if row := rows[name, AREA].get(CLASSIFIER):
            inside = bracketed(row["low"], row["high"], digits=measure.digits, percent=measure.percent)
            found.append(f"{title} {measure.number(row['mean'])} {inside}")
    return [f"A forest that learns success in the place of yields: {'; '.join(found)}."] if found else []


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
    rows = [levels(results, name, EXPLAINED, part) for name in AVERAGED]
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


def published(results: Results) -> list[str]:
    """A note on what others reached from plates alone; none beside generated data."""
    rows = results.published.filter(citation=CITATION).to_dicts()
    if results.places["generated"].any() or not rows:
        return []
    quoted = number(rows[0]["value"], percent=True)
    return [
        rf"Published from plates alone to unseen substrates of other sources~\cite{{{CITATION}}}: {quoted}."
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
