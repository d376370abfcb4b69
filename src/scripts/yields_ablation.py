"""Table: UAM without one of its parts, beside what was published; and what a forest makes of other descriptors."""

import sys

from retort.report.names import metrics, place, variant, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.tables import Column, escape, estimated, number, tabular
from retort.sealed import write_generated

PLACE = place("bh")
ERROR, SQUARED, EXPLAINED = metrics("mae", "rmse", "r2")
CITATION = "chen2024uncertainty"
# The first of a block is what the others lack something of.
BLOCKS = (
    (
        *variants("uam", "uam-no-uq", "uam-no-lr", "uam-no-moe", "uam-no-seq", "uam-no-graph", "uam-no-h"),
        *variants("uam-random-h", "uam-scratch", "uam-plain", "uam-transductive"),
    ),
    variants("forest", "forest-onehot", "forest-random", "forest-shuffled"),
)
RANDOM = variant("forest-random")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    summary = results.at(results.summary, PLACE).filter(part="test")
    systems, starts = in_blocks(BLOCKS, summary["variant"])
    whole = {name: block[0] for block in BLOCKS for name in block}
    columns = [Column("System", [escape(results.short(name)) for name in systems])]
    columns += [level(results, measure, systems) for measure in (ERROR, SQUARED, EXPLAINED)]
    columns.append(Column(r"$g$", [gain(results, name, whole[name]) for name in systems], r"r@{\,}l", 2))
    notes = [
        r"$g$: what the first system of the block gains over this one, by the MAE; positive where a part helps."
    ]
    if quoted := published(results, systems):
        columns.append(quoted)
        notes.append(
            rf"\emph{{Italic}}: MAE published~\cite{{{CITATION}}}, on amide couplings that are proprietary."
        )
    notes += spread(results)
    columns = columns if systems else [Column("System", ["not run at this scale"])]
    table = tabular(columns, source="src/scripts/yields_ablation.py", rules=starts, notes=notes)
    write_generated(output, table)


def level(results: Results, name: str, systems: list[str]) -> Column:
    """A metric of each system, with its interval where there is room for one."""
    measure, rows = results.metric(name), results.levels(PLACE, name)
    found = [rows.get(system, {}) for system in systems]
    if name == SQUARED:
        return Column(escape(measure.header), [measure.number(row.get("mean")) for row in found], "r")
    return Column(escape(measure.header), [measure.level(row) for row in found], r"r@{\,}l", 2)


def gain(results: Results, name: str, whole: str) -> str:
    """The gain of the whole over one system with its interval; empty for the whole itself."""
    if name == whole:
        return " & "
    rows = results.at(results.contrast(whole, name), PLACE).filter(part="test", metric=ERROR).to_dicts()
    row = rows[0] if rows else dict.fromkeys(("gain", "gain_low", "gain_high"))
    return estimated(row["gain"], row["gain_low"], row["gain_high"], digits=2, signed=True)


def published(results: Results, systems: list[str]) -> Column | None:
    """The quoted MAE of each system; None beside generated data, or where nothing was quoted."""
    row = results.place_row(PLACE)
    rows = results.published.filter(citation=CITATION, metric=ERROR).to_dicts()
    quoted = {value["variant"]: value for value in rows if value["variant"]}
    if row is None or row["generated"] or not set(quoted) & set(systems):
        return None
    cells = []
    for name in systems:
        value = quoted.get(name)
        cells.append(rf"\emph{{{number(value['value'], digits=value['digits'])}}}" if value else "")
    return Column("published", cells, "r")


def spread(results: Results) -> list[str]:
    """What draws of random features are apart, as a note."""
    draws = results.at(results.details("random_spread"), PLACE).filter(variant=RANDOM)["r2"]
    if draws.is_empty():
        return []
    measure = results.metric(EXPLAINED)
    low, high = (measure.number(end, of=draws) for end in (draws.min(), draws.max()))
    return [f"{len(draws)} draws of random features and split have $R^2$ between {low} and {high}."]


if __name__ == "__main__":
    main(sys.argv[1:])
