"""What one run is: its place in the plan, the files that it reads, and where it lies on disk."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

RUNS = Path("data/runs")


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
        paired: whether its seed is one that all variants of its place share, so that items averaged over such seeds
            can be paired.
    """

    study: str
    dataset: str
    split: str
    variant: str
    seed: int
    folder: Path = field(compare=False)
    inputs: RunInputs = field(compare=False, repr=False)
    settings: dict = field(compare=False, repr=False)
    paired: bool = field(default=True, compare=False)

    def read(self, name: str) -> pl.DataFrame:
        """`history` or `predictions` as a table."""
        return pl.read_parquet(self.folder / f"{name}.parquet")

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
            "paired": self.paired,
        }

    @classmethod
    def from_json(cls, value: dict) -> "Run":
        """The inverse of `to_json`."""
        given = value["inputs"]
        inputs = RunInputs(
            prepared=Path(given["prepared"]),
            split=Path(given["split"]),
            features={view: Path(path) for view, path in given["features"].items()},
            uses={role: [Path(path) for path in paths] for role, paths in given["uses"].items()},
        )
        return cls(**value | {"folder": Path(value["folder"]), "inputs": inputs})
