"""What readers of solid-state reactions share: from formulas as written to the prepared table of reactions."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from retort.chemistry.composition import (
    BITS_PER_WORD,
    SYMBOLS,
    FormulaError,
    chemical_system,
    element_bits,
    key,
    parse,
    ten_thousandths,
)
from retort.chemistry.naming import pretty_amounts
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared, Schema, check_schema

SCHEMA: Schema = {
    "id": pl.String,
    "target": pl.String,  # the formula as given
    "target_key": pl.String,  # atomic fractions to four decimals, water of hydration dropped
    "precursors": pl.List(pl.String),  # one name per distinct composition, sorted
    "doi": pl.String,
    "year": pl.Int32,
    "published_part": pl.String,  # train, valid, test; null where nothing was published
    "weight": pl.Float64,  # 1 / rows that expand the same recipe
    "chemical_system": pl.String,  # elements of the target, alphabetical: "Co-Li-O"
}
RAW_SCHEMA: Schema = {
    "target": pl.String,
    "precursors": pl.List(pl.String),  # formulas as given; a null stands for an unknown one
    "doi": pl.String,
    "year": pl.Int32,
    "published_part": pl.String,
    "problem": pl.String,  # what the reader itself found wrong with the row, or null
}
NEEDS_NO_SOURCE = ("O", "H")  # air and moisture give these


def read_table(path: Path, columns: Iterable[str]) -> pl.DataFrame:
    """The named columns of a CSV file as text.

    Raises:
        SchemaError: no such file, no rows, or a column is missing.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except pl.exceptions.NoDataError:
        raise SchemaError(f"{path} is empty. Hint: delete it and download it again.") from None
    columns = list(columns)
    check_schema(table, dict.fromkeys(columns, pl.String), str(path))
    if table.is_empty():
        raise SchemaError(f"{path} has a header but no rows. Hint: delete it and download it again.")
    return table.select(columns)


def identifier(prefix: str) -> pl.Expr:
    """The id of each row, of its number in the column `row`: `<prefix>-<row>`."""
    return pl.format(f"{prefix}-{{}}", pl.col("row").cast(pl.String).str.zfill(6))


def prepare(
    raw: pl.DataFrame, *, file: str, prefix: str, numbers: pl.Series | None = None, sourced: bool = True
) -> Prepared:
    """Turn rows of `RAW_SCHEMA` into the prepared table; row i becomes `<prefix>-<i>`.

    A row is rejected when its reader found a problem, a formula cannot be read, it has no precursors or two of one
    composition, its precursors do not bring every element of the target besides O and H, or a field is missing.

    The weight is 1 / length of the run of successive rows with the same (doi, precursors), the stand-in for the
    `count_weight` of He et al. (2023): a recipe with variable composition was expanded into such a run. Without a
    DOI a row is a recipe of its own.

    Args:
        numbers: of each row in `file`, where some are left out of `raw`.
        sourced: whether a row must have a DOI and a year.
    """
    check_schema(raw, RAW_SCHEMA, file, exact=True)
    numbers = pl.int_range(len(raw), eager=True) if numbers is None else numbers
    raw = raw.select(numbers.cast(pl.Int64).alias("row"), pl.all())
    targets = _compositions(raw["target"]).rename({"formula": "target", "problem": "target_problem"})
    sources = _one_name_each(_compositions(raw["precursors"].explode()))

    long = (
        raw.select("row", pl.col("precursors").alias("formula"))
        .explode("formula", empty_as_null=True)
        .join(sources, on="formula", how="left", maintain_order="left")
    )
    sets = long.group_by("row", maintain_order=True).agg(
        pl.col("name").drop_nulls().sort().alias("names"),
        pl.col("low").bitwise_or().alias("brought_low"),
        pl.col("high").bitwise_or().alias("brought_high"),
        pl.col("problem").drop_nulls().first().alias("precursor_problem"),
    )
    table = raw.join(targets, on="target", how="left", maintain_order="left").join(
        sets, on="row", how="left", maintain_order="left"
    )
    free_low, free_high = (int(word) for word in element_bits([NEEDS_NO_SOURCE])[0])
    missing = pl.struct(
        low=pl.col("low") & ~(pl.col("brought_low") | free_low),
        high=pl.col("high") & ~(pl.col("brought_high") | free_high),
    ).map_elements(_elements, return_dtype=pl.String)
    run = pl.struct("doi", "names").rle_id()
    table = table.with_columns(
        reason=pl.coalesce(
            "problem",
            pl.when(pl.col("target").is_null()).then(pl.lit("no target")),
            "target_problem",
            pl.when(pl.col("precursors").list.len().fill_null(0) == 0).then(pl.lit("no precursors")),
            "precursor_problem",
            pl.when(pl.col("names").list.n_unique() < pl.col("names").list.len()).then(
                pl.lit("two precursors of one composition")
            ),
            pl.when(missing != "").then(
                pl.format("the precursors do not bring every element of the target: no {}", missing)
            ),
            pl.when(sourced & pl.col("doi").is_null()).then(pl.lit("no doi")),
            pl.when(sourced & pl.col("year").is_null()).then(pl.lit("no year")),
        ),
        weight=pl.when(pl.col("doi").is_null()).then(1.0).otherwise(1.0 / pl.len().over(run)),
    )
    good = table.filter(pl.col("reason").is_null())
    bad = table.filter(pl.col("reason").is_not_null())
    rows = good.select(
        id=identifier(prefix),
        target="target",
        target_key="target_key",
        precursors="names",
        doi="doi",
        year="year",
        published_part="published_part",
        weight="weight",
        chemical_system="chemical_system",
    )
    rejects = bad.select(
        file=pl.lit(file),
        row="row",
        value=pl.format(
            "{} <- {}",
            pl.col("target").fill_null("?"),
            pl.col("precursors").list.eval(pl.element().fill_null("?")).list.join(" + ").fill_null("?"),
        ),
        reason="reason",
    )
    check_schema(rows, SCHEMA, file, exact=True)
    return Prepared(rows, rejects.cast(pl.Schema(REJECT_SCHEMA)))


def _elements(bits: Mapping[str, int | None]) -> str:
    """The elements whose `element_bits` these are, in the order of their numbers; none where they are not known."""
    held = (bits["low"] or 0) | (bits["high"] or 0) << BITS_PER_WORD
    return ", ".join(symbol for place, symbol in enumerate(SYMBOLS) if held >> place & 1)


def _compositions(formulas: pl.Series) -> pl.DataFrame:
    """Per distinct formula: `target_key, name, chemical_system, low, high` (element bits), or `problem`."""
    records = []
    for formula in formulas.drop_nulls().unique().sort():
        try:
            amounts = parse(formula, drop_water=True)
        except FormulaError as error:
            records.append({"formula": formula, "problem": str(error)})
            continue
        low, high = element_bits([amounts])[0].tolist()
        records.append(
            {
                "formula": formula,
                "target_key": key(amounts),
                "name": pretty_amounts(amounts),
                "chemical_system": chemical_system(ten_thousandths(amounts)),  # as the key sees it
                "low": low,
                "high": high,
            }
        )
    text = ("formula", "problem", "target_key", "name", "chemical_system")
    schema = dict.fromkeys(text, pl.String) | {"low": pl.Int64, "high": pl.Int64}
    return pl.DataFrame(records, schema=schema)


def _one_name_each(compositions: pl.DataFrame) -> pl.DataFrame:
    """Give formulas of one composition one name: the shortest, then the alphabetically first.

    Raises:
        SchemaError: two compositions share a name, which naming forbids.
    """
    names = (
        compositions.drop_nulls("target_key")
        .sort(pl.col("name").str.len_chars(), "name")
        .group_by("target_key", maintain_order=True)
        .agg(pl.col("name").first())
    )
    shared = names.filter(pl.col("name").is_duplicated())
    if len(shared):
        raise SchemaError(
            f"precursor name {shared['name'][0]!r} stands for several compositions: "
            f"{'; '.join(shared.filter(pl.col('name') == shared['name'][0])['target_key'])}. "
            "Hint: extend retort.chemistry.naming."
        )
    columns = ["formula", "problem", "low", "high", "target_key"]
    return compositions.select(columns).join(names, on="target_key", how="left", maintain_order="left")
