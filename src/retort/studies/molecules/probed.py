"""How well the vectors of pre-trained encoders do, by what was learned from them with the encoder frozen.

Only the standard library is imported before it is asked, so that `retort --help` stays quick.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retort.asking.finished import kept

if TYPE_CHECKING:
    import polars as pl

PROBE = "{}-frozen"  # what the variant is called that learns from an encoder's vectors
# The encoders that are compared: on all data sets there are probes of them.
PROBED = ("descriptors", "molclr", "contrast", "dino")
RESULTS = Path("data/results/molecules")
BETTER = {"roc_auc": "higher", "rmse": "lower"}


@dataclass(frozen=True)
class Standing:
    """Where an encoder stands among others.

    Attributes:
        rank: the mean of its ranks, 1 being the best, over data sets where all of them were probed.
        among: how many encoders.
        places: how many data sets and splits.
    """

    rank: float
    among: int
    places: int

    def in_words(self) -> str:
        return (
            f"probed on validation of {self.places} data sets its mean rank is {self.rank:.1f} "
            f"among {self.among} encoders"
        )


def standings(
    scores: "pl.DataFrame", encoders: Iterable[str], better: Mapping[str, str] = BETTER
) -> dict[str, Standing]:
    """Where encoders stand that were probed at the same places; none where there is no such place.

    Args:
        scores: of all runs, as in `scores.parquet`; those on validation count, means over seeds.
        encoders: variants.
        better: which values of a metric are the better ones; no other metric counts.
    """
    import polars as pl

    probes = {PROBE.format(encoder): encoder for encoder in encoders}
    place = ["dataset", "split", "metric"]
    means = (
        scores.filter(
            pl.col("variant").is_in(list(probes)), pl.col("metric").is_in(list(better)), part="valid"
        )
        .group_by(*place, "variant")
        .agg(pl.col("value").mean())
    )
    known = means["variant"].unique()
    sign = pl.col("metric").replace_strict({name: 1 - 2 * (way == "higher") for name, way in better.items()})
    ranked = means.filter(pl.len().over(place) == len(known)).with_columns(
        rank=(sign * pl.col("value")).rank().over(place)
    )
    of = ranked.group_by("variant").agg(pl.col("rank").mean(), pl.len()).sort("variant")
    return {probes[name]: Standing(rank, len(known), places) for name, rank, places in of.iter_rows()}


def standing(record: Mapping) -> Standing | None:
    """Where the encoder of a run stands among `PROBED`, by the results or else the record that this run is part of."""
    from retort.record import read_table

    place = "data/runs/{study}/{dataset}/{split}/{variant}/seed{seed}".format_map(record)
    for folder in (RESULTS, kept("molecules").parent):
        origin = folder / "origin.json"
        # Results of another scale are of other encoders, and other molecules.
        if origin.exists() and place in json.loads(origin.read_text(encoding="utf-8"))["runs"]:
            return standings(read_table(folder / "scores.parquet"), PROBED).get(record["variant"])
    return None
