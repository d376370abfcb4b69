"""What is known of a material as a vector: of its elements, its structure, its description, or a language model's."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from safetensors.numpy import load_file
from threadpoolctl import threadpool_limits

from retort.chemistry import magpie
from retort.runs import RunInputs
from retort.sealed import read_table
from retort.studies.discovery.data import Materials
from retort.studies.discovery.text import counted

HIGHEST_ELEMENT = 118
ELEMENTAL = ("onehot", "random", "mat2vec", "magpie")
# Views with one row for each id, and the array that each has.
KEYED = {"structure": ("structure_features", "structure"), "sites": ("site_fingerprints", "sites")}
# The forms of a description, as the view `descriptions` calls them.
TEXTS = {
    "text": "text",
    "masked": "masked",
    "numberless": "numberless",
    "masked-numberless": "masked_numberless",
    "shuffled": "shuffled",
}
# Vectors that a data set came with, by its columns.
GIVEN = {"matbert-text": "matbert_text", "matbert-formula": "matbert_formula"}
# At which temperature something was measured: one of four, or the number. No other column of a table can be read, so
# that what makes up a figure of merit never is.
TEMPERATURE = "temperature"
CONTEXT = (TEMPERATURE, "kelvin")
REPRESENTATIONS = (*ELEMENTAL, *KEYED, *TEXTS, "encoder", *GIVEN, *CONTEXT)
# The three of the source, which calls all else "other"; it takes them at the very kelvin, we within so many.
TEMPERATURES, NEAR = (300.0, 600.0, 900.0), 50.0
# Quantities of different units: each column by itself comes to one spread. Others have one scale for all columns.
IN_UNITS = ("magpie", *KEYED)
RANDOM_WIDTH = 200  # as many numbers as mat2vec has


def vectors(
    name: str,
    materials: Materials,
    inputs: RunInputs,
    settings: dict,
    seed: int,
    *,
    searched: bool = False,
) -> np.ndarray:
    """One representation of all rows, float64 (N, W), as it is: neither centred nor scaled.

    What is fitted (which words there are, how they are projected) is fitted to the rows of train, labelled or not.

    Args:
        settings: `elements`, whose vectors `mat2vec` has; `width` of counted texts.
        seed: of `random`.
        searched: the rows are a pool to search and no part learns: all are fitted to, and what is not known is NaN.

    Raises:
        ValueError: an unknown representation, or rows that it does not know.
    """
    if name in ELEMENTAL:
        found = _elemental(name, materials, inputs, settings["elements"], seed)
    elif name in KEYED:
        found = _keyed(name, materials, inputs)
    elif name in TEXTS:
        texts = materials.texts(inputs.features.get("descriptions"), TEXTS[name])
        fitted = np.arange(len(materials)) if searched else materials.known
        found = _of_texts(texts, fitted, settings["width"])
    elif name == "encoder":
        found = _encoded(materials, inputs)
    elif name in CONTEXT:
        found = _context(name, materials)
    elif name in GIVEN:
        found = np.array(materials.table[GIVEN[name]].to_list(), np.float64)
    else:
        raise ValueError(
            f"representation {name!r}, expected one of {', '.join(REPRESENTATIONS)}. "
            "Hint: see settings.schema.yaml; what was measured is predicted and never read."
        )
    unknown = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(unknown) and not searched:
        raise ValueError(
            f"{name} does not know {materials.ids[int(unknown[0])]} ({len(unknown)} of {len(materials)} rows). "
            "Hint: its view must have every row of a part, or the split exclude it."
        )
    return found


def block(name: str, found: np.ndarray, known: np.ndarray) -> np.ndarray:
    """A representation (N, W) centred and scaled on the rows `known`, all its columns together of variance one.

    So blocks of different widths weigh alike when they are put side by side. Columns that stand still are left out.
    """
    center, spread = found[known].mean(axis=0), found[known].std(axis=0)
    alive = spread > 1e-9 * np.maximum(1.0, np.abs(center))
    centred, spread = (found - center)[:, alive], spread[alive]
    if name in IN_UNITS:
        return centred / spread / np.sqrt(max(len(spread), 1))
    return centred / max(float(np.sqrt(np.sum(spread**2))), 1e-12)


def arm(
    reads: Sequence[str],
    materials: Materials,
    inputs: RunInputs,
    settings: dict,
    seed: int,
    *,
    width: int | None,
) -> np.ndarray:
    """Representations side by side, (N, W) float64, projected to their `width` principal components on known rows.

    All arms are at most equally wide, so that none wins by its number of columns. None for no projection.
    """
    known = materials.known
    blocks = [block(name, vectors(name, materials, inputs, settings, seed), known) for name in reads]
    whole = np.concatenate(blocks, axis=1)
    if width is None or whole.shape[1] <= width:
        return whole
    with threadpool_limits(1):
        _, _, axes = np.linalg.svd(whole[known], full_matrices=False)
        axes = axes[:width]
        # The sign of a principal component is arbitrary: its largest entry is made positive.
        signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
        return whole @ (axes * signs[:, None]).T


def reads_of(materials: Materials, settings: dict) -> list[str]:
    """What a model reads: its `reads`, and its `context` where the rows were measured at a temperature."""
    context = settings["context"] if TEMPERATURE in materials.table.columns else []
    return [*settings["reads"], *(name for name in context if name not in settings["reads"])]


def fractions(materials: Materials, inputs: RunInputs) -> np.ndarray:
    """(N, 119) float64 atomic fractions by atomic number; column 0 belongs to no element."""
    arrays, place = _formulas(materials, inputs)
    numbers, amounts = (
        arrays["numbers"][place].astype(np.int64),
        arrays["fractions"][place].astype(np.float64),
    )
    table = np.zeros((len(place), HIGHEST_ELEMENT + 1))
    np.add.at(table, (np.arange(len(place))[:, None], numbers), amounts)
    table[:, 0] = 0.0
    return table


def element_vectors(kind: str, inputs: RunInputs) -> np.ndarray:
    """(119, F) float64 by atomic number, row 0 zeros: mat2vec's, or `magpie`, 22 elemental properties in its place."""
    if kind == "magpie":
        properties = magpie.filled()
        table = np.zeros((HIGHEST_ELEMENT + 1, properties.shape[1]))
        table[1 : len(properties) + 1] = (properties - properties.mean(axis=0)) / properties.std(axis=0)
        return table
    if "vectors" not in inputs.features:
        raise ValueError(
            f"element vectors {kind!r} need the view `vectors`. Hint: `elements: magpie` needs none."
        )
    return load_file(inputs.features["vectors"] / "vectors.safetensors")[kind].astype(np.float64)


def _elemental(name: str, materials: Materials, inputs: RunInputs, elements: str, seed: int) -> np.ndarray:
    if name == "magpie":
        arrays, place = _formulas(materials, inputs)
        return arrays["magpie"][place].astype(np.float64)
    amounts = fractions(materials, inputs)
    if name == "onehot":
        return amounts
    if name == "random":
        # Vectors that mean nothing but tell the elements apart: what is left of mat2vec without what it has read.
        return amounts @ np.random.default_rng([seed, 119]).standard_normal((len(amounts[0]), RANDOM_WIDTH))
    return amounts @ element_vectors(elements, inputs)


def _formulas(materials: Materials, inputs: RunInputs) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The arrays of the view `formulas`, and the row of each material in them."""
    folder = inputs.features["formulas"]
    names = pl.read_parquet(folder / "compositions.parquet").select("composition").with_row_index("place")
    rows = materials.table.select("composition").join(
        names, on="composition", how="left", maintain_order="left"
    )
    return load_file(folder / "arrays.safetensors"), rows["place"].cast(pl.Int64).to_numpy()


def _keyed(name: str, materials: Materials, inputs: RunInputs) -> np.ndarray:
    view, array = KEYED[name]
    if view not in inputs.features:
        raise ValueError(f"{name} needs the view `{view}`. Hint: name it among the study's `views`.")
    values = load_file(inputs.features[view] / "arrays.safetensors")[array].astype(np.float64)
    ids = pl.read_parquet(inputs.features[view] / "ids.parquet").select("id")
    return gathered(materials, ids["id"], values)


def gathered(materials: Materials, ids: pl.Series, values: np.ndarray) -> np.ndarray:
    """(N, W) the rows of `values` (M, W) that belong to the materials by their `ids` (M,), NaN where none does."""
    index = pl.DataFrame({"id": ids}).with_row_index("place")
    rows = materials.table.select("id").join(index, on="id", how="left", maintain_order="left")["place"]
    place = rows.cast(pl.Int64).fill_null(-1).to_numpy()
    return np.where(place[:, None] >= 0, values[place], np.nan)


def _of_texts(texts: list[str | None], fitted: np.ndarray, width: int) -> np.ndarray:
    """Counted words of the rows that have a text, NaN for the others."""
    there = np.array([text is not None for text in texts])
    written = [text for text in texts if text is not None]
    order = np.cumsum(there) - 1
    found = counted(written, order[fitted[there[fitted]]], width)
    table = np.full((len(texts), found.shape[1]), np.nan)
    table[there] = found
    return table


def _context(name: str, materials: Materials) -> np.ndarray:
    """The temperature of each row: (N, 1) in K, or (N, 4), whether it is about 300, 600, 900 K, or another."""
    if TEMPERATURE not in materials.table.columns:
        raise ValueError(
            f"{name} needs a column {TEMPERATURE!r} among {', '.join(materials.table.columns)}. "
            "Hint: name it as `context`, which is read where there is one."
        )
    kelvin = materials.table[TEMPERATURE].cast(pl.Float64).to_numpy()
    if name != TEMPERATURE:
        return kelvin[:, None]
    about = np.abs(kelvin[:, None] - np.array(TEMPERATURES)) <= NEAR  # (N, 3)
    return np.column_stack([about, ~about.any(axis=1)]).astype(float)


def _encoded(materials: Materials, inputs: RunInputs) -> np.ndarray:
    """What the run that plays `encoder` made of the description of each row."""
    if not inputs.uses.get("encoder"):
        raise ValueError("`encoder` is read, but no run plays it. Hint: give the variant `uses.encoder`.")
    (folder,) = inputs.uses["encoder"]
    table = read_table(folder / "predictions.parquet", columns=["id", "vector"]).drop_nulls()
    return gathered(materials, table["id"], np.array(table["vector"].to_list(), np.float64))
