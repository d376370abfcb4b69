"""Buchwald-Hartwig aminations on plates (Ahneman et al. 2018), in the sheets that hold everybody's splits.

Of 4 x 22 x 3 x 15 cells of ligand, additive, base and aryl halide 3,955 were measured. The workbook repeats them in 14
sheets, whose first rows are for training: ten random splits (`FullCV_01` ..) and four that hold out additives. How many
is upstream's number less one: its scripts name 2,768 and take `iloc[:2767]`, some that copied them another row less.
"""

from pathlib import Path

import polars as pl

from retort.chemistry.components import PALLADACYCLE, component
from retort.chemistry.couplings import aminated
from retort.chemistry.molecules import MoleculeError, parse
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared
from retort.datasets.reaction_yields import Record, Reject, table
from retort.datasets.workbooks import sheets

COMPONENTS = ["Aryl halide", "Ligand", "Base", "Additive"]
TOLUIDINE = "Cc1ccc(N)cc1"  # the amine of all reactions, which the workbook does not name
RANDOM = {f"random_{draw}": f"FullCV_{draw + 1:02d}" for draw in range(10)}
TRAIN = dict.fromkeys(RANDOM, 2767) | {"test_1": 3057, "test_2": 3055, "test_3": 3058, "test_4": 3055}
SHEETS = RANDOM | {f"test_{number}": f"Test{number}" for number in range(1, 5)}
HALOGENS = {9: "F", 17: "Cl", 35: "Br", 53: "I"}
COLUMNS = dict.fromkeys(["halide", "halogen", "ring", "ligand", "base", "additive"], pl.String)


def read(folder: Path, settings: dict) -> Prepared:
    """The reactions in the order of the sheet `FullCV_01`.

    Args:
        folder: holds the workbook.
        settings: `file`, its name.

    Returns:
        The table of `retort.datasets.reaction_yields` with `halide, halogen, ring` (pyridyl or carbocyclic), `ligand,
        base, additive` (canonical SMILES), and `random_0` to `random_9` and `test_1` to `test_4` (train or test).

    Raises:
        SchemaError: the workbook or a sheet is missing, or the sheets hold different reactions.
    """
    path = folder / settings["file"]
    tables = sheets(path, SHEETS.values(), [*COMPONENTS, "Output"])
    first = tables[SHEETS["random_0"]]
    parts = {name: _parts(path, sheet, tables[sheet], first, TRAIN[name]) for name, sheet in SHEETS.items()}
    records: list[Record] = []
    rejects: list[Reject] = []
    for row, (halide, ligand, base, additive, percent) in enumerate(first.iter_rows()):
        try:
            columns = _columns(halide, ligand, base, additive) | {name: parts[name][row] for name in SHEETS}
            products = [aminated(halide, TOLUIDINE)]
        except MoleculeError as error:
            rejects.append((settings["file"], row, str(halide), str(error)))
            continue
        components = [
            ("halide", halide),
            ("amine", TOLUIDINE),
            ("catalyst", PALLADACYCLE),
            ("ligand", ligand),
            ("base", base),
            ("additive", additive),
        ]
        records.append(Record(settings["file"], row, percent, components, products, columns=columns))
    return table("bh", records, COLUMNS | dict.fromkeys(SHEETS, pl.String), rejects)


def _parts(path: Path, sheet: str, rows: pl.DataFrame, first: pl.DataFrame, train: int) -> list[str]:
    """The part of each reaction of `first` in a sheet that holds the same reactions, training rows first."""
    place = pl.int_range(pl.len())
    ordered = rows.with_columns(part=pl.when(place < train).then(pl.lit("train")).otherwise(pl.lit("test")))
    found = first.join(ordered, on=COMPONENTS, how="left", maintain_order="left", suffix="_here")
    strange = found.filter(pl.col("Output") != pl.col("Output_here").fill_null(-1))
    if len(rows) != len(first) or len(found) != len(first) or len(strange):
        example = f", for example {strange.row(0)[:5]}" if len(strange) else ""
        raise SchemaError(
            f"{path}: sheet {sheet!r} holds {len(rows)} reactions, of which {len(found) - len(strange)} are as in "
            f"'FullCV_01' ({len(first)} reactions){example}. Hint: download the workbook again."
        )
    return found["part"].to_list()


def _columns(
    halide: str, ligand: str, base: str, additive: str
) -> dict[str, str | bool | int | float | None]:
    """What the splits need to know of a reaction."""
    mol = parse(halide)
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    # The halogen that leaves is the heaviest: of 4-chlorotrifluoromethylbenzene chlorine, not fluorine.
    halogen = HALOGENS[max(number for number in numbers if number in HALOGENS)]
    nitrogen = any(atom.GetAtomicNum() == 7 and atom.GetIsAromatic() for atom in mol.GetAtoms())
    return {
        "halide": component(halide),
        "halogen": halogen,
        "ring": "pyridyl" if nitrogen else "carbocyclic",
        "ligand": component(ligand),
        "base": component(base),
        "additive": component(additive),
    }
