"""Table: published values of ChemBERTa and of its rivals, single labels, beside ours under the same split."""

import sys

import polars as pl

from retort.report.names import metric, place, variant, variants
from retort.report.protocols import MARK, MARKED, PUBLISHED, STRICT
from retort.report.results import Results, table_arguments
from retort.report.tables import DASH, Column, escape, number, tabular
from retort.sealed import write_generated

CITATION = "chithrananda2020chemberta"
# Set: what the column of its published label is called.
SETS = {
    place("bbbp"): "BBBP",
    place("clintox"): "ClinTox CT_TOX",
    place("hiv"): "HIV",
    place("tox21"): "Tox21 SR-p53",
}
OURS = variants("gin", "dino-tuned")  # below the published systems
METRICS = {metric("roc_auc"): "ROC", metric("prc_auc"): "PRC"}
# Where the published area takes the common class for the positive one, this is ours to hold against it.
TOXICITY, FOREST, SWAPPED = place("clintox"), variant("forest"), metric("prc_auc_negative")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    quoted = results.published.filter(citation=CITATION)
    systems = quoted.select("system", "variant").unique(maintain_order=True).rows()
    rows = [*systems, *((results.title(name), name) for name in OURS)]
    here = {name: row for name in SETS if (row := results.place_row(name))}
    real = any(not row["generated"] for row in here.values())
    columns = [Column("System", [escape(system) for system, _ in rows])]
    marked = False
    for name in SETS if real else here:
        header = escape(SETS[name] if real else here[name]["title"])
        for score, title in METRICS.items():
            published = [value(quoted, name, system, score) if real else "" for system, _ in rows]
            ours = [cell(*our_score(results, quoted, name, own, score)) for _, own in rows]
            marked |= any(MARK in one for one in ours)
            cells = [f"{theirs} & {one}" for theirs, one in zip(published, ours, strict=True)]
            columns.append(Column(rf"\shortstack{{{header}\\{title}}}", cells, "rr", 2))
    notes = [r"Ours: mean over seeds, on DeepChem's scaffold split with all rows of the file."]
    if marked:
        notes.append(MARKED)
    if real:
        notes += [
            rf"\emph{{Italic}}: published~\cite{{{CITATION}}}, on DeepChem's scaffold split; we ran no ChemBERTa.",
            r"Published areas under the precision-recall curve of ClinTox are possible only if the common class,",
            r"not toxic, counts as positive; ours count the toxic one.",
        ]
        swapped, _ = our_score(results, quoted, TOXICITY, FOREST, SWAPPED)
        if len(swapped):
            notes[-1] += f" With the common class, our forest has {mean(swapped)}."
    source = "src/scripts/molecules_published_chemberta.py"
    write_generated(output, tabular(columns, source=source, rules=[len(systems)], notes=notes))


def value(quoted: pl.DataFrame, name: str, system: str, score: str) -> str:
    """A published value as its source prints it; empty where it prints none."""
    rows = quoted.filter(dataset=name, system=system, metric=score).to_dicts()
    return rf"\emph{{{number(rows[0]['value'], digits=rows[0]['digits'])}}}" if rows else ""


def our_score(
    results: Results, quoted: pl.DataFrame, name: str, system: str, score: str
) -> tuple[pl.Series, str]:
    """Our scores of the published label and their mark: under the published protocol where run, else ours."""
    row = results.place_row(name)
    if row is None:
        return pl.Series(), ""
    rows = results.details("labels").filter(dataset=row["dataset"], variant=system, metric=score)
    if not row["generated"]:  # generated data have another label, and only one
        rows = rows.filter(pl.col("label").is_in(quoted.filter(dataset=name)["target"].unique().implode()))
    for protocol, mark in ((PUBLISHED, ""), (STRICT, MARK)):
        places = results.places.filter(dataset=row["dataset"], protocol=protocol, share=1.0)
        splits = places.select("dataset", split="splits").explode("split")
        values = rows.join(splits, on=["dataset", "split"], how="semi")["value"]
        if len(values):
            return values, mark
    return pl.Series(), ""


def cell(values: pl.Series, mark: str) -> str:
    return mean(values) + mark if len(values) else DASH


def mean(values: pl.Series) -> str:
    return number(values.mean(), digits=3, of=values)


if __name__ == "__main__":
    main(sys.argv[1:])
