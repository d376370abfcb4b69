"""What trained models say of asked molecules, and which training molecules are like them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from retort.asking import Answer, Given, likeness
from retort.chemistry.molecules import ecfp
from retort.studies.molecules.baselines import BITS, RADIUS
from retort.studies.molecules.given import Molecule, read
from retort.studies.molecules.said import predicted

if TYPE_CHECKING:
    from retort.studies.molecules.trained import Property

NEAREST = 3
FEW_LABELS = 4  # so many measured ones of a near molecule are shown


@dataclass(frozen=True)
class Label:
    """What is said of one label: a value, and with 90 % the ends of an interval or the classes that it may have."""

    value: float
    low: float | None = None
    high: float | None = None
    classes: tuple[int, ...] | None = None

    def in_words(self) -> str:
        if self.classes is None:
            if self.low is None:
                return f"{self.value:.3f}  (no interval: too few molecules of valid were measured)"
            return f"{self.value:.3f}  (90 %: {self.low:.3f} to {self.high:.3f})"
        which = {(): "neither is likely", (0, 1): "0 or 1"}.get(self.classes) or str(self.classes[0])
        return f"{self.value:.3f}  (90 %: {which})"

    def cells(self, name: str) -> dict[str, str]:
        cells = {name: f"{self.value:.4f}"}
        if self.classes is not None:
            return cells | {f"{name}_classes": " ".join(map(str, self.classes))}
        ends = {"low": self.low, "high": self.high}
        return cells | {f"{name}_{end}": "" if at is None else f"{at:.4f}" for end, at in ends.items()}


@dataclass(frozen=True)
class Near:
    """A training molecule: how alike its fingerprint is (Tanimoto), and what was measured of it.

    Attributes:
        same: it is the asked molecule.
    """

    smiles: str
    id: str
    similarity: float
    same: bool
    measured: dict[str, float]

    @property
    def shown(self) -> str:
        return likeness(self.similarity, self.same)


@dataclass(frozen=True, kw_only=True)
class Predictions(Answer):
    """What is said of one molecule, by label."""

    labels: dict[str, Label] | None = None
    near: tuple[Near, ...] = ()

    def told(self) -> dict:
        labels = {name: asdict(label) for name, label in (self.labels or {}).items()}
        known = {
            name: {key: value for key, value in label.items() if value is not None}
            for name, label in labels.items()
        }
        return {"labels": known, "nearest": [asdict(one) for one in self.near]}

    def added(self) -> dict[str, str]:
        cells: dict[str, str] = {}
        for name, label in (self.labels or {}).items():
            cells |= label.cells(name)
        return cells | {"nearest": self.near[0].smiles, "similarity": self.near[0].shown}

    def lines(self) -> Iterator[str]:
        for name, label in (self.labels or {}).items():
            yield f"{self.given.text}  {name}  {label.in_words()}"
        for one in self.near:
            few = len(one.measured) <= FEW_LABELS
            values = ", ".join(f"{name} {value:.3g}" for name, value in one.measured.items()) if few else ""
            yield f"   near: {one.shown}  {one.smiles}  {values}".rstrip()


def columns(trained: Property) -> list[str]:
    """The columns that a table is answered with."""
    ends = ("classes",) if trained.classifies else ("low", "high")
    labels = [column for name in trained.labels for column in (name, *(f"{name}_{end}" for end in ends))]
    return [*labels, "nearest", "similarity"]


def answers(given: list[Given], trained: Property) -> list[Predictions]:
    """What the runs together say of each molecule; what cannot be read keeps its row, with the reason.

    Raises:
        AskError: a run lacks a file.
    """
    molecules = read([one.text for one in given])
    good = [molecule for molecule in molecules if molecule.error is None]
    found = {
        molecule.row: Predictions(row=molecule.row, given=given[molecule.row - 1], error=molecule.error)
        for molecule in molecules
        if molecule.error is not None
    }
    if good:
        values = predicted(good, trained.folders, trained.roots, trained.records, trained.taught)
        near = _nearest(good, trained)
        classes = trained.classes(values) if trained.classifies else None
        for place, molecule in enumerate(good):
            labels = {}
            for label, name in enumerate(trained.labels):
                value, half = float(values[place, label]), float(trained.halves[label])
                if classes is not None:
                    which = tuple(np.flatnonzero(classes[place, label]).tolist())
                    labels[name] = Label(value, classes=which)
                elif np.isfinite(half):
                    labels[name] = Label(value, value - half, value + half)
                else:
                    labels[name] = Label(value)
            outside = near[place][0].similarity < trained.edge
            found[molecule.row] = Predictions(
                row=molecule.row,
                given=given[molecule.row - 1],
                warnings=(_outside(near[place][0], trained.edge),) if outside else (),
                labels=labels,
                near=near[place],
            )
    return [found[row] for row in sorted(found)]


def _outside(near: Near, edge: float) -> str:
    return (
        f"outside what it knows: the nearest training molecule is less like it ({near.shown}) than for 99 of 100 "
        f"molecules of valid ({edge:.2f})"
    )


def _nearest(molecules: list[Molecule], trained: Property) -> list[tuple[Near, ...]]:
    """The training molecules whose fingerprints are most alike; of equal ones the first."""
    alike = tanimoto(ecfp([molecule.standard for molecule in molecules], RADIUS, BITS), trained.known)
    order = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST]
    found = []
    for molecule, similar, places in zip(molecules, alike, order, strict=True):
        near = []
        for place in places:
            row = int(trained.train[place])
            standard, smiles, name = trained.taught.table.select("standard", "smiles", "id").row(row)
            labels = zip(trained.taught.names, trained.taught.labels[row].tolist(), strict=True)
            measured = {label: value for label, value in labels if np.isfinite(value)}
            same = standard == molecule.standard
            near.append(Near(smiles, name, float(similar[place]), same, measured))
        found.append(tuple(near))
    return found


def tanimoto(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(A, K) bits in common over bits that one has, of 0/1 fingerprints (A, B) and (K, B); 0 of two empty ones."""
    known = known.astype(np.float32)
    common = asked.astype(np.float32) @ known.T
    either = asked.sum(axis=1, dtype=np.float32)[:, None] + known.sum(axis=1) - common
    return common / np.maximum(either, 1)
