"""Table: the two steps and the weight of the embedding loss, where labels abound and where they are scarce."""

import sys

import polars as pl

from retort.report.names import family, metric, variants
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, estimates_of, number, numbers, tabular
from retort.sealed import write_generated

METRIC = metric("mae")
REFERENCE, CHOSEN = variants("crabnet", "ts-crabnet")
ABLATED = variants("ts-crabnet-alpha5", "ts-crabnet-alpha20", "ts-crabnet-no-step1")
FAMILY = family("ablation")
VALUE = ("mean", "low", "high")
CHANGE = ("difference", "low", "high")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    places = {}
    for name in results.places["name"].drop_nulls():
        here = results.at(results.summary, name).filter(metric=METRIC)
        if present(ABLATED, here):
            places[name] = present((REFERENCE, CHOSEN, *ABLATED), here)
    quoted = {name: results.quoted(name, METRIC) for name in places}
    cited = ",".join(dict.fromkeys(value["citation"] for each in quoted.values() for value in each.values()))
    parts = [block(results, name, systems, quoted[name]) for name, systems in places.items()]
    columns = [
        Column(same[0].header, [cell for each in same for cell in each.cells], same[0].align, same[0].span)
        for same in zip(*parts, strict=True)
        if cited or same[0].header != "published"
    ]
    ends = [sum(len(part[0].cells) for part in parts[:count]) for count in range(len(parts))]
    notes = [
        r"Mean absolute error. $\Delta$: minus untaught CrabNet, paired by seed and draw; negative is better.",
        r"$\alpha = 0$ is step 1 and then training without guidance: what validation chose in a pilot.",
    ]
    if cited:
        notes.append(
            rf"\emph{{Italic}}: published, quoted~\cite{{{cited}}}; their crystals are another subset."
        )
    columns = columns or [Column("Strategy", ["not run at this scale"])]
    write_generated(
        output, tabular(columns, source="src/scripts/transfer_ablation.py", rules=ends, notes=notes)
    )


def block(results: Results, place: str, systems: list[str], quoted: dict[str, dict]) -> list[Column]:
    """The columns of one place, its title as their first row; `quoted` holds what was published, by variant."""
    summary = results.at(results.summary, place).filter(metric=METRIC)
    compared = results.at(results.contrasts, place).filter(metric=METRIC, family=FAMILY, against=REFERENCE)
    digits = results.metric(METRIC).digits
    order = pl.DataFrame({"variant": systems}, schema={"variant": pl.String})

    def at(table: pl.DataFrame, part: str) -> pl.DataFrame:
        return order.join(table.filter(part=part), on="variant", how="left", maintain_order="left")

    test, change = at(summary, "test"), at(compared, "test")
    published = [quoted.get(name) for name in systems]
    columns = [
        Column("Strategy", [named(results, *row) for row in change.select("variant", "title").iter_rows()]),
        numbers("$n$", test["n"].to_list(), digits=0),
        estimates_of("validation", at(summary, "valid"), *VALUE, digits=digits),
        estimates_of("test", test, *VALUE, digits=digits),
        Column(
            "published",
            [rf"\emph{{{number(row['value'], digits=row['digits'])}}}" if row else "" for row in published],
            "r",
        ),
        estimates_of(r"$\Delta$ test", change, *CHANGE, digits=digits, signed=True),
    ]
    title, unit = results.place_row(place)["title"], results.unit(place, METRIC)
    heads = [rf"\emph{{{escape(title)}}} ({escape(unit)})"]
    heads += [" &" * (column.span - 1) for column in columns[1:]]
    return [
        Column(column.header, [head, *column.cells], column.align, column.span)
        for head, column in zip(heads, columns, strict=True)
    ]


def named(results: Results, name: str, title: str | None) -> str:
    """The name of a row: `title`, that of its comparison, or the system's own."""
    return title or escape(results.title(name))


if __name__ == "__main__":
    main(sys.argv[1:])
