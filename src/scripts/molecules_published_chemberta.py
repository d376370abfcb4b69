"""Table: the first of the two tables that this study began with (ChemBERTa), published values beside ours."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.protocols import STRICT, middle
from retort.report.results import Results, table_arguments
from retort.report.tables import DASH, Column, escape, number, tabular

# Column: its label in the data set, which stands in the table as its dataset unless the data are generated.
LABELS = {"bbbp": "p_np", "clintox": "CT_TOX", "hiv": "HIV_active", "tox21": "SR-p53"}
TITLES = {"bbbp": "BBBP", "clintox": r"ClinTox CT\_TOX", "hiv": "HIV", "tox21": "Tox21 SR-p53"}
# Row: (name, our system, published ROC / PRC of each column; Chithrananda et al., Table 1, DeepChem's scaffold split).
ROWS = {
    "mlm-tuned": ("ChemBERTa 10M", ((0.643, 0.620), (0.733, 0.975), (0.622, 0.119), (0.728, 0.207))),
    "dmpnn": ("D-MPNN", ((0.708, 0.697), (0.906, 0.993), (0.752, 0.152), (0.688, 0.429))),
    "forest": ("random forest", ((0.681, 0.692), (0.693, 0.968), (0.780, 0.383), (0.724, 0.335))),
    "svm": ("SVM", ((0.702, 0.724), (0.833, 0.986), (0.763, 0.364), (0.708, 0.345))),
    "gin": (None, None),
    "dino-tuned": (None, None),
}
METRICS = {"roc_auc": "ROC", "prc_auc": "PRC"}
# The majority class as the positive one, where the scores were made with it too.
SWAPPED = "prc_auc_negative"
CITATION = "chithrananda2020chemberta"
SAME, OURS = "scaffold", STRICT  # the published protocol, and ours
MARK = r"\rlap{$^*$}"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    table = results.details("labels")
    datasets = {name: dataset_of(results, name) for name in LABELS}
    real = {name for name, dataset in datasets.items() if dataset == name}
    shown = list(LABELS) if real else [name for name, dataset in datasets.items() if dataset]
    titles = [escape(published or results.title(system)) for system, (published, _) in ROWS.items()]
    columns = [Column("System", titles)]
    marked = False
    for name in shown:
        group = []
        for metric in METRICS:
            ours = [our_score(table, datasets[name], name, system, metric) for system in ROWS]
            marked |= any(MARK in cell for cell in ours)
            quoted = [published(name, metric, system) if real else "" for system in ROWS]
            group.append([f"{quote} & {cell}" for quote, cell in zip(quoted, ours, strict=True)])
        header = TITLES[name] if real else escape((results.blocks.get(name) or {}).get("title") or name)
        for metric, cells in zip(METRICS.values(), group, strict=True):
            columns.append(Column(rf"\shortstack{{{header}\\{metric}}}", cells, "rr", 2))
    notes = [r"Ours: trimean over seeds, on DeepChem's scaffold split with all rows of the file."]
    if marked:
        notes.append(
            r"$^*$\,ours under the strict protocol, where the system was not run under the published one."
        )
    if real:
        notes.append(
            rf"\emph{{Italic}}: published~\cite{{{CITATION}}}, on DeepChem's scaffold split; its model is ChemBERTa,"
        )
        notes.append(r"ours in that row a masked language model of our corpus.")
        notes += positives(table, datasets["clintox"])
    write_whole(output, tabular(columns, source="src/scripts/molecules_seed_one.py", rules=[4], notes=notes))


def dataset_of(results: Results, name: str) -> str | None:
    """The data set at a named place, under whichever of the two protocols it is there."""
    for place in (name, f"{name}-{SAME}"):
        if results.block(place):
            return results.block(place)[0]
    return None


def published(name: str, metric: str, system: str) -> str:
    values = ROWS[system][1]
    if values is None:
        return ""
    return rf"\emph{{{values[list(LABELS).index(name)][list(METRICS).index(metric)]:.3f}}}"


def our_score(table: pl.DataFrame, dataset: str | None, name: str, system: str, metric: str) -> str:
    """Our score of one label, under the published protocol where it was run, else marked under ours."""
    rows = table.filter(dataset=dataset or "", variant=system, metric=metric)
    if dataset == name:  # generated data have another label, and only one
        rows = rows.filter(label=LABELS[name])
    for split, mark in ((SAME, ""), (OURS, MARK)):
        value, _, _ = middle(rows.filter(split=split)["value"])
        if value is not None:
            return number(value, digits=3) + mark
    return DASH


def positives(table: pl.DataFrame, dataset: str | None) -> list[str]:
    """What the published PRC of ClinTox must be: the area with the common class for the positive one."""
    rows = table.filter(dataset=dataset or "", variant="forest", label=LABELS["clintox"])
    notes = [
        r"Published areas under the precision-recall curve of ClinTox are possible only if the common class,",
        r"not toxic, counts as positive; ours count the toxic one.",
    ]
    for split in (SAME, OURS):
        here = rows.filter(split=split)
        swapped, _, _ = middle(here.filter(metric=SWAPPED)["value"])
        if swapped is not None:
            notes[-1] += f" With the common class, our forest has {number(swapped, digits=3)}."
            break
    return notes


if __name__ == "__main__":
    main(sys.argv[1:])
