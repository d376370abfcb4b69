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
    untrained,
    usable,
)
from retort.sealed import read_table
from retort.statistics.asked import edge
from retort.statistics.conformal import conformal_quantile
from retort.statistics.uncertainty import half_width
from retort.studies.yields.given import Reaction
from retort.studies.yields.judged import Calibration, Judged, clipped
from retort.studies.yields.mixture import pooled
from retort.studies.yields.neighbours import similarity
from retort.studies.yields.reactions import FINGERPRINTS
from retort.studies.yields.taught import Taught, components, fingerprints

if TYPE_CHECKING:
    from retort.studies.yields.ask import Expected

STUDY, NAME = "yields", "yield"
# Methods whose runs answer: the first keeps a model, the others read a reaction as a whole and are fitted anew.
ANSWERING = ("network", "boosting", "neighbours")
SILENT = ("forest", "kernels", "mlp")  # these read tables of roles, which a reaction as text does not tell
# The splits that are asked first; of the others that with most labels.
SPLITS = ("random-0", "random")
LEVEL = 0.9
LOOKED_AT = 500  # validation reactions whose nearest training ones say how near is usual
CONFORMAL, RECALIBRATED, NORMAL = "conformal", "recalibrated", "as predicted"


class Yield(Answering):
    """All seeds of one variant on one split, which answer together."""

    STUDY = STUDY
    others: "tuple[Yield, ...]" = ()  # what was trained at the same place, and cannot answer

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
        finished = [
            (folder, record)
            for folder, record in finished_runs(STUDY)
            if project(folder, record) is not None and (folder / "predictions.parquet").exists()
        ]
        able = [each for each in finished if each[1]["settings"].get("method") in ANSWERING]
        names = {record["dataset"] for _, record in able}
        if dataset is not None and dataset not in names:
            raise untrained(STUDY, NAME, dataset, names)
        if not names:
            raise AskError(f"no trained model under {runs(STUDY)}. Hint: make one with: {model_hint(NAME)}")
        kept: dict[str, dict[str, dict[str, list[tuple[Path, dict]]]]] = {}
        for folder, record in able:
            splits = kept.setdefault(record["dataset"], {})
            splits.setdefault(record["split"], {}).setdefault(record["variant"], []).append((folder, record))

        def first(name: str) -> tuple[Path, dict]:
            return next(iter(next(iter(kept[name].values())).values()))[0]

        splits = kept[dataset or min(names, key=lambda name: _strangeness(asked, *first(name)))]
        variants = splits[min(splits, key=lambda name: _order(name, *next(iter(splits[name].values()))[0]))]
        best = min((cls(some) for some in variants.values()), key=cls._standing)
        place = best.records[0]["dataset"], best.records[0]["split"]
        silent: dict[str, list[tuple[Path, dict]]] = {}
        for folder, record in finished:
            if (record["dataset"], record["split"]) == place and record["settings"].get("method") in SILENT:
                silent.setdefault(record["variant"], []).append((folder, record))
        best.others = tuple(cls(some) for some in silent.values())
        return best

    def _standing(self) -> tuple[float, str]:
        return _off(self.judged("valid")), self.records[0]["variant"]

    @cached_property
    def outdone_by(self) -> dict | None:
        """The best of `others`, if it did better on valid."""
        first = min((one._standing() for one in self.others), default=None)
        if first is None or first >= self._standing():
            return None
        return {"variant": first[1], "valid": {"mae": first[0]}}

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
            "outdone_by": self.outdone_by,
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
        if better := model["outdone_by"]:
            words += (
                f"; {better['variant']}, which must know the roles of components and so cannot be asked, was "
            )
            words += f"{better['valid']['mae']:.1f} % off on valid"
        if model["generated"]:
            words += "; its reactions are generated: what it says has nothing to do with chemistry"
        return words


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
