"""From the short forms that are written to the full ones that are run: variants, splits, grids, metrics, contrasts.

Written (see docs/architecture.md): `like`, `derived` and `once` for variants, `shares` and `draws` for splits, lists,
patterns and nested lists in a grid, `also` for metrics, pairs as lists. Nothing of it is left in what is resolved.
"""

import copy
import fnmatch
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from retort.configuration.errors import ConfigurationError, check_choice

# What a variant takes over from the one that it is `like`, unless it says so itself; settings and uses are merged.
TAKEN_OVER = ("role", "citation", "seeds")
# What a derived variant takes over from the one that it is derived of.
INHERITED = ("citation", "colour", "seeds")
# Keys of a derived block that are no facts of a variant.
DERIVATION = ("of", "name", "titles", "keeps")
LABEL = "{label}"  # in a split as written: each of the labels that the data set names
# Keys of a split as written that make a family of it.
_FAMILY = ("shares", "counts", "draws")


def merge(base: dict, over: Mapping) -> dict:
    """Deep-merge `over` into `base`, in place: blocks merge, lists and values are replaced."""
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = copy.deepcopy(value)
    return base


def at_scale(study: Mapping, scale: str) -> dict:
    """A study as written, with its block for one scale merged over its base."""
    base = copy.deepcopy({key: value for key, value in study.items() if key != "scales"})
    return merge(base, (study.get("scales") or {}).get(scale) or {})


def resolve(study: dict, splits: Mapping[str, Mapping[str, str]], key: str, file: Path) -> dict:
    """A study of one scale in full: no short form is left.

    Args:
        study: what `at_scale` gives.
        splits: of each data set its splits and the family of each, which names and patterns in the grid stand for.
        key, file: for messages, e.g. `study.molecules` and its YAML.

    Raises:
        ConfigurationError: an unknown name in a short form, variants that stand on each other in a circle, a pattern
            that stands for nothing.
    """
    for name in flat(study.pop("once", [])):
        study["variants"].setdefault(name, {})["seeds"] = 1
    derived = study.pop("derived", {})
    for label, block in derived.items():
        for part in block.get("keeps", []):
            check_choice(f"{key}.derived.{label}.keeps", part, study.get("run") or {}, file, "keys of `run`")
    study["variants"] = _Variants(study["variants"], derived, key, file).resolved()
    study["metrics"] = _metrics(study.get("metrics") or {})
    study["contrasts"] = {
        family: [_pair(pair) for pair in pairs] for family, pairs in (study.get("contrasts") or {}).items()
    }
    study["loans"] = {name: _loan(block) for name, block in (study.get("loans") or {}).items()}
    study["grid"] = expand(study["grid"], splits)
    if "guests" in study:
        study["guests"]["variants"] = flat(study["guests"]["variants"])
    return study


def check_short_forms(written: Mapping, scales: Iterable[str], key: str, file: Path) -> None:
    """Check the names in `once`, `variants`, `derived` and `metrics`, those of each scale by its own key.

    Any of them may bring a new name; without what a new one needs, it is another's, misspelt.

    Raises:
        ConfigurationError: naming the block, the name and the nearest one.
    """
    blocks = {scale: (written.get("scales") or {}).get(scale) or {} for scale in scales}
    for where, own, full in [
        (key, written, at_scale(written, "")),
        *((f"{key}.scales.{scale}", own, at_scale(written, scale)) for scale, own in blocks.items()),
    ]:
        derived = full.get("derived") or {}
        for group, needed in (("derived", "of"), ("metrics", "label")):
            complete = [name for name, block in (full.get(group) or {}).items() if needed in block]
            for name in own.get(group) or {}:
                check_choice(f"{where}.{group}", name, complete, file, f"those with {needed!r}")
        made = _Variants(full["variants"], derived, where, file).derived
        for label, block in (own.get("derived") or {}).items():
            for base in flat(block.get("of", [])):
                names = [*full["variants"], *made]
                check_choice(f"{where}.derived.{label}.of", base, names, file, "variants")
        titled = [name for name, block in full["variants"].items() if "title" in (block or {})]
        titled += [name for name in made if name not in titled]
        for name in own.get("variants") or {}:
            check_choice(f"{where}.variants", name, titled, file, "variants with a title")
        for name in flat(own.get("once") or []):
            check_choice(f"{where}.once", name, titled, file, "variants")


class _Variants:
    """The variants of a study as written, and how each comes out."""

    def __init__(self, written: dict, derived: Mapping[str, dict], key: str, file: Path):
        self.written, self.blocks, self.key, self.file = written, derived, key, file
        self.derived: dict[str, tuple[str, dict, str]] = {}
        for label, block in derived.items():
            for base in flat(block["of"]):
                self.derived[block.get("name", f"{{of}}-{label}").format(of=base)] = (base, block, label)
        self.names = list(dict.fromkeys([*written, *self.derived]))

    def resolved(self) -> dict[str, dict]:
        full = {name: self.variant(name, ()) for name in self.names}
        for label, block in self.blocks.items():
            for base in block.get("titles", {}):
                check_choice(f"{self.key}.derived.{label}.titles", base, flat(block["of"]), self.file)
        return full

    def variant(self, name: str, above: tuple[str, ...]) -> dict:
        """One variant in full; `above` are those that led here."""
        if name in above:
            chain = " -> ".join([*above, name])
            raise ConfigurationError(
                f"{self.file}: {self.key}.variants: {chain} stand on each other in a circle. "
                "Hint: write one of them out without `like`."
            )
        own = dict(self.written.get(name) or {})
        like = own.pop("like", None)
        if name in self.derived and like:
            raise ConfigurationError(
                f"{self.file}: {self.key}.variants.{name}.like={like!r}, but `derived` makes this variant. "
                "Hint: take one of the two out."
            )
        if name in self.derived:
            base = self._derive(*self.derived[name], (*above, name))
        elif like:
            check_choice(f"{self.key}.variants.{name}.like", like, self.names, self.file, "variants")
            other = self.variant(like, (*above, name))
            base = {fact: other[fact] for fact in (*TAKEN_OVER, "uses", "settings") if fact in other}
        else:
            base = {}
        # `control: null` takes back what is taken over.
        full = {fact: value for fact, value in merge(copy.deepcopy(base), own).items() if value is not None}
        if isinstance(full.get("citation"), str):
            full["citation"] = [full["citation"]]
        return full

    def _derive(self, base: str, block: dict, label: str, above: tuple[str, ...]) -> dict:
        """The variant that a derived block makes of `base`."""
        check_choice(f"{self.key}.derived.{label}.of", base, self.names, self.file, "variants")
        other = self.variant(base, above)
        known = {"of": base, "title": other.get("title", base), "control": other.get("control")}
        facts = {fact: other[fact] for fact in INHERITED if fact in other}
        for fact, value in block.items():
            if fact not in DERIVATION:
                facts[fact] = self._filled(value, known, f"{label}.{fact}")
        if not known["control"] and "{control}" in str(block.get("control", "")):
            del facts["control"]
        if base in block.get("titles", {}):
            facts["title"] = block["titles"][base]
        kept = {
            part: other["settings"][part]
            for part in block.get("keeps", [])
            if part in other.get("settings", {})
        }
        facts["settings"] = merge(copy.deepcopy(kept), facts.get("settings", {}))
        return facts

    def _filled(self, value: object, known: Mapping[str, str | None], where: str) -> object:
        """`value` with `{of}`, `{title}` and `{control}` of the base in each of its strings."""
        if isinstance(value, dict):
            return {key: self._filled(each, known, f"{where}.{key}") for key, each in value.items()}
        if not isinstance(value, str):
            return value
        try:
            return value.format(**known)
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigurationError(
                f"{self.file}: {self.key}.derived.{where}={value!r} has a placeholder that is none. "
                f"Hint: there are {', '.join(f'{{{name}}}' for name in known)}."
            ) from error


def _metrics(written: Mapping[str, dict]) -> dict[str, dict]:
    """Each metric's facts; those of `also` have the facts of the metric that names them.

    Where `x` is computed from the items `q`, its `x_knn` is from `q_knn`.
    """
    full: dict[str, dict] = {}
    for name, block in written.items():
        facts = {"percent": False} | {key: value for key, value in block.items() if key != "also"}
        for each in (name, *block.get("also", [])):
            full[each] = dict(facts)
            if "items" in facts:
                full[each] |= {
                    "items": facts["items"] + each.removeprefix(name),
                    "over_items": facts.get("over_items", "mean"),
                }
    return full


def _pair(written: dict | list) -> dict:
    """`[variant, against]` as a mapping; a mapping as it is."""
    return dict(zip(("variant", "against"), written, strict=False)) if isinstance(written, list) else written


def _loan(written: dict) -> dict:
    """A loan with lists where one name may stand."""
    listed = {
        key: flat(written[key]) for key in ("at", "metric", "robust", "lender", "panel") if key in written
    }
    return written | listed


def flat(value: str | list) -> list[str]:
    """A name as a list of one, a list as it is, lists in lists in one list."""
    if not isinstance(value, list):
        return [value]
    return [each for part in value for each in flat(part)]


def expand(grid: list[dict], splits: Mapping[str, Mapping[str, str]] | None = None) -> list[dict]:
    """One block for each data set and split where a block of a grid lists several.

    A split that is the name of a family stands for all its draws, a pattern with a `*` for all families that fit, in
    their order, and one that fits no family for all splits that fit: `random-[0-4]` are five draws. Such blocks are
    called `<name>` or, when several splits are listed, `<name>-<family>`: all draws of one family bear one name.
    `<name>` is the block's own, the data set's, or of a list of names the one in the place of the data set.

    Args:
        grid: as written.
        splits: of each data set its splits and the family of each.
    """
    blocks = []
    for block in grid:
        datasets, wanted = block["dataset"], block["split"]
        block = {**block, "variants": flat(block["variants"])} if "variants" in block else block
        if isinstance(datasets, str) and isinstance(wanted, str):
            for split in matching([wanted], (splits or {}).get(datasets, {})):
                blocks.append({**block, "split": split})
            continue
        datasets = flat(datasets)
        names = block.get("name", datasets)
        names = names if isinstance(names, list) else [names] * len(datasets)
        for name, dataset in zip(names, datasets, strict=True):
            have = (splits or {}).get(dataset, {})
            for split in matching(flat(wanted), have):
                own = name if isinstance(wanted, str) else f"{name}-{have.get(split, split)}"
                blocks.append({**block, "dataset": dataset, "split": split, "name": own})
    return blocks


def matching(wanted: list[str], have: Mapping[str, str]) -> list[str]:
    """The splits that names of splits, names of families and patterns of families, or else of splits, stand for.

    What fits none stays, to be refused by its name.
    """
    found = []
    for pattern in wanted:
        fitting = [split for split, family in have.items() if fnmatch.fnmatchcase(family, pattern)]
        fitting = fitting or [split for split in have if fnmatch.fnmatchcase(split, pattern)]
        found += [pattern] if pattern in have or not fitting else fitting
    return found


def each_label(written: dict, labels: list[str], key: str, file: Path) -> dict:
    """Splits as written, where one with `{label}` in its name stands for one of each label of the data set.

    In all that such a split says, too, `{label}` is the label's name: the target that is predicted, for one.

    Raises:
        ConfigurationError: the data set names no labels.
    """
    full: dict = {}
    for name, block in written.items():
        if LABEL not in str(name):
            full[name] = block
            continue
        if not labels:
            raise ConfigurationError(
                f"{file}: {key} has a split {name!r}, but the data set names no labels. "
                "Hint: write them under settings.labels of its YAML."
            )
        full |= {name.replace(LABEL, label): _of_label(block, label) for label in labels}
    return full


def _of_label(value: Any, label: str) -> Any:
    if isinstance(value, dict):
        return {key: _of_label(each, label) for key, each in value.items()}
    if isinstance(value, list):
        return [_of_label(each, label) for each in value]
    return value.replace(LABEL, label) if isinstance(value, str) else value


def split_families(written: Mapping[str, dict]) -> dict[str, dict]:
    """The splits of a data set, one for each number of labels and each draw.

    Each names its `protocol`, and its `family`, which all draws of one number of labels share.
    `strict: {shares: [0.05], counts: [100], draws: 2}` gives `strict`, `strict-05-0`, `strict-05-1` (the share in
    percent), `strict-n100-0` and `strict-n100-1` (the number of rows); without `draws`, `strict`, `strict-05` and
    `strict-n100`; without shares and counts, `strict-0` and `strict-1`.
    """
    full = {}
    for protocol, block in written.items():
        base = {key: copy.deepcopy(value) for key, value in block.items() if key not in _FAMILY}
        base.setdefault("protocol", protocol)
        if isinstance(base.get("watch"), list):
            base["watch"] = {column: column for column in base["watch"]}
        draws = range(block["draws"]) if "draws" in block else None
        scarce = {
            f"{protocol}-{round(100 * share):02d}": {"train_fraction": share}
            for share in block.get("shares", [])
        } | {f"{protocol}-n{count}": {"train_count": count} for count in block.get("counts", [])}
        if draws is None or scarce:
            full[protocol] = base | {"family": protocol}
        members = scarce or ({protocol: {}} if draws is not None else {})
        for family, facts in members.items():
            member = base | facts | {"family": family}
            if draws is None:
                full[family] = member
            else:
                full |= {f"{family}-{draw}": member | {"draw": draw} for draw in draws}
    return full


def title_places(study: dict, datasets: Mapping[str, dict]) -> None:
    """Give each block of a grid a title, in place: its own, that of another block at its place, or a derived one.

    Derived is the title of the split's target, with the share of the labels, or that of the data set.
    """
    own: dict[tuple[str, str], str] = {}
    for block in study["grid"]:
        if block.get("title"):
            own.setdefault(_place(block, datasets), block["title"])
    for block in study["grid"]:
        at = _place(block, datasets)
        dataset = datasets.get(block["dataset"], {})
        split = (dataset.get("splits") or {}).get(block["split"], {})
        block["title"] = block.get("title") or own.get(at) or _title(dataset, split) or at[0]


def _place(block: Mapping, datasets: Mapping[str, dict]) -> tuple[str, str]:
    """Data set and family of a block of a grid."""
    split = (datasets.get(block["dataset"], {}).get("splits") or {}).get(block["split"], {})
    return block["dataset"], split.get("family", block["split"])


def _title(dataset: Mapping, split: Mapping) -> str | None:
    target = (dataset.get("targets") or {}).get(split.get("target"), {}).get("title")
    if target is None:
        return dataset.get("title")
    if "train_count" in split:
        return f"{target}, {split['train_count']} labels"
    share = split.get("train_fraction")
    return target if share is None else f"{target}, {100 * share:g} %"
