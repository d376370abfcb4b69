"""`retort formation-energy FORMULA ...` and `retort band-gap FORMULA ...`: predictions of a taught student.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

RUNS = Path("data/runs/transfer")
# What a command predicts: the split that its runs lie under, and what it is called.
COMMANDS = {
    "formation-energy": ("formation", "formation energy per atom"),
    "band-gap": ("gap", "band gap"),
}
PREFERRED = ("ts-crabnet", "ts-roost", "crabnet", "roost")
TRAIN_HINT = "snakemake transfer --config scale=laptop"
AT_ONCE = 1024


class AskError(ValueError):
    """Nothing can be answered; the message is the one line that the user sees."""


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
            type=Path,
            help="formulas, one a line; of a .csv file, the column `formula` or else the first",
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")
        parser.add_argument(
            "--run",
            type=Path,
            metavar="FOLDER",
            dest="folder",
            help="one finished run of this study (default: all seeds of the best one under data/runs)",
        )
        parser.set_defaults(run=partial(command, name, split))


def command(name: str, split: str, arguments: argparse.Namespace) -> int:
    """Answer each formula; 0 when all could be answered, 1 when some could not, 2 when nothing could be asked."""
    try:
        formulas = asked(arguments.formulas, arguments.file)
        folders = find_runs(split) if arguments.folder is None else [arguments.folder]
        rows = predict(formulas, folders)
    except AskError as error:
        print(f"retort {name}: {error}", file=sys.stderr)
        return 2
    note = _caveat(folders[0])
    if note:
        print(f"note: {note}", file=sys.stderr)
    show(rows, folders, as_json=arguments.json)
    return 1 if any(row.error for row in rows) else 0


def asked(given: list[str], file: Path | None) -> list[str]:
    """The formulas of the command line, of standard input and of a file, in this order; empty lines are skipped.

    Raises:
        AskError: there is none, or the file cannot be read.
    """
    formulas = []
    for formula in given:
        formulas += _lines(sys.stdin) if formula == "-" else [formula]
    if file is not None:
        try:
            with file.open(encoding="utf-8", newline="") as stream:
                formulas += _column(stream) if file.suffix == ".csv" else _lines(stream)
        except (OSError, UnicodeDecodeError) as error:
            raise AskError(f"--file {file}: {getattr(error, 'strerror', None) or error}") from None
    elif not given and not sys.stdin.isatty():
        formulas = _lines(sys.stdin)
    if not formulas:
        raise AskError("no formula given. Hint: name some, e.g. LiFePO4 NaCl, or --file formulas.txt")
    return formulas


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
            told = [
                _told(folder, record, numbers, fractions)
                for folder, record in zip(folders, records, strict=True)
            ]
        values, sigmas = (np.array(parts) for parts in zip(*told, strict=True))
        mean = possible(values.mean(axis=0), records[0]["settings"]["target"])
        # Variance of a mixture: what each model expects, and how far they are apart.
        sigma = np.sqrt((sigmas**2).mean(axis=0) + values.var(axis=0))
        for index, number in enumerate(amounts):
            rows[number] = Row(number, formulas[number - 1], float(mean[index]), float(sigma[index]), unit)
    return [rows[number] for number in sorted(rows)]


def _told(folder: Path, record: dict, numbers, fractions) -> tuple:
    """Values and sigmas (N,) by one run."""
    import numpy as np
    from safetensors.torch import load_file

    from retort.studies.transfer.formulas import Formulas
    from retort.studies.transfer.strategy import Student

    try:
        weights = load_file(folder / "model.safetensors")
        student = Student.restore(weights, record["settings"]).eval()
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise AskError(
            f"{folder}: it cannot be used: {first}. Hint: make it again with: {TRAIN_HINT}"
        ) from None
    parts = []
    for start in range(0, len(numbers), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        value, sigma, _ = student.predict(Formulas.from_arrays(numbers[some], fractions[some]))
        parts.append((value.double().numpy(), sigma.double().numpy()))
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def show(rows: list[Row], folders: list[Path], *, as_json: bool, say: Callable[[str], None] = print) -> None:
    """Print the answers; as text, the rows that have none go to standard error."""
    if as_json:
        answers = [{key: value for key, value in asdict(row).items() if value is not None} for row in rows]
        runs = [folder.as_posix() for folder in folders]
        say(json.dumps({"runs": runs, "predictions": answers}, indent=1, ensure_ascii=False))
        return
    width = max(len(row.formula) for row in rows)
    for row in rows:
        if row.error is None:
            say(f"{row.formula:<{width}}  {row.value:8.3f} ± {row.sigma:.3f} {row.unit}")
        else:
            print(f"row {row.row}: {row.formula}: {row.error}", file=sys.stderr)


def find_runs(split: str, root: Path = Path()) -> list[Path]:
    """All seeds of the run that answers: real data before generated, the largest data set, the preferred student.

    Raises:
        AskError: nothing has been trained yet.
    """
    found = [path.parent.parent for path in (root / RUNS).glob(f"*/{split}/*/seed*/run.json")]
    found = {variant for variant in found if variant.name in PREFERRED}
    if not found:
        raise AskError(
            f"no trained student under {root / RUNS}/*/{split}. Hint: train one with: {TRAIN_HINT}"
        )

    def standing(variant: Path) -> tuple:
        prepared = root / f"data/prepared/{variant.parent.parent.name}.parquet"
        size = prepared.stat().st_size if prepared.exists() else 0
        return _generated(variant), -size, PREFERRED.index(variant.name), variant.as_posix()

    return sorted(path.parent for path in min(found, key=standing).glob("seed*/run.json"))


def _generated(variant: Path) -> bool:
    return variant.parent.parent.name.startswith("crystals")


def _caveat(folder: Path) -> str | None:
    target = _record(folder)["settings"]["target"]
    if target in ("formation_energy", "band_gap"):
        return None
    return (
        f"this model was trained on generated crystals; what it predicts is their {target.replace('_', ' ')}"
    )


def _record(folder: Path) -> dict:
    path = folder / "run.json"
    if not path.exists():
        raise AskError(f"--run {folder}: it has no run.json. Hint: train it with: {TRAIN_HINT}")
    record = json.loads(path.read_text())
    if record.get("study") != "transfer" or "elements" not in record.get("facts", {}):
        raise AskError(
            f"--run {folder}: it is no trained student of this study. "
            f"Hint: a folder like {RUNS}/mp20/formation/ts-crabnet/seed0"
        )
    return record
