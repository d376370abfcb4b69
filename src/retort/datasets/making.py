"""Results that cost seconds each, made on all cores and kept as they come, so that an interruption loses a minute."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import joblib
import polars as pl
from tqdm import tqdm

from retort.sealed import read_table, write_table

CHUNK = 8  # things that are kept together: less than a minute of work
SAYING = 60.0  # seconds between two lines of a log, which shows no bar

SCHEMA = {"key": pl.String, "text": pl.String}


def kept(folder: Path) -> dict[str, str]:
    """What earlier makings left in `folder`, by key; empty where there is none."""
    return {
        key: text for file in sorted(folder.glob("*.parquet")) for key, text in read_table(file).iter_rows()
    }


def make(
    function: Callable[..., str],
    wanted: Mapping[str, Sequence],
    folder: Path,
    *,
    title: str,
    workers: int | None = None,
) -> dict[str, str]:
    """`function(*arguments)` for each of `wanted`, by key; what `folder` holds already is taken from there.

    Args:
        function: a module's own, so that workers can import it.
        wanted: by a key that names the arguments and what is done to them: the result must follow from it.
        folder: gets a small file for each few results as soon as they are there.
        title: beside the bar and in the lines of the log.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        ValueError: a result could not be made; names the first and how many, after all others were made and kept.
    """
    have = kept(folder)
    missing = [key for key in wanted if key not in have]
    chunks = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
    results = joblib.Parallel(
        n_jobs=min(workers or joblib.cpu_count(), max(1, len(chunks))), return_as="generator_unordered"
    )(joblib.delayed(_some)(function, chunk, [wanted[key] for key in chunk]) for chunk in chunks)
    begun = said = time.monotonic()
    failures: dict[str, str] = {}
    done = 0
    with tqdm(total=len(missing), desc=title, disable=None) as bar:
        for made, failed in results:
            have |= made
            failures |= failed
            if made:
                name = hashlib.sha256("".join(sorted(made)).encode()).hexdigest()[:24]
                write_table(
                    pl.DataFrame(list(made.items()), schema=SCHEMA, orient="row"), folder / f"{name}.parquet"
                )
            done += len(made) + len(failed)
            bar.update(len(made) + len(failed))
            if (now := time.monotonic()) - said > SAYING:
                left = (now - begun) / done * (len(missing) - done)
                print(f"{title}: {done} of {len(missing)}, about {left / 60:.0f} minutes left", flush=True)
                said = now
    if failures:
        key, reason = next(iter(failures.items()))
        raise ValueError(f"{title}: {len(failures)} of {len(missing)} failed, the first ({key}): {reason}")
    return {key: have[key] for key in wanted}


def _some(
    function: Callable[..., str], keys: list[str], arguments: list[Sequence]
) -> tuple[dict[str, str], dict[str, str]]:
    """Results and reasons of failure by key."""
    made, failed = {}, {}
    for key, given in zip(keys, arguments, strict=True):
        try:
            made[key] = function(*given)
        except Exception as error:  # noqa: BLE001 - whatever a library raises for one crystal must not cost the others
            failed[key] = f"{type(error).__name__}: {error}"
    return made, failed
