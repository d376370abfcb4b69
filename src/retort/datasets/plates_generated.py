"""Plates of couplings that the project enumerates, with yields from a kinetic model whose noise is known.

Every aryl halide meets every ligand, base and additive, with one amine and one precatalyst, as on the plates of Ahneman
et al. (2018). The yield is what a catalyst reaches that decays while it works: with a rate k of the coupling and a rate
d of the decay, both in units of the reaction time, the conversion is

    x = 1 - exp(-k (1 - exp(-d)) / d).

k grows with the covalent radius of the leaving halogen (iodides react first), with the positive charge of the ring's
carbons, and with the number of nitrogens at the base's central carbon; a bulky ligand slows it down. d grows with how
strongly the additive binds the metal, the charge of its free nitrogen over the substituents beside it, from which a
bulky ligand shields. All of these are computed from the structure. What is measured is drawn from a beta distribution
with mean x and variance x (1 - x) / (1 + n), where n, the precision, is smaller for the base that does not dissolve
well: bounded by 0 and 100 %, widest in the middle, and known for every well.
"""

import csv
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors, rdPartialCharges

from retort.chemistry.components import PALLADACYCLE, component
from retort.chemistry.couplings import aminated
from retort.chemistry.molecules import parse
from retort.datasets.errors import DataError

HALOGENS = ("Cl", "Br", "I")
RINGS = ("CC(C)c1ccc({0})cc1", "FC(F)(F)c1ccc({0})cc1", "c1cc({0})cnc1", "Cc1ccc({0})nc1")
AMINE = "COc1ccc(N)cc1"
LIGANDS = (
    "CC(C)(C)P(C(C)(C)C)C(C)(C)C",
    "c1ccc(P(c2ccccc2)c2ccccc2)cc1",
    "CC(C)(C)P(c1ccccc1-c1ccccc1)C(C)(C)C",
)
BASES = ("C1CCC2=NCCCN2CC1", "CN(C)C(=NC(C)(C)C)N(C)C")
ADDITIVES = (
    *("c1cocn1", "Cn1ccnc1", "c1ccncc1", "Cc1ccon1", "c1ccoc1", "c1ccc2ncccc2c1", "Cn1cccn1", "Cc1cccc(C)n1"),
    *("c1ccc(-c2ccno2)cc1", "c1cscn1", "COc1ccccc1", "c1ccc2ocnc2c1", "N#Cc1ccncc1", "COC(=O)c1ccon1", "c1ccsc1"),
    *("c1cncnc1", "c1ccc(-c2ccccn2)cc1", "Clc1ccccn1"),
)  # fmt: skip
TESTS = ("test_1", "test_2")  # held-out additives, a third of all in each
FIELDS = (
    *("halide", "halogen", "ring", "amine", "catalyst", "ligand", "base", "additive", "product", *TESTS),
    *("yield", "true_mean", "true_sd"),
)  # fmt: skip


class Well(NamedTuple):
    """What is put together."""

    halide: str
    ligand: str
    base: str
    additive: str


def generate(folder: Path, settings: dict, seed: int) -> None:
    """Write `plates.csv` with `FIELDS`; `yield`, `true_mean` and `true_sd` in percent.

    Args:
        folder: filled.
        settings: `rings` and `additives`, how many of the lists are used; `precision`, n of the base that dissolves
            well.
        seed: draws the noise, and the additives that `test_1` and `test_2` hold out.

    Raises:
        DataError: more rings or additives than there are.
    """
    for name, have in (("rings", RINGS), ("additives", ADDITIVES)):
        if not 1 <= settings[name] <= len(have):
            raise DataError(f"{settings[name]} {name}, expected 1 to {len(have)}. Hint: see the YAML.")
    random = np.random.default_rng(seed)
    additives = ADDITIVES[: settings["additives"]]
    held_out = _held_out(additives, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "plates.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for ring in RINGS[: settings["rings"]]:
            for halogen in HALOGENS:
                halide = component(ring.format(halogen))
                for ligand, base, additive in _conditions(additives):
                    well = Well(halide, ligand, base, additive)
                    mean, sd = truth(well, settings["precision"])
                    measured = random.beta(*_shape(mean, sd))
                    parts = ["test" if additive in held_out[test] else "train" for test in TESTS]
                    kind = "pyridyl" if "n" in ring else "carbocyclic"
                    row = [halide, halogen, kind, AMINE, PALLADACYCLE, ligand, base, additive]
                    numbers = [f"{100 * value:.3f}" for value in (measured, mean, sd)]
                    writer.writerow([*row, aminated(halide, AMINE), *parts, *numbers])


def truth(well: Well, precision: float) -> tuple[float, float]:
    """Mean and standard deviation of the yield of a well, as fractions, by the model of this module."""
    ring, leaving = _halide(well.halide)
    bulk = _bulk(well.ligand)
    nitrogens = _nitrogens(well.base)
    rate = np.exp(
        0.4 + 5 * (leaving - 1.2) + 20 * (ring - 0.02) + 0.9 * (nitrogens - 2.5) - 1.5 * (bulk - 1.1)
    )
    decay = 0.2 + binding(well.additive) ** 2 * np.exp(-2 * (bulk - 0.9))
    mean = 1 - np.exp(-rate * (1 - np.exp(-decay)) / decay)
    n = precision if nitrogens == 2 else precision / 3
    return float(mean), float(np.sqrt(mean * (1 - mean) / (1 + n)))


@cache
def binding(additive: str) -> float:
    """How strongly an additive binds a metal: 10 times the negative charge of a free ring nitrogen, in elementary
    charges, divided by one more than its neighbours have substituents; the strongest of all, 0 without one."""
    mol = _charged(additive)
    found = [0.0]
    for atom in mol.GetAtoms():
        if atom.GetSymbol() == "N" and atom.GetIsAromatic() and atom.GetDegree() == 2:
            beside = sum(neighbour.GetDegree() - 2 for neighbour in atom.GetNeighbors())
            found.append(-10 * atom.GetDoubleProp("_GasteigerCharge") / (1 + beside))
    return max(found)


@cache
def _halide(smiles: str) -> tuple[float, float]:
    """The mean charge of the carbons of the ring, and the covalent radius of the halogen on it in angstrom."""
    mol = _charged(smiles)
    (bond,) = mol.GetSubstructMatches(Chem.MolFromSmarts("[Cl,Br,I]-c"))
    charges = [
        atom.GetDoubleProp("_GasteigerCharge")
        for atom in mol.GetAtoms()
        if atom.GetIsAromatic() and atom.GetSymbol() == "C"
    ]
    leaving = Chem.GetPeriodicTable().GetRcovalent(mol.GetAtomWithIdx(bond[0]).GetSymbol())
    return sum(charges) / len(charges), leaving


@cache
def _nitrogens(base: str) -> int:
    """How many nitrogens sit at the carbon of an amidine (2) or a guanidine (3)."""
    ((carbon, _),) = parse(base).GetSubstructMatches(Chem.MolFromSmarts("[#6]=[#7]"))
    return sum(atom.GetSymbol() == "N" for atom in parse(base).GetAtomWithIdx(carbon).GetNeighbors())


@cache
def _bulk(ligand: str) -> float:
    """Labute's approximate surface, in 100 square angstrom."""
    return rdMolDescriptors.CalcLabuteASA(parse(ligand)) / 100


def _charged(smiles: str) -> Chem.Mol:
    mol = parse(smiles)
    rdPartialCharges.ComputeGasteigerCharges(mol)
    return mol


def _shape(mean: float, sd: float) -> tuple[float, float]:
    """The two parameters of a beta distribution of this mean and standard deviation."""
    total = mean * (1 - mean) / sd**2 - 1
    return mean * total, (1 - mean) * total


def _conditions(additives: Sequence[str]) -> list[tuple[str, str, str]]:
    return [(ligand, base, additive) for ligand in LIGANDS for base in BASES for additive in additives]


def _held_out(additives: Sequence[str], seed: int) -> dict[str, set[str]]:
    """A third of the additives for each test, none in both."""
    drawn = sorted(additives, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).hexdigest())
    size = len(drawn) // 3
    return {test: set(drawn[place * size : (place + 1) * size]) for place, test in enumerate(TESTS)}
