"""The REFORMS form (Kapoor et al., Sci. Adv. 10, eadk3452, 2024), filled in from what the pipeline knows."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from retort.release.reviewing import markdown

PARTS = ("train", "valid", "test", "unlabelled", "excluded")


def form(template: str, facts: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> str:
    """The filled form, Markdown.

    Args:
        template: the form, with names in braces.
        facts: `scale, commit, repository, version, lock, python, devices`, and `studies`, title by name.
        tables: `places, systems, metrics, datasets, costs, summary` of all studies together, and `sources` with `url`.
    """
    return template.format_map(dict(facts) | answers(facts, tables))


def answers(facts: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> dict[str, object]:
    """What stands in the place of each name of the form that is no fact of the build."""
    places, systems, metrics = (tables[name] for name in ("places", "systems", "metrics"))
    costs = tables["costs"]
    at = ["dataset", "protocol"]
    sizes = places.group_by(at).agg(pl.col(f"rows_{part}").max().alias(part) for part in PARTS).sort(at)
    targets = places.select("dataset", "target", "title").drop_nulls().unique(["dataset", "target"])
    measured = places.filter(pl.col("labels_train").is_not_null()).group_by(at)
    labels = measured.agg(labels=pl.col("labels_train").max(), rows=pl.col("rows_train").max()).sort(at)
    generated = "The data of this scale are generated, and no finding about chemistry follows."
    return {
        "studies": "; ".join(f"`{study}`: {title}" for study, title in facts["studies"].items()),
        "sources": markdown(tables["sources"].sort("dataset"), ["dataset", "title", "url", "licence"]),
        "devices": ", ".join(sorted(costs["device"].drop_nulls().unique())),
        "runs": costs.height,
        "hours": f"{(costs['cpu_seconds'].sum() or 0) / 3600:.2f}",
        "memory": round(costs["peak_memory_mib"].max() or 0),  # type: ignore[arg-type]
        "targets": markdown(targets.sort("dataset", "target")),
        "sizes": markdown(sizes),
        "measured": markdown(labels),
        "rejects": markdown(tables["datasets"].select("dataset", "rejects").unique().sort("dataset")),
        "systems": markdown(systems.sort("study", "order"), ["study", "variant", "title", "role"]),
        "draws": places["splits"].list.len().max(),
        "replicates": tables["summary"]["n"].max(),
        "roles": markdown(systems.group_by("study", "role").len("systems").sort("study", "role")),
        "metrics": markdown(metrics.sort("study", "metric"), ["study", "metric", "label", "unit", "better"]),
        "generated": generated if places["generated"].any() else "",
    }
