"""What is quoted: citations, published values and claims speak of what is there, at some scale."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from retort.configuration.composition import Known
from retort.configuration.errors import ConfigurationError, check_choice
from retort.configuration.prose import check_declared
from retort.configuration.published import MARKS, PERCENT, read_quantities

KEY = r"[A-Za-z0-9:.+/_-]+"  # stands in \\cite as it is
TARGET = "target"  # the unit of a metric that is in the unit of what is predicted


def bibliography_keys(bibliography: Path) -> set[str] | None:
    """The keys of references.bib; None where there is no such file."""
    if not bibliography.exists():
        return None
    return set(re.findall(r"(?m)^@\w+\{([^,\s]+),", bibliography.read_text(encoding="utf-8")))


def check_citations(key: str, names: Collection[str], cited: Collection[str] | None, file: Path) -> None:
    """Refuse a citation that references.bib lacks (without one that is not checked), or that TeX would not print."""
    for name in names:
        if not re.fullmatch(KEY, str(name)):
            raise ConfigurationError(
                f"{file}: {key}={name!r} is no citation key, expected letters, digits and any of : . + / _ -. "
                "Hint: TeX reads other signs as commands; rename the entry in references.bib."
            )
        if cited is None:
            continue
        check_choice(key, name, cited, file, "entries of references.bib")


def check_published(
    config: dict, known: Mapping[str, Known], folder: Path, cited: Collection[str] | None
) -> None:
    """Check what published values say of our studies, data sets and metrics."""
    for value in config["published"]:
        file, key = folder / "published" / f"{value['citation']}.yaml", value["id"]
        check_citations("the name of this file", [value["citation"]], cited, file)
        check_choice("study", value["study"], config["study"], file, "studies")
        about = known[value["study"]]
        if value["variant"]:
            check_choice(f"{key}.variant", value["variant"], about.variants, file, "variants")
        if value["dataset"]:
            check_choice(f"{key}.dataset", value["dataset"], config["dataset"], file, "data sets")
            _check_published_place(value, config["dataset"][value["dataset"]], key, file)
        quantities = read_quantities(file)
        metrics = [*about.metrics, *quantities]
        check_choice(
            f"{key}.metric", value["metric"], metrics, file, "metrics, and `quantities` of this file"
        )
        units = _published_units(value, config, about)
        if units:
            check_choice(f"{key}.unit", value["unit"], units, file, f"units of {value['metric']}")
        if value["mark"] is not None:
            check_choice(f"{key}.mark", value["mark"], MARKS, file, "marks")


def _check_published_place(value: dict, dataset: dict, key: str, file: Path) -> None:
    """What a published value says of the data set of ours that it is held against."""
    splits = list((dataset.get("splits") or {}).values())
    if value["protocol"]:
        protocols = {split["protocol"] for split in splits}
        check_choice(f"{key}.protocol", value["protocol"], protocols, file, "protocols")
        shares = {f"{s.get('train_fraction', 1.0):g}" for s in splits if s["protocol"] == value["protocol"]}
        kind = f"shares of the labels, of {value['protocol']}"
        check_choice(f"{key}.share", f"{value['share']:g}", shares, file, kind)
    if value["target"]:
        labels = (dataset.get("settings") or {}).get("labels") or {}
        targets = [*(dataset.get("targets") or {}), *labels]
        check_choice(f"{key}.target", value["target"], targets, file, f"targets of {value['dataset']}")


def _published_units(value: dict, config: dict, about: Known) -> set[str]:
    """The units that a published value may have; empty where that is not known."""
    unit = about.metrics.get(value["metric"], {}).get("unit")
    if unit == TARGET:
        targets = config["dataset"].get(value["dataset"], {}).get("targets") or {}
        unit = targets.get(value["target"], {}).get("unit")
    return {unit, PERCENT} if unit == "fraction" else {unit} if unit else set()


def check_claims(
    config: dict, known: Mapping[str, Known], folder: Path, cited: Collection[str] | None
) -> None:
    """Check what claims say of them, and that what they hold against each other is compared."""
    file = folder / "claims.yaml"
    ids = [claim["id"] for claim in config["claims"]]
    for claim in config["claims"]:
        key = claim["id"]
        if ids.count(key) > 1:
            raise ConfigurationError(
                f"{file}: the id {key!r} stands twice. Hint: call one of them otherwise."
            )
        check_citations(f"{key}.source", [claim["source"]], cited, file)
        check_choice(f"{key}.study", claim["study"], config["study"], file, "studies")
        about, study = known[claim["study"]], claim["study"]
        for dataset in claim["dataset"]:
            check_choice(
                f"{key}.dataset",
                dataset,
                {dataset for dataset, _ in about.grid},
                file,
                f"data sets of {study}",
            )
            splits = {split for other, split in about.grid if other == dataset}
            check_choice(
                f"{key}.split", claim["split"], splits, file, f"splits of {dataset} in the grid, at any scale"
            )
            # What is misspelt is said first; then whether any scale runs it there.
            for side in ("variant", "against"):
                if claim[side] is not None:
                    check_choice(f"{key}.{side}", claim[side], about.variants, file, "variants")
                    there = about.run_at(dataset, claim["split"])
                    check_choice(
                        f"{key}.{side}",
                        claim[side],
                        there,
                        file,
                        f"variants that any scale runs at {dataset}/{claim['split']}",
                    )
        check_choice(f"{key}.metric", claim["metric"], about.metrics, file, "metrics")
        if claim["against"] is not None:
            check_declared(f"{key}.against", (claim["variant"], claim["against"]), about, study, file)
        check_choice(f"{key}.unit", claim["unit"], _units(config, claim, about), file, "units")


def _units(config: dict, claim: dict, about: Known) -> set[str]:
    """The units that a claim's metric can have where the claim is made."""
    unit = about.metrics[claim["metric"]]["unit"]
    if unit != TARGET:
        return {unit}
    units = set()
    for dataset in claim["dataset"]:
        block = config["dataset"][dataset]
        target = block["splits"][claim["split"]].get("target")
        units.add((block.get("targets") or {}).get(target, {}).get("unit", claim["unit"]))
    return units
