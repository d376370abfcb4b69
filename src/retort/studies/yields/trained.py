"""Which trained models answer a question about yields, what they learned from, and how far they were off."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retort.asking import (
    Answering,
    AskError,
    Given,
    finished_runs,
    model_hint,
    of_dataset,
    project,
    read_run,
    runs,
    usable,
)
from retort.sealed import read_table
from retort.statistics.asked import edge
from retort.statistics.conformal import conformal_quantile
from retort.statistics.uncertainty import half_width
from retort.studies.yields.given import Reaction
from retort.studies.yields.judged import Calibration, Judged, clipped
from retort.studies.yields.neighbours import similarity
from retort.studies.yields.reactions import FINGERPRINTS
from retort.studies.yields.taught import Taught, components, fingerprints

if TYPE_CHECKING:
    from retort.studies.yields.ask import Expected

STUDY, NAME = "yields", "yield"
# Methods whose runs answer: the first keeps a model, the others read a reaction as a whole and are fitted anew.
ANSWERING = ("network", "boosting", "neighbours")
# The splits that are asked first; of the others that with most labels.
SPLITS = ("random-0", "random")
LEVEL = 0.9
LOOKED_AT = 500  # validation reactions whose nearest training ones say how near is usual
CONFORMAL, RECALIBRATED, NORMAL = "conformal", "recalibrated", "as predicted"


class Yield(Answering):
    """All seeds of one variant on one split, which answer together."""

    STUDY = STUDY

    @classmethod
    def of(cls, folder: Path, dataset: str | None = None) -> "Yield":
        """The run that the user named.

        Raises:
            AskError: it is none that answers, or of another data set than that which is asked for.
        """
        record = read_run(STUDY, folder)
        if record["settings"].get("method") not in ANSWERING:
            raise AskError(
                f"--run {folder}: its method is {record['settings'].get('method')!r}, expected "
                f"{', '.join(ANSWERING[:-1])} or {ANSWERING[-1]}. "
                f"Hint: a folder like {runs(STUDY)}/buchwald_hartwig/random-0/uam/seed0"
            )
        of_dataset(folder, record, dataset)
        return cls([(folder, record)])

    @classmethod
    def best(cls, dataset: str | None = None, asked: Iterable[Reaction] = ()) -> "Yield":
        """All seeds of the variant that did best on valid, of whatever kind, of one split of the data set that fits the
        question.

        That is the one whose reactions have most of the asked molecules; then real before generated, then the largest.
        Of its splits it is the first of `SPLITS`, or that with most training reactions.

        Raises:
            AskError: no model was trained yet, or none on this data set.
        """
        able = [
            (folder, record)
            for folder, record in finished_runs(STUDY)
            if record["settings"].get("method") in ANSWERING and project(folder, record) is not None
        ]
        names = sorted({record["dataset"] for _, record in able})
        if not names or dataset not in (None, *names):
            which = f" for {dataset!r}" if dataset else ""
            hint = (
                f"there are models for {', '.join(names)}" if names else f"make one with: {model_hint(NAME)}"
            )
            raise AskError(f"no trained model{which} under {runs(STUDY)}. Hint: {hint}")
        kept: dict[str, dict[str, dict[str, list[tuple[Path, dict]]]]] = {}
        for folder, record in able:
            splits = kept.setdefault(record["dataset"], {})
            splits.setdefault(record["split"], {}).setdefault(record["variant"], []).append((folder, record))

        def first(name: str) -> tuple[Path, dict]:
            return next(iter(next(iter(kept[name].values())).values()))[0]

        splits = kept[dataset or min(names, key=lambda name: _strangeness(asked, *first(name)))]
        variants = splits[min(splits, key=lambda name: _order(name, *next(iter(splits[name].values()))[0]))]
        candidates = [cls(some) for some in variants.values()]
        return min(candidates, key=lambda one: (_off(one.judged("valid")), one.records[0]["variant"]))

    def answer(self, given: list[Given], nearest: int = 3) -> "list[Expected]":
        from retort.studies.yields.ask import answer
        from retort.studies.yields.given import composed, read

        return answer(composed(read(given), self.taught.known), self, nearest)

    @cached_property
    def taught(self) -> Taught:
        """What all these runs learned from."""
        inputs = self.records[0]["inputs"]
        with usable(STUDY, self.folders[0]):
            return Taught.of(self.roots[0] / inputs["prepared"], self.roots[0] / inputs["split"])

    @cached_property
    def known(self) -> np.ndarray:
        """(K, B) 0/1 difference fingerprints of the training reactions."""
        return self._fingerprints(self.taught.train)

    @cached_property
    def edge(self) -> float:
        """The similarity with the nearest training reaction below which one is outside what is known."""
        valid = self.taught.records.rows_of("valid")
        valid = valid[:: max(1, len(valid) // LOOKED_AT)]
        return edge(similarity(self._fingerprints(valid), self.known).max(axis=1))

    def _fingerprints(self, rows: np.ndarray) -> np.ndarray:
        with usable(STUDY, self.folders[0]):
            view = self.roots[0] / self.records[0]["inputs"]["features"][FINGERPRINTS]
            return fingerprints(view)[self.taught.records.places[rows]]

    def judged(self, part: str) -> Judged:
        """What these runs together said of a part, beside the truth."""
        each = []
        for folder, record, root in zip(self.folders, self.records, self.roots, strict=True):
            with usable(STUDY, folder):
                prepared = read_table(root / record["inputs"]["prepared"], columns=["id", "yield"])
                each.append(Judged.of(read_table(folder / "predictions.parquet"), prepared, part))
        return pooled(each)

    @cached_property
    def calibration(self) -> Calibration | None:
        """What the calibration rows say of the sigmas of these runs together."""
        return Calibration.of(self.judged("valid"), len(self.taught.train))

    @cached_property
    def kind(self) -> str:
        """How the intervals are made: conformal if there are enough calibration rows, else by recalibrated sigmas."""
        if self.calibration is None:
            return NORMAL
        return CONFORMAL if np.isfinite(self._quantile) else RECALIBRATED

    @property
    def scale(self) -> float:
        """By which the predicted sigmas are multiplied."""
        return 1.0 if self.calibration is None or self.calibration.scale is None else self.calibration.scale

    @cached_property
    def _quantile(self) -> float:
        assert self.calibration is not None
        rows = self.calibration.rows
        return conformal_quantile(np.abs(rows.errors) / rows.unit_sigma, LEVEL)

    def interval(self, asked: Judged) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends (M,) of 90 % intervals, in percent, within what a yield can be.

        Without sigmas and with few calibration rows nothing is known: intervals are 0 to 100.
        """
        if self.kind == CONFORMAL:
            half = self._quantile * asked.unit_sigma
        elif asked.sigma is None:
            half = np.full(len(asked), np.inf)
        else:
            half = float(half_width(LEVEL)) * self.scale * asked.sigma
        return clipped(asked.mean - half), clipped(asked.mean + half)

    @property
    def description(self) -> dict:
        """Which model answers and how well it did on its test set, for programs."""
        test = self.judged("test")
        low, high = self.interval(test)
        valid = self.judged("valid")
        return self.origin() | {
            "train_reactions": len(self.taught.train),
            "interval": {"level": LEVEL, "kind": self.kind, "calibration_rows": self._calibration_rows},
            "outside_below": self.edge,
            "valid": {"mae": _off(valid), "n": len(valid)},
            "test": {
                "n": len(test),
                "mae": float(np.abs(test.errors).mean()),
                "coverage": float(((low <= clipped(test.truth)) & (clipped(test.truth) <= high)).mean()),
            },
        }

    @property
    def _calibration_rows(self) -> int:
        return 0 if self.calibration is None else len(self.calibration.rows)

    def in_words(self) -> str:
        """The same for people."""
        model = self.description
        count = len(self.folders)
        words = f"{model['variant']} trained on {model['train_reactions']} reactions of {model['dataset']}"
        words += f" ({model['split']}), {f'{count} seeds' if count > 1 else 'one seed'}; "
        words += (
            f"90 % intervals {self.kind}, by {self._calibration_rows} reactions of valid, which also chose it; "
            f"means are {model['valid']['mae']:.1f} % off on valid; "
        )
        test = model["test"]
        words += f"on its test set they hold {test['coverage']:.0%} of its yields, means are {test['mae']:.1f} % off"
        if model["generated"]:
            words += "; its reactions are generated: what it says has nothing to do with chemistry"
        return words


def pooled(each: list[Judged]) -> Judged:
    """The mixture of what several runs say of the same rows: how far they are apart is doubt of the model, too.

    Of runs without sigmas it is none, since those that draw nothing are not apart at all.
    """
    one = each[0]
    if len(each) == 1:
        return one
    means = np.stack([run.mean for run in each])
    doubts = [run.epistemic for run in each if run.epistemic is not None]
    noises = [run.aleatoric for run in each if run.aleatoric is not None]
    doubt = np.mean(np.square(doubts), axis=0) if len(doubts) == len(each) else 0.0
    apart = np.sqrt(doubt + means.var(axis=0))
    return Judged(
        ids=one.ids,
        truth=one.truth,
        mean=means.mean(axis=0),
        aleatoric=np.sqrt(np.mean(np.square(noises), axis=0)) if len(noises) == len(each) else None,
        epistemic=apart if doubts or noises else None,
        chosen=None,
        peeked=None,
    )


def _strangeness(asked: Iterable[Reaction], folder: Path, record: dict) -> tuple:
    """The lower, the better a data set fits a question, see `Yield.best`."""
    with usable(STUDY, folder):
        prepared = (project(folder, record) or Path()) / record["inputs"]["prepared"]
        table = read_table(prepared, columns=["reactants", "products"])
    known = {fragment for one in components(table) for name in one for fragment in name.split(".")}
    met = sum(name in known for reaction in asked for name in reaction.molecules)
    return -met, record["generated"], -len(table), record["dataset"]


def _order(split: str, folder: Path, record: dict) -> tuple:
    with usable(STUDY, folder):
        parts = read_table((project(folder, record) or Path()) / record["inputs"]["split"], columns=["part"])
    rank = SPLITS.index(split) if split in SPLITS else len(SPLITS)
    return rank, -int((parts["part"] == "train").sum()), split


def _off(judged: Judged) -> float:
    return float(np.abs(judged.errors).mean())
