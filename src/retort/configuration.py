"""The resolved configuration: Hydra composes it, JSON schemas check it, before any job runs."""

import copy
import functools
import hashlib
import json
from pathlib import Path

import jsonschema
import yaml

from retort.files import write_whole

STUDIES = Path(__file__).parent / "studies"
VIEWS = Path(__file__).parent / "datasets/views"
PROGRAMS = Path(__file__).parent.parent / "scripts"


class ConfigurationError(ValueError):
    """The configuration cannot be used: the message names file, key, value, expectation and a hint."""


def load(folder: Path, scale: str = "smoke", overrides: list[str] = (), schemas: Path | None = None) -> dict:
    """Compose `config.yaml`, one scale, every study and every data set of `folder`.

    Args:
        folder: `workflow/config`.
        scale: the name of a file in `folder/scale`.
        overrides: `key=value` in Hydra's grammar, e.g. `study.precursors.run.training.batch=64`; applied last.
        schemas: JSON schemas `config`, `study` and `dataset`; by default beside `folder`.

    Returns:
        Plain dicts: the keys of `config.yaml`, and `study` and `dataset` by name. Each study's `scales` block has
        been merged over its base and is gone; shared splits and the checksums of local files have been filled in; a
        data set that joins a study has its block in the study's grid.

    Raises:
        ConfigurationError: a misspelt scale, an unknown key, a wrong type, an impossible value, a dangling name.
    """
    folder = folder.resolve()
    config = _compose(folder, scale, overrides, schemas or folder.parent / "schemas")
    _describe_local_files(config, folder)
    return config


def load_once(folder: Path, scale: str, overrides: list[str], cache: Path) -> dict:
    """What `load` returns, from `cache` when nothing that it depends on has changed.

    Every job of Snakemake reads the configuration again; composing and checking it takes seconds, reading it none.
    """
    folder = folder.resolve()
    files = [
        path
        for path in (*folder.parent.glob("config/**/*"), *folder.parent.glob("schemas/*"))
        if path.is_file()
    ]
    files += [Path(__file__), *STUDIES.glob("*/settings.schema.yaml")]
    names = [path.name for where in (VIEWS, PROGRAMS) for path in sorted(where.glob("*.py"))]
    digest = hashlib.sha256(json.dumps([str(folder), scale, list(overrides), names]).encode())
    for path in sorted(files):
        digest.update(f"{path} {path.stat().st_size}\n".encode() + path.read_bytes())
    known = cache / f"{digest.hexdigest()}.json"
    if known.exists():
        config = json.loads(known.read_text())
    else:
        config = _compose(folder, scale, overrides, folder.parent / "schemas")
        write_whole(known, json.dumps(config))
    # Not kept: a user's own files change on their own.
    _describe_local_files(config, folder)
    return config


def _compose(folder: Path, scale: str, overrides: list[str], schemas: Path) -> dict:
    # Not at the top: the configuration is composed once, and imported by every job.
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    _check_choice("scale", scale, _names(folder / "scale"), folder / "scale")
    groups = [f"scale={scale}"]
    for group in ("study", "dataset"):
        groups += [f"+{group}@{group}.{name}={name}" for name in _names(folder / group)]
    try:
        with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
            composed = compose("config", overrides=groups)
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        raise ConfigurationError(f"{folder}: {error}") from error
    config = OmegaConf.to_container(composed, resolve=True)
    _share_splits(config, folder)
    for name, study in config.get("study", {}).items():
        scales = study.pop("scales", None) or {}
        for own in scales:
            file = folder / "study" / f"{name}.yaml"
            _check_choice(f"study.{name}.scales", own, _names(folder / "scale"), file)
        merge(study, scales.get(scale) or {})
        study["grid"] = expand(study["grid"])
    config = _override(config, overrides)
    _join(config, folder)
    _validate(config, folder, schemas, overrides)
    # Not a setting: whoever trains on one generated data set gets the stamp.
    used = {block["dataset"] for study in config["study"].values() for block in study["grid"]}
    config["generated"] = any("generator" in config["dataset"][name] for name in used)
    return config


def merge(base: dict, over: dict) -> dict:
    """Deep-merge `over` into `base`, in place: blocks merge, lists and values are replaced."""
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = copy.deepcopy(value)
    return base


def _share_splits(config: dict, folder: Path) -> None:
    """Put the splits of `folder/splits/<name>.yaml` where a data set names them instead of writing its own."""
    for name, dataset in config.get("dataset", {}).items():
        shared = dataset.get("splits")
        if isinstance(shared, str):
            file = folder / "dataset" / f"{name}.yaml"
            _check_choice(f"dataset.{name}.splits", shared, _names(folder / "splits"), file)
            dataset["splits"] = yaml.safe_load((folder / "splits" / f"{shared}.yaml").read_text())


def _join(config: dict, folder: Path) -> None:
    """Give each data set that joins a study a block of its grid, made of the study's `guests`."""
    for name, dataset in config["dataset"].items():
        if "join" not in dataset:
            continue
        file = folder / "dataset" / f"{name}.yaml"
        open_to_guests = [study for study, block in config["study"].items() if "guests" in block]
        _check_choice(f"dataset.{name}.join", dataset["join"], sorted(open_to_guests), file)
        study = config["study"][dataset["join"]]
        study["grid"].append(
            {"name": name, "title": dataset.get("title", name), "dataset": name, **study["guests"]}
        )


def _describe_local_files(config: dict, folder: Path) -> None:
    """Checksum and size of files that lie on this machine: a change of one reruns what stands on it."""
    for name, dataset in config["dataset"].items():
        for file in dataset.get("files", []):
            if "local" not in file:
                continue
            path = (folder.parent.parent / Path(file["local"]).expanduser()).resolve()
            if not path.is_file():
                raise ConfigurationError(
                    f"{folder / 'dataset' / name}.yaml: dataset.{name}.files: local={file['local']!r} is no file "
                    f"({path}). Hint: give its path from the project's folder, or in full."
                )
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            file.update(local=str(path), sha256=digest, bytes=path.stat().st_size)


def expand(grid: list[dict]) -> list[dict]:
    """One block for each data set and split where a block of a grid lists several.

    Such blocks are called `<name>` or, when several splits are listed, `<name>-<split>`; `<name>` is the block's own
    or the data set's.
    """
    blocks = []
    for block in grid:
        datasets, splits = block["dataset"], block["split"]
        if isinstance(datasets, str) and isinstance(splits, str):
            blocks.append(block)
            continue
        for dataset in [datasets] if isinstance(datasets, str) else datasets:
            for split in [splits] if isinstance(splits, str) else splits:
                name = block.get("name", dataset)
                name = name if isinstance(splits, str) else f"{name}-{split}"
                blocks.append({**block, "dataset": dataset, "split": split, "name": name})
    return blocks


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def _override(config: dict, overrides: list[str]) -> dict:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    node = OmegaConf.create(config)
    OmegaConf.set_struct(node, True)
    try:
        parsed = OverridesParser.create().parse_overrides(list(overrides))
        for override in parsed:
            if override.key_or_group == "scale":
                raise ConfigurationError(
                    "command line: overrides cannot set the scale. Hint: SCALE=..., or --config scale=..."
                )
            # A leading + adds a key that the files do not have, as in Hydra; without it, a typo is an error.
            if override.is_add():
                OmegaConf.set_struct(node, False)
            OmegaConf.update(node, override.key_or_group, override.value(), force_add=override.is_add())
            OmegaConf.set_struct(node, True)
    except (HydraException, OmegaConfBaseException) as error:
        text = str(error).splitlines()[0]
        raise ConfigurationError(
            f"command line: overrides={list(overrides)}: {text}. "
            "Hint: write key=value with a key of workflow/config, e.g. study.precursors.run.training.batch=64."
        ) from error
    return OmegaConf.to_container(node, resolve=True)


def _validate(config: dict, folder: Path, schemas: Path, overrides: list[str]) -> None:
    read = functools.cache(lambda path: yaml.safe_load(path.read_text()))  # each serves many blocks

    def check(value: object, schema: Path, key: str, file: Path) -> None:
        validator = jsonschema.Draft202012Validator(read(schema))
        for error in sorted(validator.iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path]):
            raise ConfigurationError(_explain(error, key, file, overrides))

    check(config, schemas / "config.schema.yaml", "", folder / "config.yaml")
    for name, dataset in config["dataset"].items():
        check(
            dataset, schemas / "dataset.schema.yaml", f"dataset.{name}", folder / "dataset" / f"{name}.yaml"
        )
    for name, study in config["study"].items():
        file, key = folder / "study" / f"{name}.yaml", f"study.{name}"
        check(study, schemas / "study.schema.yaml", key, file)
        _check_names(config, name, file)
        schema = STUDIES / name / "settings.schema.yaml"
        if not schema.exists():
            raise ConfigurationError(f"{file}: {key} has no settings schema. Hint: write {schema}.")
        # The base is checked apart from the variants, so that an error names the block that it stands in.
        check(study["run"], schema, f"{key}.run", file)
        for variant, block in study["variants"].items():
            own = block.get("settings") or {}
            check(merge(copy.deepcopy(study["run"]), own), schema, f"{key}.variants.{variant}.settings", file)


def _check_names(config: dict, name: str, file: Path) -> None:
    study, key = config["study"][name], f"study.{name}"
    variants = sorted(study["variants"])
    places = sorted(block["name"] for block in study["grid"] if "name" in block)
    for index, block in enumerate(study["grid"]):
        _check_choice(f"{key}.grid[{index}].dataset", block["dataset"], sorted(config["dataset"]), file)
        splits = sorted(config["dataset"][block["dataset"]].get("splits", {}))
        _check_choice(f"{key}.grid[{index}].split", block["split"], splits, file)
        for variant in block["variants"]:
            _check_choice(f"{key}.grid[{index}].variants", variant, variants, file)
        for role, place in block.get("places", {}).items():
            _check_choice(f"{key}.grid[{index}].places.{role}", place, places, file)
        for variant in block["variants"]:
            for role, used in (study["variants"][variant].get("uses") or {}).items():
                if isinstance(used, dict) and "at" in used:
                    where = f"{key}.variants.{variant}.uses.{role}.at (in grid[{index}])"
                    _check_choice(where, used["at"], sorted(block.get("places", {})), file)
    for variant, block in study["variants"].items():
        for role, used in (block.get("uses") or {}).items():
            used = {"variant": used} if isinstance(used, str) else used
            where = f"{key}.variants.{variant}.uses.{role}"
            others = [name for name in variants if name != variant]  # none stands on itself
            _check_choice(where, used["variant"], others, file)
            if "dataset" in used:
                _check_choice(f"{where}.dataset", used["dataset"], sorted(config["dataset"]), file)
    _check_choice(f"{key}.baseline", study["baseline"], variants, file)
    _check_choice(f"{key}.primary.variant", study["primary"]["variant"], variants, file)
    for name, number in (study["numbers"] or {}).items():
        for role in ("variant", "against"):
            if role in number:
                _check_choice(f"{key}.numbers.{name}.{role}", number[role], variants, file)
    for view in study["views"]:
        dataset, _, module = view.rpartition("/")
        if dataset:
            _check_choice(f"{key}.views", dataset, sorted(config["dataset"]), file)
        _check_choice(f"{key}.views", module, sorted(path.stem for path in VIEWS.glob("[a-z]*.py")), file)
    programs = sorted(path.stem for path in PROGRAMS.glob("*.py"))
    for kind in ("figures", "tables"):
        for name in study[kind]:
            _check_choice(f"{key}.{kind}", name, programs, file)


def _check_choice(key: str, value: str, allowed: list[str], file: Path) -> None:
    if value not in allowed:
        raise ConfigurationError(
            f"{file}: {key}={value!r}, expected one of {', '.join(allowed)}. Hint: check the spelling."
        )


def _explain(error: jsonschema.ValidationError, prefix: str, file: Path, overrides: list[str]) -> str:
    path = ".".join([prefix, *(str(part) for part in error.absolute_path)]).strip(".")
    where = "command line" if any(path and o.lstrip("+").startswith(f"{path}=") for o in overrides) else file
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))
        place = path or "the top level"
        return (
            f"{where}: unknown key {', '.join(unknown)} in {place}. Hint: known keys are {', '.join(known)}."
        )
    expected = {
        "enum": lambda v: f"one of {v}",
        "minimum": lambda v: f"at least {v}",
        "exclusiveMinimum": lambda v: f"more than {v}",
        "maximum": lambda v: f"at most {v}",
        "exclusiveMaximum": lambda v: f"less than {v}",
        "type": lambda v: f"a value of type {v}",
        "required": lambda v: f"all of the keys {', '.join(v)}",
    }.get(error.validator, lambda v: f"{error.validator} {v}")(error.validator_value)
    hint = (error.schema.get("description") or "see workflow/schemas").rstrip(".")
    shown = repr(error.instance)
    shown = shown if len(shown) < 80 else shown[:77] + "..."
    return f"{where}: {path}={shown}, expected {expected}. Hint: {hint}."
