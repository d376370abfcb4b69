"""Molecules that the project joins from fragments, labelled by what RDKit computes from the structure.

Two rings with substituents are joined by a linker, as in many a drug. Labels are calculations and rules: Crippen's
log P (Wildman and Crippen, 1999), the polar surface of Ertl et al. (2000), and three structural alerts.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem import Crippen, rdMolDescriptors
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from retort.chemistry import molecules
from retort.datasets.errors import DataError

# Rings, open where something is attached; {r} and {s} are numbers of ring closures.
RINGS = (
    "c{r}ccc({0})cc{r}{1}", "c{r}cc({0})ccc{r}{1}", "c{r}ncc({0})cc{r}{1}", "c{r}nc({0})ncc{r}{1}",
    "c{r}cc({0})sc{r}{1}", "c{r}cc({0})oc{r}{1}", "c{r}cn({0})nc{r}{1}", "c{r}c({0})[nH]c{s}ccccc{r}{s}{1}",
    "C{r}CN({0})CCC{r}{1}", "C{r}CC({0})CCC{r}{1}", "C{r}CN({0})CCN{r}{1}", "C{r}CC({0})OC{r}{1}",
    "c{r}cc({0})c{s}ccccc{s}c{r}{1}", "c{r}nc({0})c{s}ccccc{s}n{r}{1}",
)  # fmt: skip
LINKERS = (
    "{0}",
    "C{0}",
    "CC{0}",
    "O{0}",
    "CO{0}",
    "C(=O)N{0}",
    "NC(=O){0}",
    "C(=O){0}",
    "S(=O)(=O)N{0}",
    "CN(C){0}",
    "OC{0}",
)
SUBSTITUENTS = (
    "C", "CC", "C(C)C", "O", "OC", "OCC", "N", "NC", "N(C)C", "CN(C)C", "CCN(CC)CC", "F", "Cl", "Br", "C(F)(F)F", "C#N",
    "C=O", "C(=O)O", "C(=O)OC", "C(=O)N", "NC(C)=O", "S(C)(=O)=O", "S(N)(=O)=O", "[N+](=O)[O-]", "[N+](=O)[O-]", "CO",
    "SC", "C=CC(=O)OC", "N=Nc9ccccc9", "C(=O)CBr",
)  # fmt: skip
NITRO_AROMATIC = Chem.MolFromSmarts("c[N+](=O)[O-]")
# A nitrogen that takes up a proton: bound to saturated carbon only, and no amide's.
BASIC_AMINE = Chem.MolFromSmarts("[NX3;!$(N-[!#6]);!$(N-C=[O,S,N]);!$(N-c);!$(N-C=C);!$(N-C#N)]")
PARTS = ("labelled", "corpus")
FIELDS = ("smiles", "logp", "tpsa", "brenk", "nitro_aromatic", "basic_amine")
MOST_TRIES = 50  # drawn for every molecule that is wanted, before the fragments count as spent


def generate(folder: Path, settings: dict, seed: int) -> None:
    """Write `molecules.csv` with `FIELDS`: log P, polar surface in 10 square Å, and alerts as 0 or 1.

    Args:
        folder: filled.
        settings: `rows`, how many molecules; `part`, `labelled` or `corpus`: a structure is in one of the two, whatever
            the seed.
        seed: draws the molecules.

    Raises:
        DataError: an unknown part, or more rows than the fragments give.
    """
    if settings["part"] not in PARTS:
        raise DataError(f"part {settings['part']!r}, expected one of {', '.join(PARTS)}. Hint: see the YAML.")
    parameters = FilterCatalogParams()
    parameters.AddCatalog(FilterCatalogParams.FilterCatalogs.BRENK)
    brenk = FilterCatalog(parameters)
    rows = []
    for mol in _distinct(settings["rows"], settings["part"], np.random.default_rng(seed)):
        rows.append(
            (
                molecules.canonical(mol),
                f"{Crippen.MolLogP(mol):.4f}",
                f"{rdMolDescriptors.CalcTPSA(mol) / 10:.4f}",
                int(brenk.HasMatch(mol)),
                int(mol.HasSubstructMatch(NITRO_AROMATIC)),
                int(mol.HasSubstructMatch(BASIC_AMINE)),
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "molecules.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(rows)


def part_of(key: str) -> str:
    """The part that a structure belongs to, by its key."""
    return PARTS[int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 2]


def draw(random: np.random.Generator) -> str:
    """The SMILES string of one molecule: a ring with a substituent, and often a linker and another such ring."""

    def one(choices: tuple[str, ...]) -> str:
        return choices[random.integers(len(choices))]

    inner = one(RINGS).format(one(SUBSTITUENTS), "", r=3, s=4)
    if random.random() < 0.4:
        inner = one(RINGS).format(one(SUBSTITUENTS), one(SUBSTITUENTS), r=3, s=4)
    if random.random() < 0.2:
        return inner
    return one(RINGS).format(one(SUBSTITUENTS), one(LINKERS).format(inner), r=1, s=2)


def _distinct(count: int, part: str, random: np.random.Generator) -> Iterator[Chem.Mol]:
    seen: set[str] = set()
    for _ in range(MOST_TRIES * count):
        if len(seen) == count:
            return
        try:
            mol = molecules.parse(draw(random))
        except molecules.MoleculeError:
            continue  # a bond that chemistry does not allow, such as to a full nitrogen
        key = molecules.structure_key(molecules.standardised(mol))
        if key not in seen and part_of(key) == part:
            seen.add(key)
            yield mol
    if len(seen) < count:
        raise DataError(
            f"{count} molecules wanted, the fragments gave {len(seen)}. Hint: ask for fewer rows."
        )
