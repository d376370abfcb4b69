"""What stands in a flask beside the product: one canonical string for each component of a reaction.

A component may consist of several fragments (a salt, a precatalyst and its counterion), which stay together, joined by
'.'. Strings of metal complexes change with RDKit's version, so that those which are constant in a data set are pinned.
"""

from functools import lru_cache

from retort.chemistry import molecules

# 2-Aminobiphenyl-palladium triflate, the precatalyst of Ahneman et al. (Science 360 (2018) 186). RDKit wrote it in four
# ways since 2020; this one has the bond from nitrogen as dative, as RDKit reads `[Pd]1-[NH2]`, too.
PALLADACYCLE = "O=S(=O)(O[Pd]1<-[NH2]c2ccccc2-c2ccccc21)C(F)(F)F"
PALLADIUM_ACETATE = "CC(=O)O[Pd]OC(C)=O"
PINNED = {
    molecules.canonical(molecules.parse(smiles)): smiles for smiles in (PALLADACYCLE, PALLADIUM_ACETATE)
}


@lru_cache(maxsize=1 << 16)
def component(smiles: str) -> str:
    """The canonical SMILES of one component, its fragments in RDKit's order; `~`, a bond of any kind, becomes `-`.

    Raises:
        MoleculeError: it is no molecule.
    """
    canonical = molecules.canonical(molecules.parse(smiles.strip().replace("~", "-")))
    return PINNED.get(canonical, canonical)


@lru_cache(maxsize=1 << 16)
def flat(smiles: str) -> str:
    """The canonical SMILES of one component without stereochemistry, by which tables of other authors are joined."""
    return molecules.structure_key(molecules.parse(smiles))
