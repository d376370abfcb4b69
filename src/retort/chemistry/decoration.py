"""Prototypes decorated with charge-balanced ions: which there are, and their electrostatics.

A composition is charge-balanced ions in the proportions of at least one structure type; its polymorphs are all types
of these proportions, with every way to place the ions.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, permutations, product

import numpy as np

from retort.chemistry.ions import ANIONS, CATIONS, radius
from retort.chemistry.prototypes import Prototype
from retort.chemistry.structure_types import STRUCTURE_TYPES

Ion = tuple[str, int]  # element, charge
Composition = tuple[tuple[Ion, int], ...]  # ions and their amounts, sorted


@dataclass(frozen=True)
class Decorated:
    """A prototype whose roles are filled with ions, by the letter of the role."""

    prototype: Prototype
    ions: Mapping[str, Ion]

    def radii(self, convention: str) -> dict[str, float]:
        """Ionic radius of each role in Å."""
        roles = self.prototype.roles
        return {
            letter: radius(*ion, roles[letter].coordination, convention) for letter, ion in self.ions.items()
        }

    @cached_property
    def charges(self) -> np.ndarray:
        """Formal charge of each site, (sites,)."""
        return np.array([self.ions[letter][1] for letter in self.prototype.letters])

    @cached_property
    def symbols(self) -> list[str]:
        """Element of each site."""
        return [self.ions[letter][0] for letter in self.prototype.letters]


@cache
def compositions() -> tuple[Composition, ...]:
    """Every charge-balanced set of ions in the proportions of a prototype, each once."""
    return tuple(_compositions())


def _compositions() -> Iterator[Composition]:
    cations = [(symbol, charge) for symbol, charges in CATIONS.items() for charge in charges]
    anions = [(symbol, charge) for symbol, charges in ANIONS.items() for charge in charges]
    seen = set()
    for wanted in _by_pattern():
        for chosen in product(combinations(cations, len(wanted[0])), combinations(anions, len(wanted[1]))):
            if len({symbol for ions in chosen for symbol, _ in ions}) < len(wanted[0]) + len(wanted[1]):
                continue
            for amounts in product(*(sorted(set(permutations(counts))) for counts in wanted)):
                pairs = [
                    (ion, amount)
                    for ions, counts in zip(chosen, amounts, strict=True)
                    for ion, amount in zip(ions, counts, strict=True)
                ]
                if sum(charge * amount for (_, charge), amount in pairs) == 0:
                    composition = tuple(sorted(pairs))
                    # MnFe2O4 is Mn2+ and Fe3+, or Mn4+ and Fe2+: the first reading stands.
                    formula = tuple((symbol, amount) for (symbol, _), amount in composition)
                    if formula not in seen:
                        seen.add(formula)
                        yield composition


def polymorphs(composition: Composition) -> list[Decorated]:
    """Every prototype of these proportions with every way to place the ions on its roles."""
    kinds = {"cation": lambda charge: charge > 0, "anion": lambda charge: charge < 0}
    found = []
    for prototype in _by_pattern().get(pattern(composition), ()):
        places = []
        for kind, is_kind in kinds.items():
            letters = [letter for letter, role in prototype.roles.items() if role.kind == kind]
            ions = [(ion, amount) for ion, amount in composition if is_kind(ion[1])]
            places.append(
                [
                    {letter: ion for letter, (ion, _) in zip(letters, order, strict=True)}
                    for order in permutations(ions)
                    if all(
                        prototype.counts[letter] == amount
                        for letter, (_, amount) in zip(letters, order, strict=True)
                    )
                ]
            )
        found += [Decorated(prototype, cations | anions) for cations, anions in product(*places)]
    return found


def labels(decorated: Decorated, lattice: np.ndarray, positions: np.ndarray) -> tuple[float, float]:
    """Ewald energy in eV per atom, and mean potential of the anion sites minus that of the cation sites in V.

    Args:
        decorated: gives the formal charge q of each site.
        lattice: cell vectors as rows in Å, (3, 3).
        positions: fractional coordinates, (sites, 3).

    pymatgen's energy of site i is half its charge times the potential of all other ions there, so V_i = 2 E_i / q_i.
    """
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Lattice, Species, Structure

    charges = decorated.charges
    species = [
        Species(symbol, charge) for symbol, charge in zip(decorated.symbols, charges.tolist(), strict=True)
    ]
    summation = EwaldSummation(Structure(Lattice(lattice), species, positions))
    energies = np.array([summation.get_site_energy(site) for site in range(len(species))])
    potentials = 2 * energies / charges
    return energies.sum() / len(species), potentials[charges < 0].mean() - potentials[charges > 0].mean()


@cache
def _by_pattern() -> dict[tuple, list[Prototype]]:
    """Prototypes by the amounts of their cations and anions, as ((1, 2), (4,))."""
    found = defaultdict(list)
    for prototype in STRUCTURE_TYPES:
        counts = {
            kind: tuple(
                sorted(
                    prototype.counts[letter] for letter, role in prototype.roles.items() if role.kind == kind
                )
            )
            for kind in ("cation", "anion")
        }
        found[counts["cation"], counts["anion"]].append(prototype)
    return found


def pattern(composition: Composition) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Amounts of the cations and of the anions, each ascending: ((1, 2), (4,)) for MgAl2O4."""
    cations = sorted(amount for (_, charge), amount in composition if charge > 0)
    anions = sorted(amount for (_, charge), amount in composition if charge < 0)
    return tuple(cations), tuple(anions)
