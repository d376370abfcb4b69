"""Every name that a configuration uses exists: at this scale for what runs, at some scale for what reports.

What a number, a claim or a published value names and this scale does not run is legal and comes out as "not run at this
scale"; what no scale runs is misspelt.
"""

import functools
import importlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from retort.configuration.composition import Known
from retort.configuration.errors import ConfigurationError, check_choice
from retort.configuration.programs import declared_roles, modules_with, programs_of
from retort.configuration.published import MARKS, PERCENT, read_quantities

COLOURS = ("black", "orange", "sky", "green", "yellow", "blue", "vermillion", "purple", "grey", "pale")
# The intervals that such a column is printed with.
INTERVALS = {
    "trimean": ("seeds", "items", "both"),
    "difference": ("seeds",),
    "item_difference": ("items", "both"),
}
GUEST = "guest"  # in the place of a data set that may join
HEX = r"#[0-9a-fA-F]{6}"
TARGET = "target"  # the unit of a metric that is in the unit of what is predicted
# The columns of data/results/<study>/summary.parquet and contrasts.parquet that a number may print.
SUMMARY = (
    *("n", "trimean", "q1", "q3", "iqr", "low", "high", "mean", "sd", "n_items", "item_low", "item_high"),
)
CONTRASTS = (
    *("n", "difference", "low", "high", "p", "p_holm", "relative", "against_trimean"),
    *("n_items", "item_difference", "item_low", "item_high"),
)


def check_names(
    config: dict,
    known: Mapping[str, Known],
    folder: Path,
    datasets: Path,
    programs: Path,
    studies: Path,
    bibliography: Path,
) -> None:
    """Check every name of a resolved configuration.

    Args:
        config: the resolved configuration, which fits its schemas.
        known: what each study names at all scales.
        folder: `workflow/config`, for messages.
        datasets, programs, studies: folders of the modules that may be named.
        bibliography: references.bib; where there is none, citations are not checked.

    Raises:
        ConfigurationError: naming file, key, value and the nearest name.
    """
    cited = _citations(bibliography)
    readers, generators = modules_with("read", datasets), modules_with("generate", datasets)
    for name, dataset in config["dataset"].items():
        _check_dataset(
            dataset, f"dataset.{name}", folder / "dataset" / f"{name}.yaml", cited, readers, generators
        )
    views = modules_with("build", datasets / "views")
    made = {kind: programs_of(kind, programs) for kind in ("figures", "tables")}
    macros: dict[str, str] = {}
    for name, study in config["study"].items():
        train = studies / name / "train.py"
        roles = declared_roles(train)
        for key, each in known[name].everywhere(f"study.{name}", study):
            check = _Study(config, name, known[name], folder, cited, key, each)
            check.variants(train, roles)
            check.grid()
            if "guests" in each:
                check.guests(each["guests"])
            check.metrics()
            check.contrasts()
            check.modules(views, made)
        _Study(config, name, known[name], folder, cited).numbers(macros)
    for study in _listed_numbers(folder):
        check_choice(
            "the name of this file", study, sorted(config["study"]), folder / "numbers" / f"{study}.yaml"
        )
    _check_published(config, known, folder, cited)
    _check_claims(config, known, folder, cited)


class _Study:
    """Checks of one study, as it is resolved or, with `key` and `study`, at some scale; `key` is for messages."""

    def __init__(
        self,
        config: dict,
        name: str,
        known: Known,
        folder: Path,
        cited: Collection[str] | None,
        key: str | None = None,
        study: dict | None = None,
    ) -> None:
        self.config, self.known, self.cited = config, known, cited
        self.study = study or config["study"][name]
        self.name, self.key = name, key or f"study.{name}"
        self.file, self.numbers_file = folder / "study" / f"{name}.yaml", folder / "numbers" / f"{name}.yaml"
        self.here = sorted(self.study["variants"])
        self.named: dict[str, tuple[str, str]] = {}
        self.blocks: dict[tuple[str, str], dict] = {}
        self.followed: set[tuple[tuple[str, str], str]] = set()

    def choose(self, key: str, value: object, allowed: Collection[str], kind: str = "") -> None:
        check_choice(f"{self.key}.{key}", value, allowed, self.file, kind)

    def grid(self) -> None:
        """The blocks of runs of one scale: all that they name must exist at that very scale."""
        places: dict[str, tuple[str, str]] = {}
        blocks = self.study["grid"]
        for index, block in enumerate(blocks):
            where = f"grid[{index}]"
            self.choose(f"{where}.dataset", block["dataset"], sorted(self.config["dataset"]), "data sets")
            splits = sorted(self.config["dataset"][block["dataset"]].get("splits", {}))
            self.choose(f"{where}.split", block["split"], splits, f"splits of {block['dataset']}")
            for variant in block["variants"]:
                self.choose(f"{where}.variants", variant, self.here, "variants")
            at = block["dataset"], block["split"]
            if places.setdefault(block.get("name", ""), at) != at and "name" in block:
                first, second = "/".join(places[block["name"]]), "/".join(at)
                raise ConfigurationError(
                    f"{self.file}: {self.key}.{where}.name={block['name']!r} names {second}, but also {first}. "
                    "Hint: one name for one data set and split."
                )
        self.named = {name: at for name, at in places.items() if name}
        for index, block in enumerate(blocks):
            self.lenders(block, f"grid[{index}]")
        # As `retort.plan` does, which looks at the first block of a place.
        self.blocks = {(block["dataset"], block["split"]): block for block in reversed(blocks)}
        for index, block in enumerate(blocks):
            for variant in block["variants"]:
                self.stands_on((block["dataset"], block["split"]), variant, f"grid[{index}]")

    def lenders(self, block: dict, where: str) -> None:
        """The other places that a block names."""
        for role, place in block.get("places", {}).items():
            self.choose(f"{where}.places.{role}", place, sorted(self.named), "places")

    def stands_on(self, place: tuple[str, str], variant: str, where: str, above: tuple = ()) -> None:
        """Follow the runs that one stands on, from the block `where`, through those that led here."""
        run = (place, variant)
        if run in self.followed:
            return
        if run in above:
            chain = " -> ".join([name for _, name in above[above.index(run) :]] + [variant])
            raise ConfigurationError(
                f"{self.file}: {self.key}.variants.{variant}.uses: {chain} stand on each other in a circle. "
                "Hint: let the first of them use nothing."
            )
        for role, used in (self.study["variants"][variant].get("uses") or {}).items():
            used = {"variant": used} if isinstance(used, str) else used
            key, at = f"variants.{variant}.uses.{role}", place
            if "at" in used:
                block = self.blocks.get(place, {})
                kind = f"roles in `places` of the first block of {'/'.join(place)}"
                self.choose(f"{key}.at (in {where})", used["at"], sorted(block.get("places", {})), kind)
                at = self.named[block["places"][used["at"]]]
            at = used.get("dataset", at[0]), used.get("split", at[1])
            if at[0] != GUEST:
                splits = sorted(self.config["dataset"][at[0]].get("splits") or {})
                self.choose(f"{key}.split (in {where})", at[1], splits, f"splits of {at[0]}")
            self.stands_on(at, used["variant"], where, (*above, run))
        self.followed.add(run)

    def guests(self, block: dict) -> None:
        """The block of a data set that may join: checked whether or not one does."""
        splits = {split for dataset, split in self.known.grid}
        self.choose("guests.split", block["split"], sorted(splits), "splits of the grid")
        for variant in block["variants"]:
            self.choose("guests.variants", variant, self.here, "variants")
        self.lenders(block, "guests")
        self.blocks[GUEST, block["split"]] = block
        for variant in block["variants"]:
            self.stands_on((GUEST, block["split"]), variant, "guests")

    def variants(self, train: Path, roles: Collection[str]) -> None:
        """The facts of each variant; `roles` are those that `train` declares."""
        for variant, block in self.study["variants"].items():
            where = f"variants.{variant}"
            others = [name for name in self.here if name != variant]  # none stands on itself
            for role, used in (block.get("uses") or {}).items():
                self.choose(f"{where}.uses", role, roles, f"ROLES of {train}")
                used = {"variant": used} if isinstance(used, str) else used
                self.choose(f"{where}.uses.{role}", used["variant"], others, "variants")
                if "dataset" in used:
                    datasets = sorted(self.config["dataset"])
                    self.choose(f"{where}.uses.{role}.dataset", used["dataset"], datasets, "data sets")
            if block.get("control"):
                self.choose(f"{where}.control", block["control"], others, "variants")
            colour = block.get("colour")
            if colour and not re.fullmatch(HEX, str(colour)):
                self.choose(f"{where}.colour", colour, COLOURS, "colours, or a #rrggbb")
            _check_citations(f"{self.key}.{where}.citation", block.get("citation", []), self.cited, self.file)
        self.choose("baseline", self.study["baseline"], self.here, "variants")
        self.choose("primary.variant", self.study["primary"]["variant"], self.here, "variants")

    def metrics(self) -> None:
        metrics = sorted(self.study["metrics"])
        for metric in self.study["headline"]:
            self.choose("headline", metric, metrics, "metrics")
        self.choose("primary.metric", self.study["primary"]["metric"], metrics, "metrics")
        for metric in self.study["tolerance"]:
            self.choose("tolerance", metric, ["default", *metrics], "metrics")

    def contrasts(self) -> None:
        for family, pairs in self.study["contrasts"].items():
            for index, pair in enumerate(pairs):
                for side in ("variant", "against"):
                    key = f"contrasts.{family}[{index}].{side}"
                    others = [name for name in self.here if side == "variant" or name != pair["variant"]]
                    self.choose(key, pair[side], others, "variants")
                if (pair["variant"], pair["against"]) in [
                    (p["variant"], p["against"]) for p in pairs[:index]
                ]:
                    raise ConfigurationError(
                        f"{self.file}: {self.key}.contrasts.{family} has {pair['variant']} minus {pair['against']} "
                        "twice. Hint: take one of them out."
                    )

    def modules(self, views: Collection[str], programs: Mapping[str, Collection[str]]) -> None:
        """Views and programs of src/scripts, of the modules that are such."""
        for view in self.study["views"]:
            dataset, _, module = view.rpartition("/")
            if dataset:
                self.choose("views", dataset, sorted(self.config["dataset"]), "data sets")
            self.choose("views", module, views, "modules of retort.datasets.views with build")
        for kind, known in programs.items():
            for name in self.study[kind]:
                self.choose(kind, name, known, f"programs of src/scripts that make {kind}")

    # The numbers of the prose.

    def numbers(self, macros: dict[str, str]) -> None:
        """All numbers of the study; `macros` are those so far, and which number makes them."""
        tables = _details(self.name)
        for name, number in self.study["numbers"].items():
            if not re.fullmatch("[A-Za-z]+", name):
                raise ConfigurationError(
                    f"{self.numbers_file}: {self.key}.numbers has the name {name!r}, but a TeX name has letters only. "
                    "Hint: write digits as words."
                )
            self.number(name, number, tables)
            for macro in self.macros(name, number, tables):
                if macro in macros:
                    raise ConfigurationError(
                        f"{self.numbers_file}: {self.key}.numbers.{name} makes the macro {macro!r}, "
                        f"which {macros[macro]} makes, too. Hint: call one of them otherwise."
                    )
                macros[macro] = f"{self.key}.numbers.{name}"

    def macros(self, name: str, number: dict, tables: dict[str, dict]) -> list[str]:
        """What the prose may print of a number: with an interval its ends and its sign as well."""
        if "details" in number:
            ends = {"low", "high"} <= set(tables[number["details"]])
        else:
            ends = number.get("interval", "seeds") in INTERVALS.get(_column(number), ())
        return [f"{name}{end}" for end in ("", *(("Low", "High", "Sign") if ends else ()))]

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
                at = block["dataset"], block["split"]
                variants.setdefault(at, set()).update(block["variants"])
                if "name" in block:
                    places[block["name"]] = at
            found.append((places, variants))
        return found

    def number(self, name: str, number: dict, tables: dict[str, dict]) -> None:
        def choose(key: str, value: object, allowed: Collection[str], kind: str = "") -> None:
            check_choice(f"{self.key}.numbers.{name}.{key}", value, allowed, self.numbers_file, kind)

        checks = {
            "variant": (self.known.variants, "variants"),
            "against": (self.known.variants, "variants"),
            "place": (self.known.places, "places, at any scale"),
            "dataset": (self.config["dataset"], "data sets"),
            "split": ({split for _, split in self.known.grid}, "splits of the grid, at any scale"),
            "metric": (self.known.metrics, "metrics"),
        }
        for key, (allowed, kind) in checks.items():
            if key in number:
                choose(key, number[key], allowed, kind)
        splits = [
            (self.config["dataset"][dataset].get("splits") or {}).get(split, {})
            for dataset, split in self.known.grid
        ]
        checks["protocol"] = ({split.get("protocol") for split in splits} - {None}, "protocols")
        for key in checks.keys() & (number.get("row") or {}).keys():
            choose(f"row.{key}", number["row"][key], *checks[key])
        for key in {"dataset", "split"} & set(number) if "place" in number else ():
            raise ConfigurationError(
                f"{self.numbers_file}: {self.key}.numbers.{name}.{key}={number[key]!r}, but place={number['place']!r} "
                "says it, too. Hint: take one of them out."
            )
        if "against" in number:
            pair = number.get("variant", self.study["primary"]["variant"]), number["against"]
            self.declared(f"{self.key}.numbers.{name}.against", pair, self.numbers_file)
        if number.get("relative") and "against" not in number:
            raise ConfigurationError(
                f"{self.numbers_file}: {self.key}.numbers.{name}.relative=True, but the number is no difference. "
                "Hint: name the variant to compare with, `against`."
            )
        if "details" not in number:
            if "row" in number:
                choose("row", "row", (), "without `details`")
            if "column" in number:
                choose("column", number["column"], CONTRASTS if "against" in number else SUMMARY, "columns")
            if "interval" in number:
                column = _column(number)
                choose("interval", number["interval"], INTERVALS.get(column, ()), f"intervals of {column}")
        else:
            choose("details", number["details"], tables, f"details of {self.name}")
            columns = tables[number["details"]]
            column = number.get("column", "difference" if "against" in number else "value")
            choose("column", column, columns, f"columns of details {number['details']}")
            for key in number.get("row", {}):
                choose("row", key, columns, f"columns of details {number['details']}")
            if "interval" in number:
                choose(
                    "interval", number["interval"], (), "with `details`, whose own low and high are printed"
                )
        self.stands_somewhere(name, number, tables[number["details"]] if "details" in number else None)

    def stands_somewhere(self, name: str, number: dict, columns: Collection[str] | None) -> None:
        """Refuse a number of what no scale runs where it stands; `columns` are those of its details table."""

        def choose(key: str, value: object, allowed: Collection[str]) -> None:
            kind = "variants there, at any scale"
            check_choice(f"{self.key}.numbers.{name}.{key}", value, allowed, self.numbers_file, kind)

        there = self.beside(number, columns)
        variant = number.get("variant", self.study["primary"]["variant"])
        if columns is None or "variant" in columns:
            choose("variant", variant, set().union(*there))
            if "against" in number and (columns is None or "reference" in columns):
                others = set().union(*(each for each in there if variant in each))
                choose("against", number["against"], others)

    def declared(self, key: str, pair: tuple[str, str], file: Path) -> None:
        """Refuse a pair that is not compared: it would be looked up in vain."""
        if pair not in self.known.pairs:
            partners = sorted(
                against for variant, against in self.known.pairs if variant == pair[0] and against
            )
            raise ConfigurationError(
                f"{file}: {key}={pair[1]!r}, but {pair[0]!r} is compared with {', '.join(partners) or 'nothing'} only. "
                f"Hint: list the pair under {self.key}.contrasts."
            )


def _column(number: Mapping) -> str:
    """The column of the summary or the contrasts that a number prints, as `retort.report.numbers` takes it."""
    difference = "difference" if number.get("interval", "seeds") == "seeds" else "item_difference"
    return number.get("column", difference if "against" in number else "trimean")


def _details(study: str) -> dict[str, dict]:
    """The details tables of a study and their columns."""
    return importlib.import_module(f"retort.studies.{study}.tables").DETAILS


def _listed_numbers(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "numbers").glob("*.yaml"))


def _citations(bibliography: Path) -> set[str] | None:
    if not bibliography.exists():
        return None
    return set(re.findall(r"(?m)^@\w+\{([^,\s]+),", bibliography.read_text()))


def _check_citations(key: str, names: Collection[str], cited: Collection[str] | None, file: Path) -> None:
    if cited is None:
        return
    for name in names:
        check_choice(key, name, cited, file, "entries of references.bib")


def _check_dataset(
    dataset: dict,
    key: str,
    file: Path,
    cited: Collection[str] | None,
    readers: Collection[str],
    generators: Collection[str],
) -> None:
    kind = "modules of retort.datasets with"
    check_choice(f"{key}.reader", dataset["reader"], readers, file, f"{kind} read")
    if "generator" in dataset:
        module = dataset["generator"]["module"]
        check_choice(f"{key}.generator.module", module, generators, file, f"{kind} generate")
    _check_citations(f"{key}.citation", dataset["citation"], cited, file)
    targets = dataset.get("targets")
    for name, split in (dataset.get("splits") or {}).items():
        if targets and "target" in split:
            check_choice(f"{key}.splits.{name}.target", split["target"], targets, file, "targets")


def _check_published(
    config: dict, known: Mapping[str, Known], folder: Path, cited: Collection[str] | None
) -> None:
    for value in config["published"]:
        file, key = folder / "published" / f"{value['citation']}.yaml", value["id"]
        _check_citations("the name of this file", [value["citation"]], cited, file)
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


def _check_claims(
    config: dict, known: Mapping[str, Known], folder: Path, cited: Collection[str] | None
) -> None:
    file = folder / "claims.yaml"
    ids = [claim["id"] for claim in config["claims"]]
    for claim in config["claims"]:
        key = claim["id"]
        if ids.count(key) > 1:
            raise ConfigurationError(
                f"{file}: the id {key!r} stands twice. Hint: call one of them otherwise."
            )
        _check_citations(f"{key}.source", [claim["source"]], cited, file)
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
            of_study = _Study(config, study, about, folder, cited)
            of_study.declared(f"{key}.against", (claim["variant"], claim["against"]), file)
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
