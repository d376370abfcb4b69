"""Tables over many places: who wins how often, what a protocol is worth, and what helps where labels are few."""

from collections.abc import Mapping

import polars as pl

from retort.runs import Place, StudyPlan
from retort.statistics.robust import trimean
from retort.studies.molecules.compare import BySystem, difference
from retort.studies.molecules.data import CLASSIFICATION
from retort.studies.molecules.tables import DETAILS

STRICT = "strict"  # the protocol on which systems are compared
FEW = "scarce"  # the family of pairs that are compared with few labels
Places = Mapping[tuple[str, str], Place]


def verdicts(paired: pl.DataFrame, places: Places) -> pl.DataFrame:
    """On how many data sets of the strict protocol, with all labels, a system is better or worse than a reference.

    Args:
        paired: `dataset, split, variant, reference, metric, low, high`; an interval without zero is a win or a loss.
        places: by (dataset, split).

    Returns:
        `variant, reference, sets, better, worse`, by the metric of the first head (`roc_auc` or `rmse`).
    """
    strict = {key: place for key, place in places.items() if place.protocol == STRICT}
    main = paired.filter(pl.col("metric").is_in(["roc_auc", "rmse"])).join(
        _with_all_labels(strict), on=["dataset", "split"], how="semi"
    )
    above, below = pl.col("low") > 0, pl.col("high") < 0
    error = pl.col("metric") == "rmse"  # less is better
    return (
        main.group_by("variant", "reference")
        .agg(
            sets=pl.len(),
            better=pl.when(error).then(below).otherwise(above).sum(),
            worse=pl.when(error).then(above).otherwise(below).sum(),
        )
        .sort("variant", "reference")
        .cast(pl.Schema(DETAILS["verdicts"]))
    )


def protocols(labels: pl.DataFrame, places: Places) -> pl.DataFrame:
    """Each system's score under each protocol with all labels.

    Args:
        labels: `dataset, split, variant, seed, label, metric, value`.
        places: by (dataset, split).

    Returns:
        `dataset, protocol, variant, metric, value, low, high, n`: `value` is the trimean over the `n` draws and seeds
        of the mean over labels; `low` and `high` are the least and the most of them.
    """
    keys = ["dataset", "protocol", "variant", "metric"]
    runs = (
        labels.join(_with_all_labels(places), on=["dataset", "split"], maintain_order="left")
        .group_by(*keys, "split", "seed")
        .agg(pl.col("value").mean())
        .sort(*keys, "split", "seed")
    )
    rows = []
    for key, cell in runs.group_by(keys, maintain_order=True):
        values = cell["value"].to_numpy()
        rows.append((*key, float(trimean(values)), values.min(), values.max(), len(values)))
    return pl.DataFrame(rows, schema=DETAILS["protocols"], orient="row")


def _with_all_labels(places: Places) -> pl.DataFrame:
    """`dataset, split, protocol` of the places where all training labels may be used."""
    rows = [(*key, place.protocol) for key, place in places.items() if place.share == 1]
    return pl.DataFrame(rows, schema=dict.fromkeys(["dataset", "split", "protocol"], pl.String), orient="row")


def scarce(
    predicted: Mapping[tuple[str, str], BySystem], kinds: Mapping[str, str], plan: StudyPlan
) -> pl.DataFrame:
    """Differences between systems that have the same few labels, averaged over the draws of these labels.

    Args:
        predicted: by (dataset, split) what each (variant, seed, suffix of the head) predicted of test, which is the
            same for all draws.
        kinds: `classification` or `regression` of each data set.
        plan: the pairs of its family `scarce` are compared, seed 0 of each, at its places of the strict protocol.

    Returns:
        `dataset, share, variant, reference, metric, difference, low, high, draws`: `share` in percent, an interval over
        resampled test molecules.
    """
    draws: dict[tuple[str, int], list[BySystem]] = {}
    for key in sorted(predicted):
        place = plan.places[key]
        if place.protocol == STRICT and place.share < 1:
            draws.setdefault((place.dataset, round(100 * place.share)), []).append(predicted[key])
    rows = []
    for (dataset, share), each in draws.items():
        kind = kinds[dataset]
        for variant, reference in plan.families.get(FEW, []):
            ours, theirs = (variant, 0, ""), (reference, 0, "")
            both = [draw for draw in each if {ours, theirs} <= draw.keys()]
            if not both:
                continue
            one = difference([draw[ours] for draw in both], [draw[theirs] for draw in both], kind)
            if one is not None:
                metric = "roc_auc" if kind == CLASSIFICATION else "rmse"
                point = (one.difference, one.low, one.high, len(both))
                rows.append((dataset, share, variant, reference, metric, *point))
    return pl.DataFrame(rows, schema=DETAILS["scarce"], orient="row")
