"""Vectors of the chemical elements that the published models start from.

mat2vec (V. Tshitoyan et al., Nature 571, 95, 2019; 200 numbers, CrabNet's), Matscholar (L. Weston et al., J. Chem. Inf.
Model. 59, 3692, 2019; 200 numbers, Roost's) and the atom features of CGCNN (T. Xie and J. C. Grossman, Phys. Rev. Lett.
120, 145301, 2018; 92 zeros and ones, ALIGNN's).
"""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from retort.chemistry.composition import ATOMIC_NUMBER, SYMBOLS
from retort.datasets.archives import REFETCH
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared, no_rejects

LENGTHS = {"mat2vec": 200, "matscholar": 200, "cgcnn": 92}
FILES = {"mat2vec": "mat2vec.csv", "matscholar": "matscholar200.json", "cgcnn": "cgcnn92.json"}
SCHEMA = {"id": pl.String} | dict.fromkeys(LENGTHS, pl.List(pl.Float64))


def read(folder: Path, settings: Mapping) -> Prepared:
    """One row per element by atomic number: `id` (its symbol) and a vector per source, null where it has none.

    Args:
        folder: holds the files named in `settings`.
        settings: `mat2vec` (a CSV file: `element`, then the numbers), `matscholar` and `cgcnn` (JSON files
            `{symbol: [numbers]}`).

    Raises:
        SchemaError: a file is missing or damaged, names something that is no element, or has a vector of another
            length or with a number that is not finite.
    """
    vectors = {}
    for name, length in LENGTHS.items():
        path = folder / settings.get(name, FILES[name])
        found = _from_csv(path) if path.suffix == ".csv" else _from_json(path)
        for symbol, vector in found.items():
            if symbol not in ATOMIC_NUMBER:
                raise SchemaError(f"{path}: {symbol!r} is no element. {REFETCH}")
            if not isinstance(vector, list) or len(vector) != length:
                size = len(vector) if isinstance(vector, list) else vector
                raise SchemaError(
                    f"{path}: the vector of {symbol} has {size} numbers, expected {length}. {REFETCH}"
                )
            if not all(_is_number(value) for value in vector):
                raise SchemaError(
                    f"{path}: the vector of {symbol} holds something that is no number. {REFETCH}"
                )
        vectors[name] = found
    rows = [
        {"id": symbol} | {name: vectors[name].get(symbol) for name in LENGTHS}
        for symbol in SYMBOLS
        if any(symbol in found for found in vectors.values())
    ]
    return Prepared(pl.DataFrame(rows, schema=SCHEMA), no_rejects())


def _from_csv(path: Path) -> dict[str, list[float | None]]:
    try:
        table = pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except pl.exceptions.PolarsError as error:
        raise SchemaError(f"{path} is no CSV table: {error}. {REFETCH}") from None
    if table.columns[0] != "element":
        raise SchemaError(f"{path}: the first column is {table.columns[0]!r}, expected 'element'. {REFETCH}")
    numbers = table.select(pl.all().exclude("element").cast(pl.Float64, strict=False))
    return dict(zip(table["element"], map(list, numbers.iter_rows()), strict=True))


def _from_json(path: Path) -> dict[str, list[float]]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path} is no JSON: {error}. {REFETCH}") from None
    if not isinstance(table, dict):
        raise SchemaError(
            f"{path} holds a {type(table).__name__}, expected one vector per element. {REFETCH}"
        )
    return table


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
