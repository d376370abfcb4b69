"""What is quoted: citations, published values and claims speak of what is there, at some scale."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from retort.configuration.composition import Known
from retort.configuration.errors import ConfigurationError, check_choice
from retort.configuration.published import MARKS, PERCENT, read_quantities

KEY = r"[A-Za-z0-9:.+/_-]+"  # stands in \\cite as it is
LONGEST_QUOTE = 25  # words
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
    """Check what claims say of our studies, places, systems and metrics: they exist, at some scale.

    Raises:
        ConfigurationError: naming file, claim, value and the nearest name.
    """
    ids = {claim["id"] for claim in config["claims"]}
    for claim in config["claims"]:
        file, key = folder / "claims" / claim["file"], claim["id"]
        check_citations(f"{key}.source", [claim["source"]], cited, file)
        if (words := len(claim["quote"].split())) > LONGEST_QUOTE:
            raise ConfigurationError(
                f"{file}: {key}.quote has {words} words, expected at most {LONGEST_QUOTE}. "
                "Hint: leave words out at its ends."
            )
        check_choice(f"{key}.study", claim["study"], config["study"], file, "studies")
        for other in claim["requires"]:
            check_choice(f"{key}.requires", other, ids - {key}, file, "other claims")
        if not claim["untestable"]:
            _check_names(claim, known[claim["study"]], file)
    _refuse_circles(config["claims"], folder)
    for line in config["acknowledged"]:
        check_choice("claim", line["claim"], ids, folder / "acknowledged.yaml", "claims")


def _check_names(claim: Mapping, about: Known, file: Path) -> None:
    key = claim["id"]
    if claim["table"] is not None:
        return  # which only the results have
    for term in (term for terms in claim["terms"].values() for term in terms):
        for place in term["places"]:
            allowed = {*about.places, *(f"{dataset}/{split}" for dataset, split in about.grid)}
            check_choice(f"{key}.place", place, allowed, file, "places, at any scale")
        for side in ("variant", "against"):
            if term[side] is not None:
                check_choice(f"{key}.{side}", term[side], about.variants, file, "variants")
        check_choice(f"{key}.metric", term["metric"], about.metrics, file, "metrics")


def _refuse_circles(claims: list[dict], folder: Path) -> None:
    requires = {claim["id"]: claim["requires"] for claim in claims}

    def walk(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            chain = " -> ".join([*above[above.index(name) :], name])
            raise ConfigurationError(
                f"{folder / 'claims'}: {chain} require each other. Hint: a premise stands alone."
            )
        for other in requires[name]:
            walk(other, (*above, name))

    for name in requires:
        walk(name, ())
