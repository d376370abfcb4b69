"""Table: what predicted sigmas are worth: rank correlation with the error, likelihood, CRPS, miscalibration."""

import sys

from retort.report.names import metric, place, variants
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, tabular
from retort.sealed import write_generated

PLACES = {
    place("bh"): "random",
    place("bh-test-1"): "Test 1",
    place("bh-test-2"): "Test 2",
    place("bh-test-3"): "Test 3",
    place("bh-test-4"): "Test 4",
    place("bh-halogen-Cl"): "chlorides",
    place("eln"): "notebooks",
}
SYSTEMS = variants("forest", "neighbours", "kernels", "mpnn", "uam")
RANKED, SCORED = metric("spearman"), metric("crps")  # the latter is there whenever there are sigmas
# Metric: what its column is called.
COLUMNS = {
    metric("spearman-aleatoric"): r"\shortstack{alea-\\toric}",
    metric("spearman-epistemic"): r"\shortstack{epis-\\temic}",
    metric("nll"): "NLL",
    metric("nll-recalibrated"): r"\shortstack{recali-\\brated}",
    metric("nll-constant"): r"\shortstack{con-\\stant}",
    SCORED: "CRPS",
    metric("miscalibration"): r"\shortstack{miscali-\\bration}",
    metric("miscalibration-recalibrated"): r"\shortstack{recali-\\brated}",
}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    lines: list[tuple[str, str, dict[str, dict]]] = []
    starts = []
    for name, title in PLACES.items():
        starts.append(len(lines))
        lines += [(title, system, found) for system, found in judged(results, name).items()]
    columns = [
        Column("Test part", [title for title, _, _ in lines]),
        Column("System", [escape(results.short(system)) for _, system, _ in lines]),
    ]
    ranked = results.metric(RANKED)
    cells = [ranked.level(found.get(RANKED, {})) for _, _, found in lines]
    columns.append(Column(r"$\rho$", cells, r"r@{\,}l", 2))
    for name, header in COLUMNS.items():
        measure = results.metric(name)
        means = [found.get(name, {}).get("mean") for _, _, found in lines]
        columns.append(Column(header, [measure.number(mean) for mean in means], "r"))
    notes = [
        r"$\rho$: rank correlation of $|y - \mu|$ with the total $\sigma$ (95\,\% intervals), and with its parts.",
        "NLL: negative log-likelihood in nats, as predicted, with recalibrated sigmas, and of the mean and spread of",
        "the training yields. CRPS in points of yield. Miscalibration: area between found and expected shares in",
        "central intervals, as predicted and with recalibrated sigmas. Means over draws and seeds.",
    ]
    table = tabular(columns, source="src/scripts/yields_sigmas.py", rules=starts, notes=notes)
    write_generated(output, table)


def judged(results: Results, name: str) -> dict[str, dict[str, dict]]:
    """The rows of the summary at a place by system and metric, of systems that have sigmas."""
    table = results.at(results.summary, name).filter(part="test")
    systems = present(SYSTEMS, table.filter(metric=SCORED))
    return {
        system: {row["metric"]: row for row in table.filter(variant=system).to_dicts()} for system in systems
    }


if __name__ == "__main__":
    main(sys.argv[1:])
