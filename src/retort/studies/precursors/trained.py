"""Which trained run answers a question about precursors, and how often its proposals were right on validation."""

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import torch

from retort.asking import (
    Answering,
    AskError,
    Given,
    Rivals,
    model_hint,
    of_dataset,
    project,
    read_run,
    usable,
    used,
)
from retort.chemistry.composition import key, parse
from retort.sealed import read_table
from retort.statistics.asked import edge
from retort.studies.precursors.ask import COUNT, answers
from retort.studies.precursors.data import Archive, read
from retort.studies.precursors.expert import Expert
from retort.studies.precursors.methods import similarity
from retort.studies.precursors.score import CANONICAL
from retort.studies.precursors.suggested import Share, Target

STUDY = NAME = "precursors"
JUDGED_AT = 5  # attempts, by which variants are compared
# Validation targets are grouped by how near the nearest known one is, and divided at these shares, the farthest first.
DIVIDED_AT = (0.1, 0.4, 0.7)
ROUNDING = 1e-6  # of cosines
AT_ONCE = 256  # targets whose cosines with all known ones are in memory


def able(record: dict) -> bool:
    """Whether a run's method needs no more than the formula of a target."""
    return record["settings"].get("similarity") != "magpie"


class Precursors(Answering[Target]):
    """Sets of solid precursors for targets, by their composition."""

    STUDY = STUDY

    @classmethod
    def best(cls, dataset: str | None = None) -> Self:
        """The run, of the lowest seed of each variant, that solved most targets of valid within five attempts.

        Args:
            dataset: that it was trained on; else real data before generated, then the largest data set.

        Raises:
            AskError: none has been trained.
        """
        rivals = Rivals.of(STUDY, NAME, lambda _, record: able(record), dataset).largest()
        lowest = [cls([min(found, key=lambda one: one[1]["seed"])]) for found in rivals.values()]
        complete = [one for one in lowest if not one.missing]
        if not complete:
            raise AskError(
                f"{lowest[0].folders[0]}: what it stands on is gone. Hint: make a model with: {model_hint(NAME)}"
            )
        return min(complete, key=lambda one: (-one.solved("valid"), one.records[0]["variant"]))

    @classmethod
    def of(cls, folder: Path, dataset: str | None = None) -> Self:
        """The run that the user named.

        Raises:
            AskError: it needs more than a formula, or lacks something, or is of another data set than is asked for.
        """
        record = read_run(STUDY, folder)
        of_dataset(folder, record, dataset)
        if not able(record):
            raise AskError(f"{folder}: it needs features that one formula does not have; choose another run")
        if project(folder, record) is not None and (gone := cls([(folder, record)]).missing):
            raise AskError(
                f"{folder}: {gone[0] / 'model.safetensors'} is gone. Hint: make it with: {model_hint(NAME)}"
            )
        return cls([(folder, record)])

    def answer(self, given: list[Given], count: int = COUNT) -> list[Target]:
        """The suggestions for each target.

        Args:
            count: how many sets, at most.
        """
        return answers(given, self, count)

    @property
    def settings(self) -> dict:
        return self.records[0]["settings"]

    @property
    def models(self) -> list[Path]:
        """Folders of the trained selectors that the run stands on: itself, or those it names."""
        if self.settings["train"]:
            return [self.folders[0]]
        uses = self.records[0]["inputs"]["uses"]
        return [used(self.roots[0], folder) for role in sorted(uses) for folder in uses[role]]

    def _inside(self, folder: Path) -> str:
        """The path of a folder in its project."""
        return folder.absolute().relative_to(self.roots[0]).as_posix()

    @property
    def missing(self) -> list[Path]:
        """Those of them that are gone."""
        return [folder for folder in self.models if not (folder / "model.safetensors").exists()]

    @cached_property
    def archive(self) -> Archive:
        """The data that the run was made from."""
        views = ["composition", *(["vectors"] if self.settings["elements"] == "mat2vec" else [])]
        with usable(STUDY, self.folders[0]):
            features = self.records[0]["inputs"]["features"]
            return read(*self.tables, {view: self.roots[0] / features[view] for view in views})

    @cached_property
    def experts(self) -> list[Expert]:
        with usable(STUDY, self.folders[0]):
            device = torch.device("cpu")
            return [Expert.load(model, self.archive, self.settings, device) for model in self.models]

    def cosines(self, archive: Archive, targets: np.ndarray) -> np.ndarray:
        """(A, K) of targets with the known ones, by what was learned, or by compositions where nothing was."""
        kind = "learned" if self.experts else "composition"
        return similarity(archive, targets, self.archive.known.targets, kind, self.experts)

    @cached_property
    def hits(self) -> pl.DataFrame:
        """`part, target_key, rank, hit`: every proposal for valid and test, and whether it was reported there.

        Sets with the target itself are left out, and the others move up, as in an answer.
        """
        prepared, split = (read_table(path) for path in self.tables)
        with usable(STUDY, self.folders[0]):
            proposed = read_table(self.folders[0] / "predictions.parquet")
        keys = {name: key(parse(name)) for name in proposed["precursors"].explode().unique().drop_nulls()}
        names = pl.Series(list(keys), dtype=pl.String)
        same = (
            proposed.with_row_index()
            .explode("precursors")
            .filter(
                pl.col("precursors").replace_strict(names, list(keys.values()), default=None)
                == pl.col("target_key")
            )
        )
        reported = prepared.join(split, on="id").select("part", "target_key", set=CANONICAL, hit=pl.lit(True))
        return (
            proposed.with_row_index()
            .join(same, on="index", how="anti")
            .sort("part", "target_key", "rank")
            .with_columns(set=CANONICAL, rank=pl.int_range(1, pl.len() + 1).over("part", "target_key"))
            .join(reported.unique(), on=["part", "target_key", "set"], how="left")
            .select("part", "target_key", "rank", pl.col("hit").fill_null(False))
        )

    def targets(self, part: str) -> list[str]:
        """Keys of the targets of a part."""
        return [self.archive.targets[row] for row in self.archive.targets_of(part)]

    def solved(self, part: str, attempts: int = JUDGED_AT) -> float:
        """The share of the targets of a part for which one of the first sets was reported."""
        right = self.hits.filter(pl.col("hit"), pl.col("rank") <= attempts, part=part)
        return right["target_key"].n_unique() / len(self.targets(part))

    @cached_property
    def nearness(self) -> np.ndarray:
        """(V,) cosine of each valid target with the known one that is nearest."""
        rows = self.archive.targets_of("valid")
        parts = np.array_split(rows, max(1, len(rows) // AT_ONCE))
        return np.concatenate([self.cosines(self.archive, part).max(axis=1) for part in parts])

    @cached_property
    def edge(self) -> float:
        """The cosine with the nearest known target below which a target is outside what is known."""
        return edge(self.nearness)

    def outside(self, nearest: float) -> bool:
        """Whether a target with this cosine to the nearest known one is outside what is known."""
        return nearest < self.edge - ROUNDING

    @cached_property
    def bounds(self) -> np.ndarray:
        """Cosines that divide the valid targets into groups, the farthest first."""
        return np.quantile(self.nearness, DIVIDED_AT)

    @cached_property
    def shares(self) -> dict[tuple[int, int], Share]:
        """How often a set was right, by group of its target and by rank."""
        groups = np.searchsorted(self.bounds, self.nearness, side="right")
        of = pl.DataFrame({"target_key": self.targets("valid"), "group": groups})
        counted = (
            self.hits.filter(part="valid")
            .join(of, on="target_key")
            .group_by("group", "rank")
            .agg(hits=pl.col("hit").sum(), n=pl.len())
        )
        return {(group, rank): Share.of(hits, n) for group, rank, hits, n in counted.iter_rows()}

    def share(self, nearest: float, rank: int) -> Share | None:
        """How often a set of this rank was right for targets of valid that are as near to a known one; None where no
        target of valid had so many sets, and of a target that is outside what is known."""
        if self.outside(nearest):
            return None
        return self.shares.get((int(np.searchsorted(self.bounds, nearest, side="right")), rank))

    @cached_property
    def description(self) -> dict[str, Any]:
        """What answers, what it was trained on, and how good it was, for programs."""
        parts = {
            part: {f"success@{JUDGED_AT}": self.solved(part), "n": len(self.targets(part))}
            for part in ("valid", "test")
        }
        archive = self.archive
        return self.origin() | {
            "models": [self._inside(folder) for folder in self.models],
            "training_reactions": int((archive.part == "train").sum()),
            "training_targets": len(archive.known.targets),
            "outside_below": self.edge,
            **parts,
        }

    def notes(self) -> list[str]:
        """The same for people."""
        told = self.description
        valid, test = told["valid"], told["test"]
        notes = [
            f"{self.origin_in_words()}, {told['training_reactions']} reactions; one of the first {JUDGED_AT} sets was "
            f"reported for {valid[f'success@{JUDGED_AT}']:.0%} of {valid['n']} targets of valid, "
            f"{test[f'success@{JUDGED_AT}']:.0%} of {test['n']} of test",
            "right: how often a set of this rank was reported for targets of valid that are as near to a known one, "
            "with its 90 % interval; valid chose the model, too",
        ]
        if told["generated"]:
            notes.append("this model was trained on generated data, not on real reactions")
        return notes
