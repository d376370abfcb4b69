"""Every name that a configuration uses exists: at this scale for what runs, at some scale for what reports.

What a number, a claim or a published value names and this scale does not run is legal and comes out as "not run at this
scale"; what no scale runs is misspelt. Here are studies and data sets; `prose` has numbers, `quotations` the rest.
"""

import fnmatch
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from retort.configuration.composition import Known, names
from retort.configuration.errors import ConfigurationError, check_choice
from retort.configuration.programs import declared_roles, modules_with, programs_of
from retort.configuration.prose import check_numbers
from retort.configuration.quotations import bibliography_keys, check_citations, check_claims, check_published
from retort.configuration.strict import read_block
from retort.configuration.views import name_of

COLOURS = ("black", "orange", "sky", "green", "yellow", "blue", "vermillion", "purple", "grey", "pale")
# The parts that variants play in a loan; each is one variant, or a mapping from patterns of places to variants.
ARMS = ("loan", "fair", "published", "ceiling", "simple")
GUEST = "guest"  # in the place of a data set that may join
HEX = r"#[0-9a-fA-F]{6}"


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
    cited = bibliography_keys(bibliography)
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
            check.loans()
            check.modules(views, made)
        check_numbers(config, name, known[name], folder, macros)
    for study in _listed_numbers(folder):
        check_choice(
            "the name of this file", study, sorted(config["study"]), folder / "numbers" / f"{study}.yaml"
        )
    check_published(config, known, folder, cited)
    check_claims(config, known, folder, cited)


class _Study:
    """Checks of one study at some scale; `key` is for messages."""

    def __init__(
        self,
        config: dict,
        name: str,
        known: Known,
        folder: Path,
        cited: Collection[str] | None,
        key: str,
        study: dict,
    ) -> None:
        self.config, self.known, self.cited = config, known, cited
        self.shared = {
            name for file in names(folder / "splits") for name in read_block(folder / f"splits/{file}.yaml")
        }
        self.study, self.key = study, key
        self.file = folder / "study" / f"{name}.yaml"
        self.here = sorted(self.study["variants"])
        self.named: dict[str, tuple[str, str]] = {}
        self.blocks: dict[tuple[str, str], dict] = {}
        self.followed: set[tuple[tuple[str, str], str]] = set()

    def choose(self, key: str, value: object, allowed: Collection[str], kind: str = "") -> None:
        check_choice(f"{self.key}.{key}", value, allowed, self.file, kind)

    def grid(self) -> None:
        """The blocks of runs of one scale: all that they name must exist at that very scale."""
        places: dict[str, tuple[str, str]] = {}
        named: dict[str, tuple[str, str]] = {}
        blocks = self.study["grid"]
        for index, block in enumerate(blocks):
            where = f"grid[{index}]"
            self.choose(f"{where}.dataset", block["dataset"], sorted(self.config["dataset"]), "data sets")
            splits = self.config["dataset"][block["dataset"]].get("splits", {})
            self.choose(f"{where}.split", block["split"], sorted(splits), f"splits of {block['dataset']}")
            for variant in block["variants"]:
                self.choose(f"{where}.variants", variant, self.here, "variants")
            at = block["dataset"], splits[block["split"]]["family"]
            if places.setdefault(block.get("name", ""), at) != at and "name" in block:
                first, second = "/".join(places[block["name"]]), "/".join(at)
                raise ConfigurationError(
                    f"{self.file}: {self.key}.{where}.name={block['name']!r} names {second}, but also {first}. "
                    "Hint: one name for one data set and family of splits."
                )
            if "name" in block:
                named.setdefault(block["name"], (block["dataset"], block["split"]))
        self.named = named
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
        splits = {split for dataset, split in self.known.grid} | self.shared
        if not fnmatch.filter(splits, block["split"]):
            kind = "splits of the grid, and of workflow/config/splits"
            self.choose("guests.split", block["split"], sorted(splits), kind)
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
            check_citations(f"{self.key}.{where}.citation", block.get("citation", []), self.cited, self.file)
        self.choose("baseline", self.study["baseline"], self.here, "variants")
        self.choose("primary.variant", self.study["primary"]["variant"], self.here, "variants")

    def metrics(self) -> None:
        metrics = sorted(self.study["metrics"])
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

    def loans(self) -> None:
        """Which variant plays which part, and where."""
        metrics = sorted(self.study["metrics"])
        for name, loan in self.study["loans"].items():
            where = f"loans.{name}"
            for arm in ARMS:
                played = loan.get(arm, {})
                for place, variant in ({"": played} if isinstance(played, str) else played).items():
                    self.choose(f"{where}.{arm}", variant, self.here, "variants")
                    if place:
                        self.at(f"{where}.{arm}", place)
            for key in ("at", "panel"):
                for place in loan.get(key, []):
                    self.at(f"{where}.{key}", place)
            for metric in loan["metric"]:
                self.choose(f"{where}.metric", metric, metrics, "metrics")
            for metric in loan.get("robust", []):
                self.choose(f"{where}.robust", metric, metrics, "metrics")
            for variant in loan.get("lender", []):
                self.choose(f"{where}.lender", variant, self.here, "variants")

    def at(self, key: str, pattern: str) -> None:
        """A name or a pattern of places, of any scale."""
        if not fnmatch.filter(self.known.places, pattern):
            self.choose(key, pattern, sorted(self.known.places), "places, at any scale")

    def modules(self, views: Collection[str], programs: Mapping[str, Collection[str]]) -> None:
        """Views and programs of src/scripts, of the modules that are such."""
        for view in self.study["views"]:
            dataset, _, module = view.rpartition("/")
            if dataset:
                self.choose("views", dataset, sorted(self.config["dataset"]), "data sets")
            self.choose("views", module, views, "modules of retort.datasets.views with build")
        everywhere = {name_of(view) for study in self.known.scales.values() for view in study["views"]}
        if everywhere <= set(views):  # else a view is misspelt at another scale, where that is said
            for view in self.study.get("read_by", {}):
                self.choose("read_by", view, sorted(everywhere), "views of the study, at any scale")
        for kind, known in programs.items():
            for name in self.study[kind]:
                self.choose(kind, name, known, f"programs of src/scripts that make {kind}")


def _listed_numbers(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "numbers").glob("*.yaml"))


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
    check_citations(f"{key}.citation", dataset["citation"], cited, file)
    targets = dataset.get("targets")
    for name, split in (dataset.get("splits") or {}).items():
        if targets and "target" in split:
            check_choice(f"{key}.splits.{name}.target", split["target"], targets, file, "targets")
