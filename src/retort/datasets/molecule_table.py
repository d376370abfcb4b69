"""Any table of molecules with labels: MoleculeNet's files, and a user's own."""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from retort.chemistry import molecules
from retort.datasets import delimited
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

FORMS = ("canonical", "standard", "key", "scaffold", "scaffold_chiral", "scaffold_standard")
FIXED = ("id", "row", "smiles", *FORMS, "repeated", "contradictory", "published_part")
CLASSES = {
    "1": True,
    "1.0": True,
    "true": True,
    "yes": True,
    "0": False,
    "0.0": False,
    "false": False,
    "no": False,
}
CHUNK = 500
WORTH_WORKERS = 4_000  # molecules below which starting workers costs more than they save
SAME = 1e-6  # labels of one structure that differ by more contradict each other


def label_columns(frame: pl.DataFrame) -> list[str]:
    """The labels of a prepared table: its Boolean columns are classes, the Float64 ones quantities."""
    return [name for name in frame.columns if name not in FIXED]


def read(folder: Path, settings: dict) -> Prepared:
    """Read the table that `settings` describe from `folder`.

    Args:
        folder: holds the files.
        settings: `file`, or `parts` with a file for each of train, valid and test; `smiles`, the column of the
            structures; `labels`, by name `classification`, `regression` or `{column, kind, true, false}`, where the
            last two are the words of the column for the classes; perhaps `separator`.

    Returns:
        One row for each molecule, in file order. Rejected are structures that RDKit cannot read, values that are no
        label of their kind, and rows without any label.

    Raises:
        SchemaError: a file or a column is missing, or a label bears a name of the table's own.
    """
    labels = {name: _described(name, label) for name, label in settings["labels"].items()}
    taken = sorted(set(labels) & set(FIXED))
    if taken:
        raise SchemaError(f"label {taken[0]!r} is a name of the table's own. Hint: call it something else.")
    files = settings.get("parts") or {"": settings["file"]}
    rows: list[tuple[str, dict]] = []
    values, rejects = [], []
    for part, name in files.items():
        wanted = [settings["smiles"], *(one["column"] for one in labels.values())]
        for row, record in delimited.records(folder / name, wanted, settings.get("separator", ",")):
            if isinstance(record, delimited.Broken):
                rejects.append((name, row, *record))
                continue
            identifier = f"{part}-{row:05d}" if part else f"{row:05d}"
            # Blanks around a string are no part of it; ESOL's file has some.
            smiles = record[settings["smiles"]].strip()
            try:
                found = {label: _value(record[one["column"]], label, one) for label, one in labels.items()}
            except ValueError as error:
                reason, text = error.args
                rejects.append((name, row, text, reason))
                continue
            rows.append((name, {"id": identifier, "row": row, "smiles": smiles, "published_part": part}))
            values.append(found)
    forms = _forms([row["smiles"] for _, row in rows])
    kept = []
    for (name, molecule), found, form in zip(rows, values, forms, strict=True):
        if isinstance(form, str):
            rejects.append((name, molecule["row"], molecule["smiles"], form))
        elif all(value is None for value in found.values()):
            rejects.append((name, molecule["row"], molecule["smiles"], "no label was measured"))
        else:
            kept.append(molecule | dict(zip(FORMS, form, strict=True)) | found)
    order = list(files.values())
    rejects.sort(key=lambda reject: (order.index(reject[0]), reject[1]))
    schema = {"id": pl.String, "row": pl.Int64, "smiles": pl.String, **dict.fromkeys(FORMS, pl.String)}
    schema |= {"published_part": pl.String}
    schema |= {
        label: pl.Boolean if one["kind"] == "classification" else pl.Float64 for label, one in labels.items()
    }
    table = pl.DataFrame([{key: row[key] for key in schema} for row in kept], schema=schema)
    if not settings.get("parts"):
        table = table.drop("published_part")
    table = table.with_columns(
        repeated=~pl.col("key").is_first_distinct(),
        contradictory=pl.any_horizontal(
            (
                (pl.col(label).cast(pl.Float64).max() - pl.col(label).cast(pl.Float64).min()).over("key")
                > SAME
            ).fill_null(False)
            for label in labels
        ),
    )
    first = [name for name in FIXED if name in table.columns]
    return Prepared(table.select(*first, *labels), pl.DataFrame(rejects, schema=REJECT_SCHEMA, orient="row"))


def _described(name: str, label: str | dict) -> dict:
    # YAML reads the bare keys true and false as Booleans.
    label = {"kind": label} if isinstance(label, str) else {str(key).lower(): label[key] for key in label}
    if label.get("kind") not in ("classification", "regression"):
        raise SchemaError(
            f"label {name!r} is of kind {label.get('kind')!r}, expected classification or regression. "
            "Hint: write it under settings.labels of the data set's YAML."
        )
    if ("true" in label) != ("false" in label) or ("true" in label and label["kind"] == "regression"):
        raise SchemaError(
            f"label {name!r} is {label}, expected both `true` and `false`, of a classification, or neither. "
            "Hint: name the two words of the column, or leave both out where they are 1 and 0."
        )
    return {"column": name, **label}


def _value(text: str, name: str, label: dict) -> bool | float | None:
    """A label's value, None where nothing was measured; ValueError(reason, text) where it is none."""
    text = text.strip()
    if text.lower() in ("", "nan", "na", "null"):
        return None
    if label["kind"] == "classification":
        words, expected = CLASSES, "0 or 1"
        if "true" in label:
            words = {str(label["false"]).lower(): False, str(label["true"]).lower(): True}
            expected = f"{label['false']} or {label['true']}"
        if text.lower() not in words:
            raise ValueError(f"label {name} is {text!r}, expected {expected}", text)
        return words[text.lower()]
    try:
        value = float("nan" if "_" in text else text)  # Python takes 1_5 for 15
    except ValueError:
        value = float("nan")
    if not math.isfinite(value):
        why = " (a bound is none: leave the cell empty, or make classes of it)" if text[0] in "<>≤≥~" else ""
        why = " (with a decimal point)" if re.fullmatch(r"[-+]?\d+,\d+", text) else why
        raise ValueError(f"label {name} is {text!r}, expected a number{why}", text)
    return value


def _forms(smiles: list[str]) -> list[tuple[str, ...] | str]:
    """The FORMS of each string, or why it has none."""
    import joblib  # here, because training runs import this module too

    chunks = [smiles[start : start + CHUNK] for start in range(0, len(smiles), CHUNK)]
    workers = joblib.cpu_count() if len(smiles) >= WORTH_WORKERS else 1
    done = joblib.Parallel(n_jobs=workers)(joblib.delayed(_some_forms)(chunk) for chunk in chunks)
    return [form for chunk in done for form in chunk]


def _some_forms(smiles: Iterable[str]) -> list[tuple[str, ...] | str]:
    found: list[tuple[str, ...] | str] = []
    for one in smiles:
        try:
            mol = molecules.parse(one)
        except molecules.MoleculeError as error:
            found.append(str(error))
            continue
        plain = molecules.standardised(mol)
        found.append(
            (
                molecules.canonical(mol),
                molecules.canonical(plain),
                molecules.structure_key(plain),
                molecules.scaffold(mol, False),
                molecules.scaffold(mol, True),
                molecules.scaffold(plain, False),
            )
        )
    return found
