"""Table: the two steps and the weight of the embedding loss, where labels abound and where they are scarce."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, estimates_of, numbers, tabular
from retort.statistics.summary import contrasts

METRIC = "mae"
SEED = 0
DIGITS = 3
REFERENCE = "crabnet"
ROWS = {
    "crabnet": "CrabNet, untaught",
    "ts-crabnet": "T-S CrabNet, chosen",
    "ts-crabnet-alpha0": r"T-S CrabNet, $\alpha = 0$",
    "ts-crabnet-alpha5": r"T-S CrabNet, $\alpha = 5$",
    "ts-crabnet-alpha20": r"T-S CrabNet, $\alpha = 20$",
    "ts-crabnet-no-step1": "T-S CrabNet without step 1",
}
ALWAYS = {"crabnet", "ts-crabnet"}  # not what makes a place one of ablations
# Zhu and Yang, as printed: test error where they give one. With all labels, "only step 2" on the MP formation energy.
PUBLISHED = {
    "mp-formation": {"crabnet": "0.058", "ts-crabnet": "0.048", "ts-crabnet-no-step1": "0.051"},
    "mp-formation-05": {"crabnet": "0.139", "ts-crabnet": "0.0875", "ts-crabnet-no-step1": "0.144"},
    "mp-gap-05": {"ts-crabnet": "0.573", "ts-crabnet-no-step1": "0.618"},
    "jarvis-formation-05": {"ts-crabnet": "0.163", "ts-crabnet-no-step1": "0.236"},
    "jarvis-gap-05": {"ts-crabnet": "0.388", "ts-crabnet-no-step1": "0.445"},
}
PUBLISHED_FOR = {"mp", "mp20", "jarvis"}
CITATION = "zhu2023teacher"
VALUE = ("trimean", "low", "high")
CHANGE = ("difference", "difference_low", "difference_high")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    summary = results.summary.filter(metric=METRIC)
    places = {}
    for name in results.blocks:
        variants = present(ROWS, results.at(summary, name))
        if set(variants) - ALWAYS:
            places[name] = variants
    quoted = {
        name for name in places if name in PUBLISHED and results.blocks[name]["dataset"] in PUBLISHED_FOR
    }
    parts = [
        block(results, name, variants, PUBLISHED[name] if name in quoted else {})
        for name, variants in places.items()
    ]
    if not quoted:
        parts = [[column for column in columns if column.header != "published"] for columns in parts]
    columns = [Column("Strategy", ["not run at this scale"])]
    if parts:
        columns = [
            Column(
                same[0].header, [cell for each in same for cell in each.cells], same[0].align, same[0].span
            )
            for same in zip(*parts, strict=True)
        ]
    ends, total = [], 0
    for variants in places.values():
        total += len(variants) + 1
        ends.append(total)
    notes = [
        r"Mean absolute error. $\Delta$: minus untaught CrabNet, paired by seed; negative is better. $\alpha = 0$ is",
        r"step 1 and then training without guidance. The test part took no part in the choice of $\alpha$.",
    ]
    if quoted:
        notes.append(
            rf"\emph{{Italic}}: published, quoted~\cite{{{CITATION}}}; their crystals are another subset."
        )
    write_whole(
        output, tabular(columns, source="src/scripts/transfer_ablation.py", rules=ends[:-1], notes=notes)
    )


def block(results: Results, name: str, variants: list[str], quoted: dict[str, str]) -> list[Column]:
    """The columns of one place, its title as their first row; `quoted` holds the published values."""
    summary = results.at(results.summary, name).filter(metric=METRIC)
    scores, items = (
        results.at(table, name).filter(metric=METRIC) for table in (results.scores, results.items)
    )
    pairs = [(variant, REFERENCE) for variant in variants if variant != REFERENCE and REFERENCE in variants]
    compared = contrasts(scores, items, pairs, seed=SEED)
    order = pl.DataFrame({"variant": variants}, schema={"variant": pl.String})

    def at(table: pl.DataFrame, part: str) -> pl.DataFrame:
        return order.join(table.filter(part=part), on="variant", how="left", maintain_order="left")

    test = at(summary, "test")
    columns = [
        Column("Strategy", [named(results, variant) for variant in variants]),
        numbers("$n$", test["n"].to_list(), digits=0),
        estimates_of("validation", at(summary, "valid"), *VALUE, digits=DIGITS),
        estimates_of("test", test, *VALUE, digits=DIGITS),
        Column(
            "published",
            [rf"\emph{{{quoted[v]}}}" if v in quoted else "" for v in variants],
            "r",
        ),
        estimates_of(r"$\Delta$ test", at(compared, "test"), *CHANGE, digits=DIGITS, signed=True),
    ]
    title = rf"\emph{{{escape(titled(results, name))}}} ({escape(test['unit'][0])})"
    heads = [title] + [" &" * (column.span - 1) for column in columns[1:]]
    return [
        Column(column.header, [head, *column.cells], column.align, column.span)
        for head, column in zip(heads, columns, strict=True)
    ]


def named(results: Results, variant: str) -> str:
    """The name of a row; that of the chosen strategy has its weight, which the study's YAML sets."""
    settings = (results.config.get("variants", {}).get(variant) or {}).get("settings") or {}
    chosen = variant == "ts-crabnet" and "alpha" in settings
    return ROWS[variant] + (rf" $\alpha = {settings['alpha']:g}$" if chosen else "")


def titled(results: Results, name: str) -> str:
    """The title of a block, with the share of labels that its name ends with unless the title has it."""
    title, share = results.blocks[name]["title"] or name, name.rpartition("-")[2]
    return f"{title}, {int(share)} % of the labels" if share.isdigit() and "%" not in title else title


if __name__ == "__main__":
    main(sys.argv[1:])
