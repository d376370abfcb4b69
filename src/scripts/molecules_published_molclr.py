"""Table: published values of MolCLR and of its rivals, means over labels, beside ours under the same split; percent."""

import sys

import polars as pl

from retort.report.names import metric, place, variants
from retort.report.protocols import MARK, MARKED, PUBLISHED, STRICT
from retort.report.results import Results, table_arguments
from retort.report.tables import DASH, Column, escape, number, tabular
from retort.sealed import write_generated

CITATION = "wang2022molclr"
# Set: what its column is called.
SETS = {
    place("bbbp"): "BBBP",
    place("tox21"): "Tox21",
    place("clintox"): "ClinTox",
    place("hiv"): "HIV",
    place("bace"): "BACE",
    place("sider"): "SIDER",
    place("muv"): "MUV",
}
OURS = variants("gin", "mlm-tuned", "dino-tuned")  # below the published systems
METRIC = metric("roc_auc")
# Of values that were not made on a deterministic scaffold split: SIDER of forest and SVM are of random splits (its
# authors say so), and two of BBBP are 20 points above those of the same models in tables of one strict protocol.
MARKS = {"r": "$^r$", "†": r"$^\dagger$"}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    quoted = results.published.filter(citation=CITATION)
    here = {name: row for name in SETS if (row := results.place_row(name))}
    real = any(not row["generated"] for row in here.values())
    systems = quoted.select("system", "variant").unique(maintain_order=True).rows()
    # Beside generated data nothing is quoted: what we did not run has no row.
    systems = [(system, variant) for system, variant in systems if real or variant]
    rows = [*systems, *((results.title(name), name) for name in OURS)]
    columns = [Column("System", [*(escape(system) for system, _ in rows), "molecules", "labels"])]
    marked = False
    for name in SETS if real else here:
        ours = [our_score(results, name, own) for _, own in rows]
        marked |= any(MARK in one for one in ours)
        published = [value(quoted, name, system) if real else "" for system, _ in rows]
        cells = [f"{theirs} & {one}" for theirs, one in zip(published, ours, strict=True)]
        cells += [f" & {count}" for count in sizes(results, name)]
        columns.append(Column(escape(SETS[name] if real else here[name]["title"]), cells, "rr", 2))
    notes = [
        r"Ours: ROC-AUC in percent, mean over seeds and labels, on DeepChem's scaffold split with all rows.",
        r"The last rows count what we have of each set.",
    ]
    if marked:
        notes.append(MARKED)
    if real:
        notes += [
            rf"\emph{{Italic}}: published~\cite{{{CITATION}}}, scaffold splits made for each label; most baselines are",
            r"quoted there from elsewhere. $^r$\,random splits, by the authors' own word; $^\dagger$\,20 points above",
            r"the same model in tables of one strict protocol: no strict scaffold split.",
        ]
    source = "src/scripts/molecules_published_molclr.py"
    write_generated(output, tabular(columns, source=source, rules=[len(systems), len(rows)], notes=notes))


def value(quoted: pl.DataFrame, name: str, system: str) -> str:
    """A published value with its spread as its source prints them, and its mark; empty where it prints none."""
    rows = quoted.filter(dataset=name, system=system, metric=METRIC).to_dicts()
    if not rows:
        return ""
    (row, *_) = rows
    mark = rf"\rlap{{{MARKS[row['mark']]}}}" if row["mark"] else ""
    digits = row["digits"]
    spread = "" if row["spread"] is None else rf"{{\scriptsize$\pm${number(row['spread'], digits=digits)}}}"
    return rf"\emph{{{number(row['value'], digits=digits)}}}{spread}{mark}"


def sizes(results: Results, name: str) -> tuple[str, str]:
    """How many molecules and labels a set has here; dashes where this scale does not have it."""
    row = results.place_row(name)
    if row is None:
        return DASH, DASH
    parts = ("train", "valid", "test", "unlabelled", "excluded")
    molecules = [row[f"rows_{part}"] for part in parts]
    labels = results.at(results.details("labels"), row)["label"].n_unique()
    return number(sum(molecules), digits=0, of=molecules), number(labels or None, digits=0)


def our_score(results: Results, name: str, system: str | None) -> str:
    """Our score under the published protocol where it was run, else marked under ours; empty of a system not ours."""
    if system is None:
        return ""
    row = results.place_row(name) or {"dataset": ""}
    rows = results.summary.filter(variant=system, part="test", metric=METRIC)
    for protocol, mark in ((PUBLISHED, ""), (STRICT, MARK)):
        places = results.places.filter(dataset=row["dataset"], protocol=protocol, share=1.0)
        found = rows.join(places, on=["dataset", "split"], how="semi")
        if len(found):
            return results.metric(METRIC).number(found["mean"][0]) + mark
    return DASH


if __name__ == "__main__":
    main(sys.argv[1:])
