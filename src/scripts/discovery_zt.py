"""Table: several properties at once, how wrong zT is and how well materials like a query are ranked."""

import sys

from retort.report.names import metric, place, variant
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

ERROR, RANKING = metric("mae"), metric("ranking")
# What is shown: where, and by what.
SHOWN = ((place("zt"), ERROR), (place("measured"), RANKING), (place("tasks"), RANKING))
# What ranks, and the system that says one property of it.
SYSTEMS = {
    variant("median-all"): variant("median"),
    variant("boosting-all"): variant("boosting"),
    variant("single-all"): variant("single"),
    variant("single-wide-all"): variant("single-wide"),
    variant("shared-all"): variant("shared"),
    variant("shared-wide-all"): variant("shared-wide"),
    variant("mmoe-all"): variant("mmoe"),
}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    shown = [(name, measure) for name, measure in SHOWN if results.levels(name, measure)]
    systems = [
        ranks
        for ranks, says in SYSTEMS.items()
        if any({ranks, says} & set(results.levels(name, measure)) for name, measure in shown)
    ]
    titles = [escape(results.title(name)) for name in systems]
    columns = [Column("System", titles or ["not run"])]
    columns += [level(results, name, measure, systems) for name, measure in shown]
    notes = [
        r"Means over seeds with 95\,\% intervals over seeds and test rows. nDCG: every test row is a query, and the"
        r" ten rows with the most similar properties should come first; 1 is perfect, and an order by chance has that"
        r" of the medians."
    ]
    write_generated(output, tabular(columns, source="src/scripts/discovery_zt.py", notes=notes))


def level(results: Results, name: str, measure: str, systems: list[str]) -> Column:
    """A metric of each system at one place, with its interval."""
    found = results.levels(name, measure)
    rows = [found.get(ranks) or found.get(SYSTEMS[ranks]) or {} for ranks in systems]
    cells = [results.metric(measure).level(row) for row in rows]
    row = results.place_row(name)
    title, what = escape(row["title"]), "MAE" if measure == ERROR else "nDCG"
    tested = number(row["rows_test"], digits=0)
    return Column(rf"\shortstack{{{title}\\{what}, {tested} tested}}", cells, r"r@{\,}l", 2)


if __name__ == "__main__":
    main(sys.argv[1:])
