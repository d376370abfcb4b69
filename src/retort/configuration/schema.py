"""JSON schemas: which keys there are, of which types, and in words what is wrong."""

import copy
import difflib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema

from retort.configuration.errors import ConfigurationError, nearest
from retort.configuration.expand import merge
from retort.configuration.strict import read_schema
from retort.configuration.views import spelt_out, ways

if TYPE_CHECKING:  # which itself checks short forms here
    from retort.configuration.composition import Known


def validate(
    config: dict,
    known: Mapping[str, "Known"],
    folder: Path,
    schemas: Path,
    overrides: list[str],
    studies: Path,
) -> None:
    """Hold a resolved configuration against its schemas, and every variant's settings against its study's.

    Every scale of a study is held against them, this one as it is resolved, with what was overridden.

    Raises ConfigurationError, naming file and key, for the first thing that does not fit.
    """

    def check(value: object, file: Path, key: str, source: Path) -> None:
        _check(value, read_schema(file), key, source, overrides)

    check(config, schemas / "config.schema.yaml", "", folder / "config.yaml")
    for name, dataset in config["dataset"].items():
        file = folder / "dataset" / f"{name}.yaml"
        check(dataset, schemas / "dataset.schema.yaml", f"dataset.{name}", file)
        validate_settings(dataset, f"dataset.{name}.settings", file, schemas, overrides)
        if "splits" in dataset:
            check(dataset["splits"], schemas / "splits.schema.yaml", f"dataset.{name}.splits", file)
    for claim in config["claims"]:
        check(claim, schemas / "claim.schema.yaml", claim["id"], folder / "claims" / claim["file"])
    for name, study in config["study"].items():
        file, key = folder / "study" / f"{name}.yaml", f"study.{name}"
        for number, block in study["numbers"].items():
            where = folder / "numbers" / f"{name}.yaml"
            check(block, schemas / "number.schema.yaml", f"{key}.numbers.{number}", where)
        settings = studies / name / "settings.schema.yaml"
        if not settings.exists():
            raise ConfigurationError(f"{file}: {key} has no settings schema. Hint: write {settings}.")
        for at, each in known[name].everywhere(key, study):
            check(each, schemas / "study.schema.yaml", at, file)
            # The base is checked apart from the variants, so that an error names the block that it stands in.
            check(each["run"], settings, f"{at}.run", file)
            for view, written in each.get("read_by", {}).items():
                for own in (one for way in ways(written) for one in spelt_out(way, each["run"])):
                    check(own, settings, f"{at}.read_by.{view}", file)
            for variant, block in each["variants"].items():
                own = merge(copy.deepcopy(each["run"]), block.get("settings") or {})
                check(own, settings, f"{at}.variants.{variant}.settings", file)


# Of a grid as written; the rest is checked once it is written out.
_GRID = {"type": "array", "items": {"type": "object", "required": ["dataset", "split", "variants"]}}


def validate_short_forms(
    written: Mapping, scales: Iterable[str], key: str, file: Path, schemas: Path
) -> None:
    """Check what the writing out of a study stands on and what is gone after it, such as `derived` and `once`."""
    forms = read_schema(schemas / "study.schema.yaml")
    for name in ("title", "grid", "variants", "baseline"):
        if name not in written:
            about = forms["properties"][name]["description"] + "."
            unknown = [other for other in written if other not in forms["properties"]]
            close = difflib.get_close_matches(name, unknown, n=1)
            hint = f"did you mean that by {close[0]!r}?" if close else about
            raise ConfigurationError(f"{file}: {key} has no {name!r}. Hint: {hint}")
    blocks = [(key, written)]
    blocks += [(f"{key}.scales.{scale}", (written.get("scales") or {}).get(scale) or {}) for scale in scales]
    for where, block in blocks:
        if "grid" in block:
            _check(block["grid"], _GRID, f"{where}.grid", file, [])
        for name, form in forms["$defs"]["short"]["properties"].items():
            if name in block:
                # A scale may say of a derived block only what differs.
                form = form if block is written else _partial(form)
                _check(block[name], form, f"{where}.{name}", file, [])


def _partial(form: dict) -> dict:
    """A schema without its required keys, for a block that is merged over another."""
    return {
        key: _partial(value) if isinstance(value, dict) else value
        for key, value in form.items()
        if key != "required"
    }


def validate_split_families(written: object, key: str, file: Path, schemas: Path) -> None:
    """Check the splits of a data set as written, with `shares` and `draws`."""
    _check(written, read_schema(schemas / "splits.schema.yaml"), key, file, [])


def validate_settings(
    dataset: dict, key: str, file: Path, schemas: Path, overrides: list[str] | None = None
) -> None:
    """Check what a reader of data of one's own is given; the others have no such schema."""
    form = schemas / "reader" / f"{dataset.get('reader')}.schema.yaml"
    if form.exists():
        _check(dataset.get("settings", {}), read_schema(form), key, file, overrides or [])


# What was found to fit which schema, as a checksum; with the schema, so that its `id` stays its own.
_fitting: dict[tuple[int, bytes], Mapping] = {}


def _check(value: object, form: Mapping, key: str, file: Path, overrides: list[str]) -> None:
    # Most blocks are equal to one at another scale, of another variant or of an earlier call.
    this = id(form), hashlib.sha256(repr(value).encode()).digest()
    if this in _fitting:
        return
    validator = jsonschema.Draft202012Validator(form)
    for error in sorted(validator.iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path]):
        raise ConfigurationError(_explain(error, key, file, overrides))
    _fitting[this] = form


def _explain(error: jsonschema.ValidationError, prefix: str, file: Path, overrides: list[str]) -> str:
    path = ".".join([prefix, *(str(part) for part in error.absolute_path)]).strip(".")
    where = "command line" if any(path and o.lstrip("+").startswith(f"{path}=") for o in overrides) else file
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))
        place = path or "the top level"
        return (
            f"{where}: unknown key {', '.join(unknown)} in {place}: {nearest(unknown[0], known)} "
            f"Hint: known keys are {', '.join(known)}."
        )
    expected = {
        "enum": lambda v: f"one of {v}",
        "minimum": lambda v: f"at least {v}",
        "exclusiveMinimum": lambda v: f"more than {v}",
        "maximum": lambda v: f"at most {v}",
        "exclusiveMaximum": lambda v: f"less than {v}",
        "type": lambda v: f"a value of type {v}",
        "required": lambda v: f"all of the keys {', '.join(v)}",
        "pattern": lambda v: f"text that fits {v}",
    }.get(error.validator, lambda v: f"{error.validator} {v}")(error.validator_value)
    hint = (error.schema.get("description") or "see workflow/schemas").rstrip(".")
    ways = [way.get("required", []) for way in error.validator_value] if error.validator == "oneOf" else []
    if ways and all(ways):  # which keys belong together, not what they hold
        together = " or ".join(", ".join(way) for way in ways)
        return f"{where}: {path} has {', '.join(error.instance) or 'no key'}, expected either {together}. Hint: {hint}."
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        named = {*error.validator_value, *error.schema.get("properties", {})}
        others = [key for key in error.instance if key not in named]
        close = difflib.get_close_matches(missing[0], others, n=1)
        about = error.schema.get("properties", {}).get(missing[0], {}).get("description", hint).rstrip(".")
        hint = f"did you mean that by {close[0]!r}?" if close else f"{missing[0]}: {about}."
        # The whole block would hide what it lacks.
        return f"{where}: {path} has no {missing[0]}, expected {expected}. Hint: {hint}"
    shown = repr(error.instance)
    shown = shown if len(shown) < 80 else shown[:77] + "..."
    return f"{where}: {path}={shown}, expected {expected}. Hint: {hint}."
