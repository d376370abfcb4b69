"""A few crystals, and their graphs in every form, for the tests of the structure models."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import torch
from pymatgen.core import Lattice, Structure

from retort.datasets.views import crystal_graphs
from retort.studies.transfer.graphs import GraphStore

VECTORS = torch.randn(119, 92, generator=torch.Generator().manual_seed(0))


@cache
def structures() -> list[Structure]:
    """Perovskite, rutile, rock salt (conventional), zinc blende (primitive), and one without symmetry."""
    anywhere = np.random.default_rng(3).uniform(size=(4, 3))
    return [
        Structure.from_spacegroup(
            "Pm-3m", Lattice.cubic(3.905), ["Sr", "Ti", "O"], [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0]]
        ),
        Structure.from_spacegroup(
            "P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"], [[0, 0, 0], [0.305, 0.305, 0]]
        ),
        Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0, 0]]),
        Structure.from_spacegroup(
            "F-43m", Lattice.cubic(5.41), ["Zn", "S"], [[0, 0, 0], [0.25, 0.25, 0.25]]
        ).get_primitive_structure(),
        Structure(Lattice.from_parameters(5.1, 5.9, 6.2, 71, 83, 98), ["Li", "Fe", "P", "O"], anywhere),
    ]


def table(crystals: list[Structure]) -> pl.DataFrame:
    """The columns of a prepared table that the view reads."""
    return pl.DataFrame(
        {
            "id": [f"c{row}" for row in range(len(crystals))],
            "lattice": [crystal.lattice.matrix.ravel().tolist() for crystal in crystals],
            "numbers": [list(crystal.atomic_numbers) for crystal in crystals],
            "positions": [crystal.frac_coords.ravel().tolist() for crystal in crystals],
        }
    )


def store(crystals: list[Structure], folder: Path, *, merged: bool = True) -> GraphStore:
    """Their graphs, by way of the disk."""
    crystal_graphs.build(table(crystals), folder, merged=merged)
    return GraphStore(folder)


def rotated(crystal: Structure) -> Structure:
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    return Structure(crystal.lattice.matrix @ turn, crystal.species, crystal.frac_coords)


def translated(crystal: Structure) -> Structure:
    return Structure(crystal.lattice, crystal.species, crystal.frac_coords + np.array([0.31, -0.12, 0.77]))


def enlarged(crystal: Structure) -> Structure:
    return crystal * (2, 1, 1)


def shuffled(crystal: Structure) -> Structure:
    order = np.random.default_rng(2).permutation(len(crystal))
    return Structure.from_sites([crystal[int(site)] for site in order])


CHANGES = [rotated, translated, enlarged, shuffled]
