"""Products of cross couplings, for tables that name what went in and not what came out."""

from functools import lru_cache

from rdkit import Chem
from rdkit.Chem import rdChemReactions

from retort.chemistry import molecules

# An aryl halide and a primary aniline become a diarylamine (Buchwald and Hartwig); the halogen leaves.
AMINATION = (
    "[F,Cl,Br,I]-[c;H0;D3;+0:1](:[c,n:2]):[c,n:3].[NH2;D1;+0:4]-[c:5]"
    ">>[c,n:2]:[c;H0;D3;+0:1](:[c,n:3])-[NH;D2;+0:4]-[c:5]"
)


@lru_cache(maxsize=1)
def _amination() -> rdChemReactions.ChemicalReaction:
    return rdChemReactions.ReactionFromSmarts(AMINATION)


@lru_cache(maxsize=4096)
def aminated(halide: str, aniline: str) -> str:
    """The canonical SMILES of the diarylamine of an aryl halide and a primary aniline.

    Raises:
        MoleculeError: a string is no molecule, or the two give no product, or several different ones.
    """
    found = set()
    for (product,) in _amination().RunReactants((molecules.parse(halide), molecules.parse(aniline))):
        Chem.SanitizeMol(product)
        found.add(molecules.canonical(product))
    if len(found) != 1:
        raise molecules.MoleculeError(
            f"{halide!r} and {aniline!r} give {len(found)} diarylamines {sorted(found)}, expected one. "
            "Hint: one halogen at an aromatic carbon, one NH2 at another."
        )
    return found.pop()
