"""The numbers of the prose: what each looks up is there, at some scale."""

import functools
import importlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from retort.configuration.composition import Known
from retort.configuration.errors import ConfigurationError, check_choice

_LEVEL = ("low", "high")
# The interval that a column of these tables is printed with.
ENDS: dict[str, dict[str, tuple[str, str]]] = {
    "summary": {"mean": _LEVEL},
    "contrasts": {"difference": _LEVEL, "gain": ("gain_low", "gain_high")},
    "gains": {"gain": _LEVEL, "multiplier": ("multiplier_low", "multiplier_high")},
}
# The columns of data/results/<study>/ that a number may print.
COLUMNS = {
    "summary": (
        *("n", "draws", "n_items", "mean", "low", "high", "se", "df", "sd", "trimean", "q1", "q3", "iqr"),
    ),
    "contrasts": (
        *("n", "n_items", "difference", "low", "high", "se", "df", "p", "p_holm"),
        *("gain", "gain_low", "gain_high", "gain_se", "gain_df", "against_mean", "relative"),
    ),
    "gains": (
        *("labels", "n", "draws", "n_items", "gain", "low", "high", "se", "df", "p", "p_holm"),
        *("multiplier", "multiplier_low", "multiplier_high", "multiplier_note"),
    ),
}
ARMS = ("fair", "published", "ceiling", "simple")


def source(number: Mapping) -> tuple[str, str]:
    """The table that a number is looked up in (a details table by its own name), and the column that it prints."""
    if "details" in number:
        return number["details"], number.get("column", "difference" if "against" in number else "value")
    if "loan" in number:
        return "gains", number.get("column", "gain")
    if "against" in number:
        return "contrasts", number.get("column", "gain" if number.get("gain") else "difference")
    return "summary", number.get("column", "mean")


def ends(number: Mapping, columns: Collection[str] = ()) -> tuple[str, str] | None:
    """The columns of the interval that a number is printed with; `columns` are those of its details table."""
    table, column = source(number)
    if "details" in number:
        return _LEVEL if set(_LEVEL) <= set(columns) else None
    return ENDS[table].get(column)


def check_numbers(config: dict, name: str, known: Known, folder: Path, macros: dict[str, str]) -> None:
    """Check the numbers of one study.

    Args:
        config: the resolved configuration.
        known: what the study names at all scales.
        folder: `workflow/config`, for messages.
        macros: the macros of the studies so far and which number makes each; those of this one are added.
    """
    _Numbers(config, name, known, folder).check(macros)


def check_declared(key: str, pair: tuple[str, str], known: Known, study: str, file: Path) -> None:
    """Refuse a pair that is not compared: it would be looked up in vain."""
    if pair not in known.pairs:
        partners = sorted(against for variant, against in known.pairs if variant == pair[0] and against)
        raise ConfigurationError(
            f"{file}: {key}={pair[1]!r}, but {pair[0]!r} is compared with {', '.join(partners) or 'nothing'} only. "
            f"Hint: list the pair under study.{study}.contrasts."
        )


class _Numbers:
    """Checks of the numbers of one study."""

    def __init__(self, config: dict, name: str, known: Known, folder: Path) -> None:
        self.config, self.known, self.study = config, known, config["study"][name]
        self.name, self.key = name, f"study.{name}"
        self.file = folder / "numbers" / f"{name}.yaml"

    def check(self, macros: dict[str, str]) -> None:
        """All numbers of the study; `macros` are those so far, and which number makes them."""
        tables = _details(self.name)
        for name, number in self.study["numbers"].items():
            if not re.fullmatch("[A-Za-z]+", name):
                raise ConfigurationError(
                    f"{self.file}: {self.key}.numbers has the name {name!r}, but a TeX name has letters only. "
                    "Hint: write digits as words."
                )
            self.number(name, number, tables)
            for macro in self.macros(name, number, tables):
                if macro in macros:
                    raise ConfigurationError(
                        f"{self.file}: {self.key}.numbers.{name} makes the macro {macro!r}, "
                        f"which {macros[macro]} makes, too. Hint: call one of them otherwise."
                    )
                macros[macro] = f"{self.key}.numbers.{name}"

    def macros(self, name: str, number: dict, tables: dict[str, dict]) -> list[str]:
        """What the prose may print of a number: with an interval its ends and its sign as well."""
        interval = ends(number, tables.get(number.get("details", ""), ()))
        return [f"{name}{end}" for end in ("", *(("Low", "High", "Sign") if interval else ()))]

    def beside(self, number: dict, columns: Collection[str] | None) -> list[set[str]]:
        """The variants of each place where a number may stand, at each scale.

        Of a details table, with `columns`, as far as the table says where.
        """
        keys = [key for key in ("dataset", "split") if columns is None or key in columns]
        found = []
        for places, blocks in self.at_scales:
            if "place" in number and number["place"] not in places:
                continue
            at = places[number["place"]] if "place" in number else next(iter(blocks))
            wanted = {"dataset": at[0], "split": at[1]} | number
            for (dataset, split), variants in blocks.items():
                have = {"dataset": dataset, "split": split}
                if all(have[key] == wanted[key] for key in keys):
                    found.append(variants)
        return found

    @functools.cached_property
    def at_scales(self) -> list[tuple[dict[str, tuple[str, str]], dict[tuple[str, str], set[str]]]]:
        """Of each scale the places by name, and the variants of each place."""
        found = []
        for _, study in self.known.everywhere(self.key, self.study):
            places: dict[str, tuple[str, str]] = {}
            variants: dict[tuple[str, str], set[str]] = {}
            for block in study["grid"]:
                split = (self.config["dataset"].get(block["dataset"], {}).get("splits") or {}).get(
                    block["split"], {}
                )
                at = block["dataset"], split.get("family", block["split"])
                variants.setdefault(at, set()).update(block["variants"])
                if "name" in block:
                    places[block["name"]] = at
            found.append((places, variants))
        return found

    def number(self, name: str, number: dict, tables: dict[str, dict]) -> None:
        def choose(key: str, value: object, allowed: Collection[str], kind: str = "") -> None:
            check_choice(f"{self.key}.numbers.{name}.{key}", value, allowed, self.file, kind)

        checks = {
            "variant": (self.known.variants, "variants"),
            "against": (self.known.variants, "variants"),
            "place": (self.known.places, "places, at any scale"),
            "dataset": (self.config["dataset"], "data sets"),
            "split": (
                {split for _, split in self.known.grid},
                "families of splits of the grid, at any scale",
            ),
            "metric": (self.known.metrics, "metrics"),
            "loan": (self.known.loans, "loans"),
            "arm": (ARMS, "arms"),
        }
        for key, (allowed, kind) in checks.items():
            if key in number:
                choose(key, number[key], allowed, kind)
        splits = [
            split
            for dataset in {dataset for dataset, _ in self.known.grid}
            for split in (self.config["dataset"][dataset].get("splits") or {}).values()
        ]
        checks["protocol"] = ({split["protocol"] for split in splits}, "protocols")
        for key in checks.keys() & (number.get("row") or {}).keys():
            choose(f"row.{key}", number["row"][key], *checks[key])
        for key in {"dataset", "split"} & set(number) if "place" in number else ():
            raise ConfigurationError(
                f"{self.file}: {self.key}.numbers.{name}.{key}={number[key]!r}, but place={number['place']!r} "
                "says it, too. Hint: take one of them out."
            )
        if "against" in number:
            pair = number.get("variant", self.study["primary"]["variant"]), number["against"]
            check_declared(f"{self.key}.numbers.{name}.against", pair, self.known, self.name, self.file)
        for key in ("relative", "gain"):
            if number.get(key) and "against" not in number:
                raise ConfigurationError(
                    f"{self.file}: {self.key}.numbers.{name}.{key}=True, but the number is no difference. "
                    "Hint: name the variant to compare with, `against`."
                )
        for key in {"arm", "robust"} & set(number) if "loan" not in number else ():
            raise ConfigurationError(
                f"{self.file}: {self.key}.numbers.{name}.{key}={number[key]!r}, but the number is of no loan. "
                "Hint: name one, `loan`."
            )
        if "margin" in number and ends(number, tables.get(number.get("details", ""), ())) is None:
            raise ConfigurationError(
                f"{self.file}: {self.key}.numbers.{name}.margin={number['margin']!r}, but the number has no interval "
                "that could lie beyond it. Hint: take it out, or name another column."
            )
        if "details" not in number:
            if "row" in number:
                choose("row", "row", (), "without `details`")
            table, column = source(number)
            choose("column", column, COLUMNS[table], f"columns of {table}")
        else:
            choose("details", number["details"], tables, f"details of {self.name}")
            columns = tables[number["details"]]
            _, column = source(number)
            choose("column", column, columns, f"columns of details {number['details']}")
            for key in number.get("row", {}):
                choose("row", key, columns, f"columns of details {number['details']}")
        self.stands_somewhere(name, number, tables[number["details"]] if "details" in number else None)

    def stands_somewhere(self, name: str, number: dict, columns: Collection[str] | None) -> None:
        """Refuse a number of what no scale runs where it stands; `columns` are those of its details table."""

        def choose(key: str, value: object, allowed: Collection[str]) -> None:
            kind = "variants there, at any scale"
            check_choice(f"{self.key}.numbers.{name}.{key}", value, allowed, self.file, kind)

        if "loan" in number:  # whose parts may be played by another variant at each place
            return
        there = self.beside(number, columns)
        variant = number.get("variant", self.study["primary"]["variant"])
        if columns is None or "variant" in columns:
            choose("variant", variant, set().union(*there))
            if "against" in number and (columns is None or "reference" in columns):
                others = set().union(*(each for each in there if variant in each))
                choose("against", number["against"], others)


def _details(study: str) -> dict[str, dict]:
    """The details tables of a study and their columns."""
    return importlib.import_module(f"retort.studies.{study}.tables").DETAILS
