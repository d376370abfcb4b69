"""`retort formation-energy FORMULA ...` and `retort band-gap FORMULA ...`: predictions of a taught student.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse
import csv
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from retort.asking import (
    AskError,
    add_options,
    asked,
    best_runs,
    name_bad,
    print_json,
    read_file,
    read_run,
    runs,
    usable,
)
from retort.sealed import read_tensors

if TYPE_CHECKING:
    import numpy as np

# What a command predicts: the split that its runs lie under, and what it is called.
COMMANDS = {
    "formation-energy": ("formation", "formation energy per atom"),
    "band-gap": ("gap", "band gap"),
}
PREFERRED = ("ts-crabnet", "ts-roost", "crabnet", "roost")
AT_ONCE = 1024


@dataclass(frozen=True)
class Row:
    """One asked formula: its `row`, counted from 1, and either a value with its sigma or what is wrong with it.

    `sigma` is a standard deviation in `unit`: what each model expects of itself, and how far the models are apart.
    """

    row: int
    formula: str
    value: float | None = None
    sigma: float | None = None
    unit: str | None = None
    error: str | None = None


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `formation-energy` and `band-gap` to the `retort` command line."""
    for name, (split, what) in COMMANDS.items():
        parser = subparsers.add_parser(
            name,
            help=f"predict the {what} from a formula",
            description=f"Predict the {what} of materials from their formulas alone, with uncertainty.",
        )
        parser.add_argument(
            "formulas", nargs="*", metavar="FORMULA", help="e.g. LiFePO4; - reads standard input"
        )
        parser.add_argument(
            "--file",
            help="formulas, one a line; of a .csv file, the column `formula` or else the first",
        )
        add_options(
            parser, run="one finished run of this study (default: all seeds of the best one under data/runs)"
        )
        parser.set_defaults(run=partial(command, split))


def command(split: str, arguments: argparse.Namespace) -> int:
    """Answer each formula; 0 when all could be answered, 1 when some could not."""
    formulas = asked(arguments.formulas, arguments.file, rows_of_file)
    if not formulas:
        raise AskError("no formula given. Hint: name some, e.g. LiFePO4 NaCl, or --file formulas.txt")
    folders = (
        best_runs("transfer", PREFERRED, split=split) if arguments.folder is None else [arguments.folder]
    )
    rows = predict(formulas, folders)
    note = _caveat(_record(folders[0]))
    if note:
        print(f"note: {note}", file=sys.stderr)
    if arguments.json:
        answers = [{key: value for key, value in asdict(row).items() if value is not None} for row in rows]
        print_json({"runs": [folder.as_posix() for folder in folders], "predictions": answers})
        return 1 if any(row.error for row in rows) else 0
    width = max(len(row.formula) for row in rows)
    for row in rows:
        if row.error is None:
            print(f"{row.formula:<{width}}  {row.value:8.3f} ± {row.sigma:.3f} {row.unit}")
    return name_bad((row.row, row.formula, row.error) for row in rows)


def rows_of_file(file: str) -> list[str]:
    """The formulas of a file or of standard input (`-`); empty lines and comments are skipped."""
    return read_file(file, _column if file.endswith(".csv") else _lines)


def _lines(stream: Iterable[str]) -> list[str]:
    return [line.strip() for line in stream if line.strip() and not line.startswith("#")]


def _column(stream: Iterable[str]) -> list[str]:
    rows = [row for row in csv.reader(stream) if row]
    if not rows:
        return []
    column = rows[0].index("formula") if "formula" in rows[0] else 0
    body = rows[1:] if "formula" in rows[0] else rows
    return [row[column].strip() if column < len(row) else "" for row in body]


def predict(formulas: list[str], folders: list[Path]) -> list[Row]:
    """Predict each formula by the mean over the runs in `folders`; what cannot be read keeps its row, with the reason.

    Raises:
        AskError: a run lacks a file or is none of this study.
    """
    import numpy as np
    import torch

    from retort.chemistry.composition import FormulaError, parse
    from retort.datasets.views.formulas import slots
    from retort.studies.transfer.data import UNITS, possible

    torch.set_num_threads(1)
    records = [_record(folder) for folder in folders]
    known = set(records[0]["facts"]["elements"])
    unit = UNITS[records[0]["settings"]["target"]]
    amounts, rows = {}, {}
    for number, formula in enumerate(formulas, start=1):
        try:
            read = parse(formula)
        except FormulaError as error:
            rows[number] = Row(number, formula, error=str(error))
            continue
        strange = ", ".join(sorted(set(read) - known))
        if strange:
            reason = f"{strange} occurs in none of the materials that the model learned from"
            rows[number] = Row(number, formula, error=reason)
        else:
            amounts[number] = read
    if amounts:
        numbers, fractions = slots(list(amounts.values()))
        with torch.no_grad():
            predicted = [
                _predicted(folder, record, numbers, fractions)
                for folder, record in zip(folders, records, strict=True)
            ]
        values, sigmas = (np.array(parts) for parts in zip(*predicted, strict=True))
        mean = possible(values.mean(axis=0), records[0]["settings"]["target"])
        # Variance of a mixture: what each model expects, and how far they are apart.
        sigma = np.sqrt((sigmas**2).mean(axis=0) + values.var(axis=0))
        for index, number in enumerate(amounts):
            rows[number] = Row(number, formulas[number - 1], float(mean[index]), float(sigma[index]), unit)
    return [rows[number] for number in sorted(rows)]


def _predicted(folder: Path, record: dict, numbers: "np.ndarray", fractions: "np.ndarray") -> tuple:
    """Values and sigmas (N,) by one run."""
    import numpy as np

    from retort.studies.transfer.formulas import Formulas
    from retort.studies.transfer.strategy import Student

    with usable("transfer", folder):
        weights = read_tensors(folder / "model.safetensors")
        student = Student.restore(weights, record["settings"]).eval()
    parts = []
    for start in range(0, len(numbers), AT_ONCE):
        batch = slice(start, start + AT_ONCE)
        value, sigma, _ = student.predict(Formulas.from_arrays(numbers[batch], fractions[batch]))
        parts.append((value.double().numpy(), sigma.double().numpy()))
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def _caveat(record: dict) -> str | None:
    if not record["generated"]:
        return None
    target = record["settings"]["target"].replace("_", " ")
    return f"this model was trained on generated crystals; what it predicts is their {target}"


def _record(folder: Path) -> dict:
    record = read_run("transfer", folder)
    if "elements" not in record.get("facts", {}):
        raise AskError(
            f"--run {folder}: it is no trained student of this study. "
            f"Hint: a folder like {runs('transfer')}/mp20/formation/ts-crabnet/seed0"
        )
    return record
