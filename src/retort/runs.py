"""What one run is: its place in the plan, the files that it reads, and where it lies on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from retort.sealed import read_table

if TYPE_CHECKING:
    import polars as pl

RUNS = Path("data/runs")


class Views(dict[str, Path]):
    """The folders of the views that a run reads, by name; of any other it says what the YAML lacks.

    Args:
        study, variant: whose they are.
    """

    def __init__(self, folders: Mapping[str, Path], study: str, variant: str):
        super().__init__(folders)
        self.study, self.variant = study, variant

    def __missing__(self, view: str) -> Path:
        raise LookupError(
            f"workflow/config/study/{self.study}.yaml: {self.variant} reads the view {view!r}, expected "
            f"{', '.join(self) or 'none'}, by its settings. Hint: list the view among `views`, and the settings of "
            f"such runs under `read_by.{view}`"
        )


@dataclass(frozen=True)
class RunInputs:
    """Files that a run reads; `uses` maps a role to the folders of the finished runs that play it."""

    prepared: Path
    split: Path
    features: dict[str, Path] = field(default_factory=dict)
    uses: dict[str, list[Path]] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Run:
    """One run: a variant of a study, on a split of a data set, with a seed. Two runs of one key are equal.

    Attributes:
        folder: where its four files lie, relative to the project.
        settings: all that it may depend on besides its inputs and its seed.
        generated: whether the project made its data set, so that it says nothing about chemistry.
    """

    study: str
    dataset: str
    split: str
    variant: str
    seed: int
    folder: Path = field(compare=False)
    inputs: RunInputs = field(compare=False, repr=False)
    settings: dict = field(compare=False, repr=False)
    generated: bool = field(default=False, compare=False)

    def read(self, name: str) -> pl.DataFrame:
        """`history` or `predictions` as a table."""
        return read_table(self.folder / f"{name}.parquet")

    def to_json(self) -> dict:
        """The run as JSON has it."""
        return {
            "study": self.study,
            "dataset": self.dataset,
            "split": self.split,
            "variant": self.variant,
            "seed": self.seed,
            "folder": str(self.folder),
            "inputs": {
                "prepared": str(self.inputs.prepared),
                "split": str(self.inputs.split),
                "features": {view: str(path) for view, path in self.inputs.features.items()},
                "uses": {role: [str(path) for path in paths] for role, paths in self.inputs.uses.items()},
            },
            "settings": self.settings,
            "generated": self.generated,
        }

    @classmethod
    def from_json(cls, value: dict) -> Run:
        """The inverse of `to_json`."""
        given = value["inputs"]
        inputs = RunInputs(
            prepared=Path(given["prepared"]),
            split=Path(given["split"]),
            features=Views(
                {view: Path(path) for view, path in given["features"].items()},
                value["study"],
                value["variant"],
            ),
            uses={role: [Path(path) for path in paths] for role, paths in given["uses"].items()},
        )
        return cls(**value | {"folder": Path(value["folder"]), "inputs": inputs})


@dataclass(frozen=True)
class Place:
    """Where runs are compared: all draws of one split of a data set, and what its YAML says of it.

    Attributes:
        split: the family of its splits; of one that is not drawn, the split itself.
        splits: its draws.
        name: what numbers, figures and other blocks call it, the same at every scale; None where nothing does.
        target: the column that is predicted; None where the data set has its own labels.
        protocol: how its parts were drawn, the same for every number of labels.
        share: of the training labels that may be used, 1 for all; None where their number is given.
        generated: whether the project made the data set.
    """

    dataset: str
    split: str
    splits: tuple[str, ...]
    name: str | None
    target: str | None
    protocol: str
    share: float | None
    generated: bool


@dataclass(frozen=True)
class StudyPlan:
    """What scoring knows of a study besides its runs.

    Attributes:
        baseline: the variant that all others are compared with.
        families: pairs (variant, against) that are compared, by the name of their family.
        places: in the order of the grid.
    """

    baseline: str
    families: dict[str, list[tuple[str, str]]]
    places: tuple[Place, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every pair once, in the order of the families."""
        return list(dict.fromkeys(pair for family in self.families.values() for pair in family))

    @cached_property
    def _by_split(self) -> dict[tuple[str, str], Place]:
        return {(place.dataset, split): place for place in self.places for split in place.splits}

    def place(self, run: Run) -> Place:
        """The place of a run of the study."""
        return self._by_split[run.dataset, run.split]

    def to_json(self) -> dict:
        """The plan as JSON has it."""
        return {
            "baseline": self.baseline,
            "families": {name: [list(pair) for pair in pairs] for name, pairs in self.families.items()},
            "places": [asdict(place) for place in self.places],
        }

    @classmethod
    def from_json(cls, value: dict) -> StudyPlan:
        """The inverse of `to_json`."""
        return cls(
            baseline=value["baseline"],
            families={name: [(a, b) for a, b in pairs] for name, pairs in value["families"].items()},
            places=tuple(Place(**place | {"splits": tuple(place["splits"])}) for place in value["places"]),
        )
