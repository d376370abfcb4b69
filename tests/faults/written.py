"""Wrong words in the configuration and in tables."""

from pathlib import Path

from ..workflow.project import Project
from .suite import Bench, fault, refused

BEFORE = "refused before any job: file, key, hint"
CONFIG = "workflow/config"
MINE = """title: Mine
domain: molecules
description: Measured here.
reader: molecule_table
settings: {{file: mine.csv, smiles: SMILES, labels: {{solubility: {{column: logS, kind: regression}}}}}}
files: [{{name: mine.csv, local: {table}}}]
splits: molecules
join: molecules
licence: unpublished
citation: []
"""


def _dry_run(project: Project, *words: str, **options) -> str:
    done = project.snakemake("results", options=["--dry-run"], check=False, **{"overrides": []} | options)
    assert not (project.folder / "data/raw").exists(), "something ran"
    return refused(done, *words)


def _changed(bench: Bench, name: str, old: str, new: str, *words: str) -> str:
    project = bench.fresh()
    path = project.folder / CONFIG / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} has no {old!r} to spoil"
    path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
    return _dry_run(project, *words)


def _own(project: Project, table: str | bytes, name: str = "mine") -> Path:
    """A data set of a user's own: its YAML, and its table beside the project."""
    file = project.folder.parent / "mine.csv"
    file.write_bytes(table.encode() if isinstance(table, str) else table)
    block = project.folder / CONFIG / f"dataset/{name}.yaml"
    block.write_text(MINE.format(table=file), encoding="utf-8")
    return block


def _prepared(project: Project, *words: str) -> str:
    return refused(project.snakemake("data/prepared/mine.parquet", check=False, overrides=[]), *words)


@fault("the YAML of a study is empty", then=BEFORE)
def empty_study(bench: Bench) -> str:
    return _changed(bench, "study/precursors.yaml", "", "", "study/precursors.yaml is empty")


@fault("the YAML of a data set is empty", then=BEFORE)
def empty_dataset(bench: Bench) -> str:
    return _changed(bench, "dataset/bbbp.yaml", "", "", "dataset/bbbp.yaml is empty")


@fault("a data set is called `my data`", then=BEFORE)
def blank_in_a_name(bench: Bench) -> str:
    project = bench.fresh()
    _own(project, "SMILES,logS\nCCO,1\n", "my data")
    return _dry_run(project, "'my data' is no name", "my_data.yaml")


@fault("a data set is called `1st`", then=BEFORE)
def digit_in_front(bench: Bench) -> str:
    project = bench.fresh()
    _own(project, "SMILES,logS\nCCO,1\n", "1st")
    return _dry_run(project, "'1st' is no name")


@fault("a data set has no `licence`", then=f"{BEFORE}; not the block")
def no_licence(bench: Bench) -> str:
    project = bench.fresh()
    block = _own(project, "SMILES,logS\nCCO,1\n")
    block.write_text(
        block.read_text(encoding="utf-8").replace("licence: unpublished\n", ""), encoding="utf-8"
    )
    message = _dry_run(project, "dataset.mine has no licence")
    assert "Measured here" not in message
    return message


@fault("a file of a data set is called `..`", then=BEFORE)
def file_above(bench: Bench) -> str:
    project = bench.fresh()
    block = _own(project, "SMILES,logS\nCCO,1\n")
    text = block.read_text(encoding="utf-8").replace("{name: mine.csv,", "{name: '..',")
    block.write_text(text, encoding="utf-8")
    return _dry_run(project, "dataset.mine.files.0.name='..'")


@fault("a key stands twice in a file of `claims/`", then=BEFORE)
def key_twice_in_claims(bench: Bench) -> str:
    file = "claims/he2023precursor.yaml"
    text = (bench.untouched.folder / CONFIG / file).read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("  study: "))
    return _changed(bench, file, f"{line}\n", f"{line}\n{line}\n", f"{file}.*'study' stands twice")


@fault("a key stands twice in a file of splits", then=BEFORE)
def key_twice_in_splits(bench: Bench) -> str:
    text = (bench.untouched.folder / CONFIG / "splits/molecules.yaml").read_text(encoding="utf-8")
    name = next(line for line in text.splitlines() if line[:1].isalpha()).split(":")[0]
    again = f"{text}{name}: {{kind: random, group: id}}\n"
    return _changed(bench, "splits/molecules.yaml", text, again, f"{name!r} stands twice")


@fault("a variant is misspelt", then=f"{BEFORE}, the nearest name")
def misspelt_variant(bench: Bench) -> str:
    project = bench.fresh()
    given = ["study.precursors.baseline=selectr"]
    return _dry_run(project, "baseline='selectr'", "did you mean 'selector'", overrides=given)


@fault("a key of a study is misspelt", then=f"{BEFORE}, the nearest name")
def misspelt_key(bench: Bench) -> str:
    return _changed(
        bench, "study/precursors.yaml", "\nbaseline:", "\nbasline:", "has no 'baseline'", "basline"
    )


@fault("the scale is misspelt", then=f"{BEFORE}, the nearest name")
def misspelt_scale(bench: Bench) -> str:
    return _dry_run(bench.fresh(), "scale='laptp'", "did you mean 'laptop'", scale="laptp")


@fault("a table is in Latin-1", then="refused: file, line, encoding")
def wrong_byte(bench: Bench) -> str:
    project = bench.fresh()
    rows = [b"CCO,1.0"] * 5000 + [b"CCN,2.0 # M\xfcller"] + [b"CCC,0.5"] * 5000
    _own(project, b"SMILES,logS\n" + b"\n".join(rows) + b"\n")
    return _prepared(project, "mine.csv", "line 5002", "UTF-8")


@fault("a table is separated by semicolons", then="refused: the setting to add")
def semicolons(bench: Bench) -> str:
    project = bench.fresh()
    _own(project, "SMILES;logS\nCCO;1\nCCN;2\n")
    return _prepared(project, "mine.csv", "separator")
