"""Sentences about a crystal by Robocrystallographer (A. M. Ganose and A. Jain, MRS Commun. 9, 874, 2019), faster.

The published loop spends 83 % of its time on two constants. It compares every crystal with all 180 named minerals, of
which only those of the same anonymous formula can match; and for every crystal it reads three megabytes of names of
molecules, which it can use only with Open Babel or by asking PubChem on the network. Here the others are not compared,
and no molecule is named: a text must not depend on the network or on what else is installed. Nothing else differs, and
a test compares texts. The package is imported when a crystal is described, and not before.
"""

import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from retort.chemistry.composition import SYMBOLS

PACKAGE = "robocrys"
VERSION = "0.2.13"  # its sentences change from version to version
NEEDS = "requirements-describe.txt"
INSTALL = f"`make setup`, or `pip install --no-deps -r {NEEDS}`"


class NoDescriberError(RuntimeError):
    """Robocrystallographer is needed and not there, or in another version; the message says how to install it."""


def describe(lattice: np.ndarray, numbers: np.ndarray, positions: np.ndarray) -> str:
    """The sentences as the package writes them, without oxidation states; about 3 processor seconds.

    Args:
        lattice: (3, 3), cell vectors as rows, in Å.
        numbers: (sites,) atomic numbers.
        positions: (sites, 3) fractional coordinates.

    Raises:
        NoDescriberError: the package is not installed in the version of the stored texts.
    """
    from pymatgen.core import Structure

    structure = Structure(np.asarray(lattice), [SYMBOLS[number - 1] for number in numbers], positions)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # missing radii, deprecations: some dozen for each crystal
        return _describer()(structure)


def demand() -> None:
    """Refuse to begin where the package is missing.

    Raises:
        NoDescriberError: it is not installed, or in another version.
    """
    how = f"Hint: {INSTALL}, or set RETORT_MIRRORS to a folder with stored texts"
    if find_spec(PACKAGE) is None:
        raise NoDescriberError(f"{PACKAGE} is not installed, and crystals are to be described. {how}.")
    version = import_module("importlib.metadata").version(PACKAGE)
    if version != VERSION:
        raise NoDescriberError(f"{PACKAGE} is {version}, expected {VERSION}. {how}.")


@cache
def _describer() -> Callable[[Any], str]:
    """A function of a pymatgen Structure; made once a process, for it reads the table of minerals."""
    demand()
    condenser: Any = import_module(f"{PACKAGE}.condense.condenser")
    mineral: Any = import_module(f"{PACKAGE}.condense.mineral")
    writer = import_module(f"{PACKAGE}.describe.describer").StructureDescriber(
        describe_symmetry_labels=True, describe_oxidation_states=False
    )
    condenser.MoleculeNamer = _Nameless

    class SameFormulaMatcher(mineral.MineralMatcher):
        """Compares a crystal with the minerals of its anonymous formula, the only ones that can match."""

        def get_aflow_matches(self, structure: Any) -> list[dict] | None:
            self._set_distance_matrix(structure)
            same = self._mineral_db[self._mineral_db["anonymous"] == structure.composition.anonymized_formula]
            if same.empty:
                return None
            matcher = mineral.ReducedAflowPrototypeMatcher(
                self.initial_ltol, self.initial_stol, self.initial_angle_tol, same
            )
            return matcher.get_prototypes(structure)

    matcher = SameFormulaMatcher()
    minerals = matcher.mineral_db
    minerals["anonymous"] = [each.composition.anonymized_formula for each in minerals["structure"]]
    condense = condenser.StructureCondenser(mineral_matcher=matcher).condense_structure
    return lambda structure: writer.describe(condense(structure))


class _Nameless:
    """In the place of the package's names of molecules."""

    def get_name_from_molecule_graph(self, graph: object) -> None:
        """No name."""
