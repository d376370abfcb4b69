"""Molecules drawn into Matplotlib axes: bonds as lines, other atoms than carbon as letters; vector graphics throughout.

RDKit gives the coordinates only. Stereochemistry is not drawn.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle

from retort.report import style

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Bond

# In the units of RDKit's drawings, where a bond is 1.5 long.
APART = 0.22  # between the lines of a double bond
INSET = 0.2  # by which the inner line of a double bond is shorter at each end
AROUND_LETTERS = 0.62  # that bonds keep free, in heights of a letter
MARGIN = 0.75
HALO = 0.42  # radius of a highlighted atom
LETTER = 0.78  # height of letters
LARGEST, SMALLEST = 8.0, 3.5  # points


@lru_cache(maxsize=256)
def _layout(smiles: str) -> tuple[np.ndarray, tuple, tuple[str, ...]]:
    """Coordinates (A, 2), bonds (first, second, order, inner side or None), and the letters of each atom."""
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise ValueError(f"{smiles!r} is no molecule that RDKit can read. Hint: draw standardised SMILES.")
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    rdDepictor.Compute2DCoords(molecule, canonOrient=True)
    places = molecule.GetConformer().GetPositions()[:, :2].copy()
    if np.ptp(places[:, 1]) > np.ptp(places[:, 0]):  # panels are wider than high
        places = places[:, ::-1] * (1, -1)
    centres: dict[int, tuple] = {}
    for ring in molecule.GetRingInfo().BondRings():
        atoms = {atom for bond in ring for atom in (_ends(molecule.GetBondWithIdx(bond)))}
        for bond in ring:
            # A bond of two rings turns its inner line to the smaller one.
            if bond not in centres or len(ring) < centres[bond][0]:
                centres[bond] = (len(ring), tuple(places[sorted(atoms)].mean(axis=0)))
    bonds = tuple(
        (*_ends(bond), int(bond.GetBondTypeAsDouble()), centres.get(bond.GetIdx(), (0, None))[1])
        for bond in molecule.GetBonds()
    )
    return places, bonds, tuple(_letters(atom) for atom in molecule.GetAtoms())


def _ends(bond: "Bond") -> tuple[int, int]:
    return bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()


def _letters(atom: "Atom") -> str:
    """What stands at an atom: nothing for a carbon in a skeleton, else its symbol, hydrogens and charge."""
    charge, degree = atom.GetFormalCharge(), atom.GetDegree()
    if atom.GetSymbol() == "C" and not charge and degree > 0 and not atom.GetIsotope():
        return ""
    hydrogens, size = atom.GetTotalNumHs(), abs(charge)
    text = atom.GetSymbol() + ("H" if hydrogens else "")
    if hydrogens > 1:
        text += rf"$_{{{hydrogens}}}$"
    if charge:
        text += rf"$^{{{size if size > 1 else ''}{'+' if charge > 0 else '-'}}}$"
    return text


def draw(
    ax: Axes,
    smiles: str,
    *,
    atoms: Mapping[int, str | tuple] | None = None,
    bonds: bool = True,
    faint: bool = False,
    removed: Collection[frozenset[int]] = (),
) -> None:
    """Draw one molecule, as large as the axes allow.

    Args:
        ax: its frame and ticks are removed.
        smiles: atoms are numbered as RDKit reads them.
        atoms: colour of the disc behind an atom, by atom number.
        bonds: whether bonds between two coloured atoms of one colour are coloured too.
        faint: draw what is not coloured in grey.
        removed: the pairs of atoms whose bond is drawn as taken away, a dotted line.

    Raises:
        ValueError: RDKit cannot read the string, or a number in `atoms` is not that of an atom.
    """
    places, found, letters = _layout(smiles)
    atoms = dict(atoms or {})
    unknown = sorted(set(atoms) - set(range(len(places))))
    if unknown:
        raise ValueError(
            f"{smiles!r} has {len(places)} atoms, none is number {unknown[0]}. Hint: count from 0."
        )
    before = len(ax.texts)
    ax.set_axis_off()
    ax.set_aspect("equal")
    low, high = places.min(axis=0) - MARGIN, places.max(axis=0) + MARGIN
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    box = ax.get_window_extent()
    points = min(box.width / (high - low)[0], box.height / (high - low)[1]) * 72 / ax.figure.dpi
    _halos(ax, places, found if bonds else (), atoms, width=2 * HALO * points * 0.75)
    grey = style.GREY if faint else style.BLACK
    size = float(np.clip(LETTER * points, SMALLEST, LARGEST))
    lines, shades = [], []
    for first, second, order, centre in found:
        if {first, second} in removed:
            ax.plot(*places[[first, second]].T, ":", color=style.VERMILLION, linewidth=1.2, zorder=2)
            continue
        gaps = tuple(AROUND_LETTERS * size / points * bool(letters[atom]) for atom in (first, second))
        new = bond_lines(places[first], places[second], order, centre, gaps)
        lines += new
        shades += [style.BLACK if {first, second} <= set(atoms) else grey] * len(new)
    ax.add_collection(
        LineCollection(
            lines,
            colors=shades,
            linewidths=float(np.clip(0.1 * points, 0.35, 0.9)),
            capstyle="round",
            zorder=2,
        )
    )
    for atom, ((x, y), text) in enumerate(zip(places, letters, strict=True)):
        if text:
            shade = style.BLACK if atom in atoms else grey
            ax.text(x, y, text, fontsize=size, ha="center", va="center_baseline", color=shade, zorder=3)
    # All of it lies within the axes: measuring each piece for the layout would only take time.
    for part in (*ax.texts[before:], *ax.lines, *ax.patches, *ax.collections):
        part.set_in_layout(False)


def _halos(ax: Axes, places: np.ndarray, bonds: tuple, atoms: Mapping, *, width: float) -> None:
    joined = [(a, b) for a, b, *_ in bonds if a in atoms and b in atoms and atoms[a] == atoms[b]]
    ax.add_collection(
        LineCollection(
            [places[list(pair)] for pair in joined],
            colors=[atoms[a] for a, _ in joined],
            linewidths=width,
            capstyle="round",
            zorder=1,
        )
    )
    for atom, shade in sorted(atoms.items()):
        ax.add_patch(Circle(places[atom], HALO, fc=shade, ec="none", zorder=1))


def bond_lines(
    start: np.ndarray, end: np.ndarray, order: int, centre: tuple | None, gaps: tuple[float, float]
) -> list[np.ndarray]:
    """The parallel lines (2, 2) of one bond.

    Args:
        start, end: (2,) places of its atoms.
        order: 1, 2 or 3; others are drawn as 1.
        centre: of the ring that it is part of, towards which its second line lies.
        gaps: that it keeps free of its two atoms; 0 where no letter stands.
    """
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    start, end = start + along * gaps[0], end - along * gaps[1]
    line = np.stack([start, end])
    if order == 3:
        return [line, line + APART * across, line - APART * across]
    if order != 2:
        return [line]
    if centre is None:
        return [line + APART / 2 * across, line - APART / 2 * across]
    side = np.sign((np.asarray(centre) - line.mean(axis=0)) @ across) or 1.0
    inner = line + side * APART * across
    return [line, inner + INSET * np.outer((not gaps[0], -(not gaps[1])), along)]
