"""Composition: Hydra reads the files of `workflow/config`, one scale is chosen, short forms are written out."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from retort.configuration import schema
from retort.configuration.claims import read_acknowledged, read_claims
from retort.configuration.errors import ConfigurationError, check_choice, nearest
from retort.configuration.expand import (
    at_scale,
    check_short_forms,
    each_label,
    expand,
    matching,
    resolve,
    split_families,
    title_places,
)
from retort.configuration.published import read_published
from retort.configuration.strict import read_block, read_yaml

NAME = r"[A-Za-z][A-Za-z0-9_-]*"  # of a data set, a study, a scale: in paths, targets and overrides


@dataclass(frozen=True)
class Known:
    """The names of one study at all scales together: what may be named, whether or not this scale runs it.

    A place is (data set, family of splits): all draws of a split are one.

    Attributes:
        variants, families, loans: names.
        places: name of a place: every place that bears it at some scale.
        grid: every place.
        runs: (place, variant) that some scale runs.
        pairs: (variant, against) that are compared, at some scale.
        metrics: facts by name.
        programs: those that the study lists.
        scales: the study as it is resolved at each scale.
    """

    variants: frozenset[str]
    places: dict[str, frozenset[tuple[str, str]]]
    grid: frozenset[tuple[str, str]]
    runs: frozenset[tuple[tuple[str, str], str]]
    pairs: frozenset[tuple[str, str]]
    families: frozenset[str]
    loans: frozenset[str]
    metrics: dict[str, dict]
    programs: frozenset[str]
    scales: dict[str, dict]

    def everywhere(self, key: str, resolved: dict) -> Iterator[tuple[str, dict]]:
        """The study as it is resolved for this run, by `key`, and at every scale, by the key of the scale's block."""
        yield key, resolved
        for scale, study in self.scales.items():
            yield f"{key}.scales.{scale}", study


def compose(folder: Path, scale: str, overrides: list[str], schemas: Path) -> tuple[dict, dict[str, Known]]:
    """The resolved configuration, not yet checked, and what each study knows at all scales."""
    scales = names(folder / "scale")
    check_choice("scale", scale, scales, folder / "scale")
    for file in sorted(folder.parent.glob("**/*.yaml")):
        read_yaml(file)  # refuses a repeated key
    config = _read(folder, scale)
    for name, dataset in config.get("dataset", {}).items():
        _write_out_splits(name, dataset, folder, schemas)
    splits = {
        name: {split: block["family"] for split, block in (dataset.get("splits") or {}).items()}
        for name, dataset in config["dataset"].items()
    }
    everywhere: dict[str, dict[str, dict]] = {}
    for name, written in config.get("study", {}).items():
        file, key = folder / "study" / f"{name}.yaml", f"study.{name}"
        for own in written.get("scales") or {}:
            check_choice(f"{key}.scales", own, scales, file)
        schema.validate_short_forms(written, scales, key, file, schemas)
        check_short_forms(written, scales, key, file)
        each = {own: resolve(at_scale(written, own), splits, key, file) for own in scales}
        for study in each.values():
            study["numbers"] = _numbers(folder, name)
        everywhere[name] = each
        config["study"][name] = copy.deepcopy(each[scale])
    config = _override(config, overrides)
    for study in config["study"].values():
        study["grid"] = expand(study["grid"], splits)  # an override may list, too
    _join(config, folder)
    for study in config["study"].values():
        title_places(study, config["dataset"])
    config["published"] = read_published(folder / "published")
    config["claims"] = read_claims(folder / "claims", config)
    config["acknowledged"] = read_acknowledged(folder / "acknowledged.yaml")
    return config, {name: _known(each, config["study"][name], splits) for name, each in everywhere.items()}


def _read(folder: Path, scale: str) -> dict:
    """`config.yaml` and the scale, composed by Hydra, and every study and data set by name."""
    # Not at the top: the configuration is composed once, and imported by every job.
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
            composed = compose("config", overrides=[f"scale={scale}"])
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        raise ConfigurationError(f"{folder}: {error}") from error
    config = cast(dict, OmegaConf.to_container(composed, resolve=True))
    # These are plain YAML, and many: Hydra would take seconds for them.
    for group in ("study", "dataset"):
        config[group] = {name: read_block(folder / group / f"{name}.yaml") for name in names(folder / group)}
    return config


def _write_out_splits(name: str, dataset: dict, folder: Path, schemas: Path) -> None:
    """Each split of a data set in full; those of `folder/splits/<name>.yaml` where it names them instead of its own."""
    written = dataset.get("splits")
    if written is None:
        return
    file, key = folder / "dataset" / f"{name}.yaml", f"dataset.{name}.splits"
    # Before the splits, which are named after labels.
    schema.validate_settings(dataset, f"dataset.{name}.settings", file, schemas)
    if isinstance(written, str):
        check_choice(key, written, names(folder / "splits"), file)
        file = folder / "splits" / f"{written}.yaml"
        written = read_block(file)
    if isinstance(written, dict):  # or the schema says so
        written = each_label(written, list((dataset.get("settings") or {}).get("labels") or {}), key, file)
    schema.validate_split_families(written, key, file, schemas)
    dataset["splits"] = split_families(written)


def _numbers(folder: Path, study: str) -> dict:
    """The numbers of a study's prose; a study may have none."""
    file = folder / "numbers" / f"{study}.yaml"
    return read_block(file) if file.exists() and read_yaml(file) is not None else {}


def _join(config: dict, folder: Path) -> None:
    """Give each data set that joins a study its blocks of the grid, made of the study's `guests`.

    There is one for each split that theirs stands for; where these are of several families, each is a place.
    """
    for name, dataset in config["dataset"].items():
        if "join" not in dataset:
            continue
        file, key = folder / "dataset" / f"{name}.yaml", f"dataset.{name}.join"
        join = {"study": dataset["join"]} if isinstance(dataset["join"], str) else dict(dataset["join"])
        open_to_guests = [study for study, block in config["study"].items() if "guests" in block]
        check_choice(key, join.get("study"), sorted(open_to_guests), file)
        study = config["study"][join["study"]]
        domain = config["dataset"].get(study["grid"][0]["dataset"], {}).get("domain")
        if domain not in (dataset.get("domain"), None):
            raise ConfigurationError(
                f"{file}: {key}={join['study']!r}, which takes data sets of the domain {domain!r}, not "
                f"{dataset.get('domain')!r}. Hint: join another study, or change the domain and the reader."
            )
        block = {key: value for key, value in study["guests"].items() if key != "split"}
        families = {split: drawn["family"] for split, drawn in (dataset.get("splits") or {}).items()}
        chosen = matching([join.get("split", study["guests"]["split"])], families)
        several = len({families.get(split) for split in chosen}) > 1
        for split in chosen:
            own = f"{name}-{families[split]}" if several else name
            title = dataset.get("title", name)
            if several:
                title += f": {dataset['splits'][split].get('target', families[split]).replace('_', ' ')}"
            study["grid"].append({"name": own, "title": title, "dataset": name, "split": split, **block})


def _known(scales: dict[str, dict], resolved: dict, splits: Mapping[str, Mapping[str, str]]) -> Known:
    """What one study names at any of its scales, and as it is resolved; `splits` have the family of each split."""

    def place(block: Mapping) -> tuple[str, str]:
        return block["dataset"], splits.get(block["dataset"], {}).get(block["split"], block["split"])

    studies = [*scales.values(), resolved]
    variants = {name: block for study in studies for name, block in study["variants"].items()}
    places: dict[str, set[tuple[str, str]]] = {}
    grid = set()
    for study in studies:
        for block in study["grid"]:
            grid.add(place(block))
            if "name" in block:
                places.setdefault(block["name"], set()).add(place(block))
    pairs = {(name, study["baseline"]) for study in studies for name in study["variants"]}
    pairs |= {(name, block["control"]) for name, block in variants.items() if block.get("control")}
    families = {family: pairs for study in studies for family, pairs in study["contrasts"].items()}
    pairs |= {
        (pair["variant"], pair["against"])
        for listed in families.values()
        for pair in listed
        if {"variant", "against"} <= set(pair)  # or the schema says so
    }
    return Known(
        variants=frozenset(variants),
        places={name: frozenset(at) for name, at in places.items()},
        grid=frozenset(grid),
        runs=frozenset(
            (place(block), variant)
            for study in studies
            for block in study["grid"]
            for variant in block["variants"]
        ),
        pairs=frozenset(pairs),
        families=frozenset({"baseline", "control", *families}),
        loans=frozenset(name for study in studies for name in study["loans"]),
        metrics={name: facts for study in studies for name, facts in study["metrics"].items()},
        programs=frozenset(
            program
            for study in studies
            for kind in ("figures", "tables")
            for program in study.get(kind) or []
        ),
        scales=scales,
    )


def names(folder: Path) -> list[str]:
    """The names of the YAML files of a folder, which are those of what they describe.

    Raises ConfigurationError for one that paths, rules and overrides could not bear.
    """
    files = sorted(folder.glob("*.yaml"))
    for file in files:
        if not re.fullmatch(NAME, file.stem):
            proposed = re.sub(r"[^A-Za-z0-9]+", "_", file.stem).strip("_")
            proposed = proposed if re.match("[A-Za-z]", proposed) else f"set_{proposed}"
            raise ConfigurationError(
                f"{file}: {file.stem!r} is no name, expected a letter, then letters, digits, _ and -. "
                f"Hint: rename it, to {proposed}.yaml for one."
            )
    return [file.stem for file in files]


def _override(config: dict, overrides: list[str]) -> dict:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if not overrides:
        return config
    try:
        parsed = OverridesParser.create().parse_overrides(overrides)
        # The blocks that change, and no others: OmegaConf would take a second for all of them.
        node = OmegaConf.create(_blocks(config, [override.key_or_group for override in parsed]))
        OmegaConf.set_struct(node, True)
        for override in parsed:
            if override.key_or_group == "scale":
                raise ConfigurationError(
                    "command line: overrides cannot set the scale. Hint: SCALE=..., or --config scale=..."
                )
            # A leading + adds a key that the files do not have, as in Hydra; without it, a typo is an error.
            if override.is_add():
                OmegaConf.set_struct(node, False)
            else:
                _check_key(node, config, override.key_or_group)
            OmegaConf.update(node, override.key_or_group, override.value(), force_add=override.is_add())
            OmegaConf.set_struct(node, True)
    except (HydraException, OmegaConfBaseException) as error:
        text = str(error).splitlines()[0]
        raise ConfigurationError(
            f"command line: overrides={overrides}: {text}. "
            "Hint: write key=value with a key of workflow/config, e.g. study.precursors.run.training.batch=64."
        ) from error
    changed = cast(dict, OmegaConf.to_container(node, resolve=True))
    for top, block in changed.items():
        both = isinstance(block, dict) and isinstance(config.get(top), dict)
        config[top] = config[top] | block if both else block
    return config


def _blocks(config: dict, keys: list[str]) -> dict:
    """What stands at these keys and around them, to the second level: `{study: {transfer: ...}}`."""
    found: dict = {}
    for key in keys:
        top, *below = re.split(r"[.\[]", key)
        block = config.get(top)
        if below and isinstance(block, dict):
            kept = found.setdefault(top, {})
            kept |= {below[0]: block[below[0]]} if below[0] in block else {}
        elif top in config:
            found[top] = block
    return found


def _check_key(node: Any, config: Any, key: str) -> None:
    """Refuse a key that `node` does not have, and name the nearest one of `config`, which has all blocks."""
    from omegaconf import DictConfig

    parts = key.split(".")
    for depth, part in enumerate(parts):
        if not isinstance(node, DictConfig):
            return
        if part not in node:
            place = ".".join(parts[:depth]) or "workflow/config"
            raise ConfigurationError(
                f"command line: override {key}: {place} has no key {part!r}. "
                f"Hint: {nearest(part, [str(name) for name in config])} (+key=value adds one)"
            )
        node = node[part]
        config = config.get(part, {}) if isinstance(config, dict) else {}
