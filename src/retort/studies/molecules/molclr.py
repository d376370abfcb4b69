"""The two views of MolCLR (Wang et al., Nat. Mach. Intell. 2022): atoms masked, bonds deleted, regions removed."""

import numpy as np

from retort.nn.molecular_graphs import Arrays, Graphs, MoleculeStore

MASK = 0  # the atomic number that stands for any atom


def two_views(
    store: MoleculeStore, rows: np.ndarray, settings: dict, rng: np.random.Generator
) -> tuple[Graphs, Graphs]:
    """Two views of the molecules `rows` (M,), each drawn on its own.

    Args:
        settings: `atoms` and `bonds`, the shares that are lost, and `kind`: `mask` (both shares at random), `subgraph`
            (a connected region of that share of the atoms is masked and its bonds deleted) or `mix` (one of the two).
    """
    whole = store.arrays(rows)
    return Graphs.of(view(whole, settings, rng)), Graphs.of(view(whole, settings, rng))


def view(whole: Arrays, settings: dict, rng: np.random.Generator) -> Arrays:
    """One view."""
    kind = settings["kind"]
    if kind == "mix":
        kind = "mask" if rng.random() < 0.5 else "subgraph"
    owner = np.repeat(np.arange(len(whole.sizes)), whole.sizes)
    if kind == "mask":
        masked = lowest(rng.random(len(owner)), owner, whole.sizes, settings["atoms"])
        of_bond = owner[whole.bonds[:, 0]]
        bonds_of = np.bincount(of_bond, minlength=len(whole.sizes))
        lost = lowest(rng.random(len(of_bond)), of_bond, bonds_of, settings["bonds"], least=0)
    else:
        masked = lowest(distances(whole, owner, rng), owner, whole.sizes, settings["atoms"])
        lost = masked[whole.bonds].any(axis=1)
    atoms = whole.atoms.copy()
    # Of a masked atom nothing is told, its hydrogens and charge (2 is none) included.
    atoms[masked] = np.array([MASK, 0, 2, 0, 0], atoms.dtype)
    return Arrays(atoms, whole.bonds[~lost], whole.types[~lost], whole.sizes)


def lowest(
    values: np.ndarray, owner: np.ndarray, sizes: np.ndarray, share: float, least: int = 1
) -> np.ndarray:
    """Marks in each molecule the share of its entries with the lowest values, rounded down, `least` at least.

    Args:
        values: (A,); owner: (A,) the molecule of each, ascending or not; sizes: (M,) entries of each molecule.
    """
    order = np.lexsort((values, owner))
    first = np.cumsum(sizes) - sizes
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(len(values)) - np.repeat(first, sizes)
    return rank < np.maximum(least, (share * sizes).astype(np.int64))[owner]


def distances(whole: Arrays, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(A,) bonds between each atom and a random centre of its molecule, with a random fraction to break ties.

    All molecules are walked at once, a bond further in each round; a region is then what is nearest to its centre.
    """
    first = np.cumsum(whole.sizes) - whole.sizes
    centre = first + (rng.random(len(whole.sizes)) * whole.sizes).astype(np.int64)
    far = np.full(len(owner), np.inf)
    far[centre] = 0
    for step in range(1, int(whole.sizes.max(initial=1))):
        one, other = whole.bonds.T
        met = np.concatenate([other[far[one] == step - 1], one[far[other] == step - 1]])
        new = met[np.isinf(far[met])]
        if not len(new):
            break
        far[new] = step
    far[np.isinf(far)] = len(owner)  # another fragment
    return far + rng.random(len(owner))
