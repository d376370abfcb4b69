"""What a release holds of single runs: what they predict of test items, and models that are small enough."""

import io
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from retort.release.archive import Contents
from retort.sealed import read_table

LARGEST_MODEL = 8 << 20  # bytes
LEFT_OUT = "models/left-out.csv"
DESCRIBED = {
    "predictions/": "Predictions of all runs for test items, Parquet.",
    "models/": f"Weights of the runs, safetensors, of at most {LARGEST_MODEL >> 20} MiB each.",
}


def of_runs(folders: Iterable[Path]) -> tuple[Contents, pl.DataFrame]:
    """Test predictions and models of the runs in these folders, as far as they are here.

    Returns:
        The files, and `run, bytes` of the models that are too large: the archive names them in `LEFT_OUT`.
    """
    contents: dict[str, bytes | Path] = {}
    large: list[tuple[str, int]] = []
    for folder in folders:
        place = folder.relative_to("data/runs").as_posix()
        if (folder / "predictions.parquet").exists():
            stream = io.BytesIO()
            test_items(read_table(folder / "predictions.parquet")).write_parquet(stream)
            contents[f"predictions/{place}.parquet"] = stream.getvalue()
        model = folder / "model.safetensors"
        if not model.exists():
            continue
        if model.stat().st_size > LARGEST_MODEL:
            large.append((place, model.stat().st_size))
        else:
            contents[f"models/{place}.safetensors"] = model
    left_out = pl.DataFrame(large, schema={"run": pl.String, "bytes": pl.Int64}, orient="row")
    if large:
        contents[LEFT_OUT] = left_out.write_csv().encode()
    return contents, left_out


def test_items(predictions: pl.DataFrame) -> pl.DataFrame:
    """What a run says of test items, without vectors that only pictures need."""
    plain = [name for name, kind in predictions.schema.items() if not kind.is_nested()]
    rows = predictions.filter(part="test") if "part" in plain else predictions
    return rows.select(plain)


def said(left_out: pl.DataFrame) -> str:
    """Which models an archive lacks and why, in one sentence; none where it lacks none."""
    if left_out.is_empty():
        return ""
    counted = (
        left_out.group_by(study=pl.col("run").str.split("/").list.first())
        .agg(pl.len(), mib=pl.col("bytes").sum() / (1 << 20))
        .sort("study")
    )
    each = ", ".join(f"{count} of {study} ({mib:.0f} MiB)" for study, count, mib in counted.iter_rows())
    return (
        f"Models above {LARGEST_MODEL >> 20} MiB are left out, so that the archive stays small: {each}; `{LEFT_OUT}` "
        "names each run, which can be trained again."
    )
