"""Which trained models answer a question about a data set's labels, and how far they were off."""

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from retort.asking import (
    Answering,
    AskError,
    Found,
    Given,
    Rivals,
    model_hint,
    of_dataset,
    usable,
)
from retort.chemistry.molecules import ecfp
from retort.sealed import read_table
from retort.statistics.asked import class_sets, edge
from retort.statistics.conformal import conformal_quantile
from retort.studies.molecules.ask import Predictions, answers, tanimoto
from retort.studies.molecules.baselines import BITS, RADIUS
from retort.studies.molecules.data import CLASSIFICATION, Records, read
from retort.studies.molecules.given import read_run
from retort.studies.molecules.multitask import mean_auc, mean_rmse
from retort.studies.molecules.predicted import Predicted, align

STUDY, NAME = "molecules", "property"
# Which split's models answer: all labels and no repeated molecule first, the most demanding test first.
SPLITS = ("strict", "scaffold", "published", "chiral", "balanced-0", "random-0")
# Methods whose runs answer: the first keep a model, the others leave none that could be kept without code, and are
# fitted again.
KEEPING, FITTED = ("finetune", "dmpnn", "frozen"), ("forest", "svm", "ngram")
LEVEL = 0.9
LOOKED_AT = 500  # validation molecules whose nearest training ones say how near is usual


def able(record: dict) -> bool:
    """Whether a run can say something of any molecule."""
    settings = record["settings"]
    method = settings["method"]
    if method == "forest":
        return settings["forest"]["reads"] == "fingerprints"
    if method == "frozen":  # an untrained backbone is kept by no run
        return bool(record["inputs"]["uses"].get("encoder"))
    return method in (*KEEPING, *FITTED)


class Property(Answering[Predictions]):
    """The labels of a data set, for molecules."""

    STUDY = STUDY

    @classmethod
    def best(cls, dataset: str) -> Self:
        """All seeds of the variant that did best on valid, of the first of `SPLITS` that has a model for this data set.

        Only variants of one split are compared: on another one, validation is another task.

        Raises:
            AskError: no model was trained on this data set.
        """
        rivals = Rivals.of(STUDY, NAME, lambda _, record: able(record), dataset).places

        def order(place: tuple[str, str]) -> tuple:
            split = place[1]
            return SPLITS.index(split) if split in SPLITS else len(SPLITS), split

        variants = rivals[min(rivals, key=order)]
        candidates = [cls(found) for found in variants.values()]
        return min(candidates, key=lambda one: (one.error("valid"), one.records[0]["variant"]))

    @classmethod
    def of(cls, folder: Path, dataset: str | None = None) -> Self:
        """The run that the user named.

        Raises:
            AskError: it is none that predicts, or of another data set than that which is asked for.
        """
        record = read_run(folder, (*KEEPING, *FITTED))
        of_dataset(folder, record, dataset)
        if not able(record):
            raise AskError(
                f"--run {folder}: it cannot be used: it reads vectors of an encoder that is not kept. "
                f"Hint: make a model with: {model_hint(NAME + '/' + record['dataset'])}"
            )
        found: Found = folder, record
        return cls([found])

    def answer(self, given: list[Given]) -> list[Predictions]:
        return answers(given, self)

    @property
    def labels(self) -> list[str]:
        return self.records[0]["facts"]["labels"]

    @property
    def classifies(self) -> bool:
        return self.records[0]["facts"]["kind"] == CLASSIFICATION

    @property
    def value(self) -> str:
        """What the values are."""
        if not self.classifies:
            return "in the data set's unit"
        return "score, higher for 1" if self.records[0]["settings"]["method"] == "svm" else "probability"

    @cached_property
    def taught(self) -> Records:
        """What these runs learned from."""
        with usable(STUDY, self.folders[0]):
            return read(*self.tables, self.records[0]["settings"]["text"])

    @cached_property
    def train(self) -> np.ndarray:
        return self.taught.rows_of("train")

    @cached_property
    def known(self) -> np.ndarray:
        """(K, BITS) fingerprints of the training molecules."""
        return ecfp(self.taught.table["standard"].gather(self.train).to_list(), RADIUS, BITS)

    @cached_property
    def edge(self) -> float:
        """The similarity with the nearest training molecule below which one is outside what is known."""
        texts = self.taught.table["standard"].gather(self.taught.rows_of("valid")).to_list()
        texts = texts[:: max(1, len(texts) // LOOKED_AT)]
        return edge(tanimoto(ecfp(texts, RADIUS, BITS), self.known).max(axis=1))

    def judged(self, part: str) -> Predicted:
        """What these runs together said of a part, beside the truth."""
        head = "probe" if self.records[0]["settings"]["method"] == "frozen" else ""
        prepared, each = read_table(self.tables[0]), []
        for folder in self.folders:
            with usable(STUDY, folder):
                each.append(align(read_table(folder / "predictions.parquet"), prepared, part, head))
        mean = np.mean([one.values for one in each], axis=0)
        return Predicted(each[0].ids, each[0].names, mean, each[0].labels)

    @cached_property
    def valid(self) -> Predicted:
        return self.judged("valid")

    def error(self, part: str) -> float:
        """One less the mean ROC-AUC, or the mean root-mean-square error; infinite where nothing can be said."""
        judged = self.judged(part)
        if self.classifies:
            area = mean_auc(judged.values, judged.labels)[0]
            return float("inf") if area is None else 1 - area
        error = mean_rmse(judged.values, judged.labels)
        return float("inf") if error is None else error

    @cached_property
    def halves(self) -> np.ndarray:
        """(T,) of a regression: how far off 90 % of the validation molecules are at most; infinite with too few."""
        found = np.full(len(self.labels), np.inf)
        for label in range(len(found)):
            off = np.abs(self.valid.values[:, label] - self.valid.labels[:, label])
            if (known := off[np.isfinite(off)]).size:
                found[label] = conformal_quantile(known, LEVEL)
        return found

    def classes(self, values: np.ndarray) -> np.ndarray:
        """(M, T, 2) of a classification: which classes molecules with these values (M, T) may have."""
        found = np.ones((*values.shape, 2), bool)
        for label in range(values.shape[1]):
            known = np.isfinite(self.valid.labels[:, label])
            if known.any() and len(values):
                scores, truth = self.valid.values[known, label], self.valid.labels[known, label]
                found[:, label] = class_sets(scores, truth, values[:, label], LEVEL)
        return found

    def coverage(self, part: str) -> float | None:
        """The share of the measured labels of a part that intervals, or sets of classes, hold; None without any."""
        judged = self.judged(part)
        known = np.isfinite(judged.labels)
        if not self.classifies:
            known &= np.isfinite(self.halves)
        if not known.any():
            return None
        if self.classifies:
            truth = np.where(known, judged.labels, 0).astype(int)
            held = np.take_along_axis(self.classes(judged.values), truth[..., None], axis=2)[..., 0]
        else:
            held = np.abs(judged.values - judged.labels) <= self.halves
        return float(held[known].mean())

    @cached_property
    def description(self) -> dict[str, Any]:
        """What answers, what it was trained on, and how good it was, for programs."""
        metric = "roc_auc" if self.classifies else "rmse"
        parts: dict[str, dict] = {}
        for part in ("valid", "test"):
            error, n = self.error(part), len(self.judged(part).ids)
            parts[part] = {"metric": metric, "value": 1 - error if self.classifies else error, "n": n}
        parts["test"]["coverage"] = self.coverage("test")
        return self.origin() | {
            "labels": self.labels,
            "value": self.value,
            "training_molecules": len(self.train),
            "interval": {"level": LEVEL, "kind": "conformal", "calibration_rows": len(self.valid.ids)},
            "outside_below": self.edge,
            **parts,
        }

    def notes(self) -> list[str]:
        """The same for people."""
        told = self.description
        metric = {"roc_auc": "ROC-AUC", "rmse": "RMSE"}[told["valid"]["metric"]]
        valid, test = told["valid"], told["test"]
        what = "sets of classes" if self.classifies else "intervals"
        held = "" if test["coverage"] is None else f"; of test they hold {test['coverage']:.0%}"
        if not self.classifies and not np.isfinite(self.halves).any():
            held = ", which are too few for any"
        notes = [
            f"{self.origin_in_words()}, {told['training_molecules']} molecules; values are {self.value}; {metric} "
            f"{valid['value']:.3f} on {valid['n']} of valid, {test['value']:.3f} on {test['n']} of test",
            f"90 % {what} are conformal, by the rows of valid that also chose the model{held}",
        ]
        if told["generated"]:
            notes.append("its labels are generated: what it says has nothing to do with chemistry")
        return notes
