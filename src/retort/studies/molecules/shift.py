"""Why a few labels may teach the wrong way about: what simple numbers tell of a label before and after the split.

A scaffold split moves rare ring systems to test, and with them what a label goes along with. Two kinds of numbers are
looked at: counts, which grow with the molecule, and shares of its atoms, which do not. A network whose readout is the
mean over atoms, as the study's graph network has it, is given shares and cannot count.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from rdkit import Chem
from rdkit.Chem import Crippen, rdMolDescriptors

from retort.chemistry.molecules import parse
from retort.datasets.molecule_table import label_columns
from retort.statistics.ranking import roc_auc
from retort.studies.molecules.data import PARTS, measured

STRICT = "strict"  # the protocol that few labels are drawn under
COUNTS, SHARES = "counts", "shares"
DRAWN = (12, 60, 120, 600)  # labels, near 1, 5, 10 and 50 % of a thousand
DRAWS = 400

NUMBERS: dict[str, Callable[[Chem.Mol], float]] = {
    "heavy atoms": Chem.Mol.GetNumHeavyAtoms,
    "heteroatoms": rdMolDescriptors.CalcNumHeteroatoms,
    "rings": rdMolDescriptors.CalcNumRings,
    "rotatable bonds": rdMolDescriptors.CalcNumRotatableBonds,
    "hydrogen-bond donors": rdMolDescriptors.CalcNumHBD,
    "polar surface": rdMolDescriptors.CalcTPSA,
    "log P": Crippen.MolLogP,
}
OF_ATOMS: dict[str, Callable[[Chem.Atom], float]] = {
    "heteroatoms": lambda atom: atom.GetAtomicNum() not in (1, 6),
    "nitrogen": lambda atom: atom.GetAtomicNum() == 7,
    "oxygen": lambda atom: atom.GetAtomicNum() == 8,
    "halogens": lambda atom: atom.GetAtomicNum() in (9, 17, 35, 53),
    "hydrogens": Chem.Atom.GetTotalNumHs,
    "aromatic atoms": Chem.Atom.GetIsAromatic,
    "ring atoms": Chem.Atom.IsInRing,
    "stereocentres": lambda atom: atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED,
}


@dataclass(frozen=True)
class Molecules:
    """The molecules of train, valid and test of one split.

    Attributes:
        names: the T labels.
        labels: (N, T), NaN where nothing was measured.
        part: (N,) names of parts.
        numbers: by kind, (N, Q) numbers of the molecules, in the order of `NUMBERS` or of `OF_ATOMS`.
    """

    names: tuple[str, ...]
    labels: np.ndarray
    part: np.ndarray
    numbers: dict[str, np.ndarray]

    @classmethod
    def read(cls, prepared: pl.DataFrame, split: pl.DataFrame) -> "Molecules":
        """Those of a prepared table of classes."""
        table = prepared.join(split.select("id", "part"), on="id").filter(pl.col("part").is_in(PARTS))
        names = tuple(label_columns(prepared))
        mols = [parse(smiles) for smiles in table["standard"]]
        shares = [
            [np.mean([of(atom) for atom in mol.GetAtoms()]) for of in OF_ATOMS.values()] for mol in mols
        ]
        counts = [[number(mol) for number in NUMBERS.values()] for mol in mols]
        return cls(
            names,
            measured(table, names),
            table["part"].to_numpy(),
            {COUNTS: np.array(counts, float), SHARES: np.array(shares, float)},
        )


QUANTITIES = {COUNTS: tuple(NUMBERS), SHARES: tuple(OF_ATOMS)}


def turned(molecules: Molecules) -> Iterator[tuple]:
    """`label, quantity, reads, train, valid, test`: the ROC-AUC of each number alone, None where a class is missing."""
    for label, name in enumerate(molecules.names):
        for reads, numbers in molecules.numbers.items():
            for quantity, values in zip(QUANTITIES[reads], numbers.T, strict=True):
                yield name, quantity, reads, *(_area(molecules, label, values, part) for part in PARTS)


def _area(molecules: Molecules, label: int, values: np.ndarray, part: str) -> float | None:
    wanted = molecules.labels[:, label]
    chosen = (molecules.part == part) & np.isfinite(wanted)
    if not {0.0, 1.0} <= set(wanted[chosen]):
        return None
    return roc_auc(values[chosen], wanted[chosen])


def luck(molecules: Molecules) -> Iterator[tuple]:
    """`label, reads, labels, draws, mean, sd, below, train`: what a few labels teach a linear model on such numbers.

    The model has no setting: in units of its spread, each number weighs as much as the means of the two classes differ
    (a discriminant with a diagonal covariance). Each draw is of labelled training molecules at random, and again until
    both classes are among them; drawn with one seed, so that counts and shares have the same. Labels that test or train
    has one class of are left out.
    """
    for label, name in enumerate(molecules.names):
        wanted = molecules.labels[:, label]
        train, test = (
            np.flatnonzero((molecules.part == part) & np.isfinite(wanted)) for part in ("train", "test")
        )
        if any(len(set(wanted[rows])) < 2 for rows in (train, test)):
            continue
        for reads, numbers in molecules.numbers.items():
            for count in (each for each in DRAWN if each < len(train)):
                areas = _areas(numbers, wanted, train, test, count)
                yield (
                    name,
                    reads,
                    count,
                    DRAWS,
                    float(areas[:, 0].mean()),
                    float(areas[:, 0].std(ddof=1)),
                    float((areas[:, 0] < 0.5).mean()),
                    float(areas[:, 1].mean()),
                )


def _areas(
    numbers: np.ndarray, wanted: np.ndarray, train: np.ndarray, test: np.ndarray, count: int
) -> np.ndarray:
    """(DRAWS, 2) areas on test and on all of train, of a model on `count` labels of each draw."""
    random = np.random.default_rng(count)
    areas = np.empty((DRAWS, 2))
    for row in areas:
        drawn = random.choice(train, count, replace=False)
        while len(set(wanted[drawn])) < 2:
            drawn = random.choice(train, count, replace=False)
        positive, negative = (numbers[drawn[wanted[drawn] == side]] for side in (1, 0))
        spread = numbers[drawn].std(axis=0)
        weights = (positive.mean(axis=0) - negative.mean(axis=0)) / np.where(spread > 0, spread, np.inf) ** 2
        said = numbers @ weights
        row[:] = roc_auc(said[test], wanted[test]), roc_auc(said[train], wanted[train])
    return areas
