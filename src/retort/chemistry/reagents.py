"""Structures of the solvents, bases, ligands and catalysts that tables of reactions call by short names.

Written from the names' own meaning (CAS, suppliers' catalogues). Where a table gives a structure, that one is taken.
"""

from retort.chemistry.components import PALLADIUM_ACETATE
from retort.chemistry.molecules import MoleculeError

SOLVENTS = {
    "1,4-dioxane": "C1COCCO1",
    "CH3CN": "CC#N",
    "CPME": "COC1CCCC1",
    "DCE": "ClCCCl",
    "DMA": "CC(=O)N(C)C",
    "DME": "COCCOC",
    "DMF": "CN(C)C=O",
    "DMSO": "CS(C)=O",
    "Dioxane": "C1COCCO1",
    "Et2O": "CCOCC",
    "EtOH": "CCO",
    "H2O": "O",
    "MeCN": "CC#N",
    "MeOH": "CO",
    "NMP": "CN1CCCC1=O",
    "THF": "C1CCOC1",
    "Toluene": "Cc1ccccc1",
    "benzene": "c1ccccc1",
    "(EtO)2CH2": "CCOCOCC",
    "hexane": "CCCCCC",
    "iPr2O": "CC(C)OC(C)C",
    "iPrOH": "CC(C)O",
    "m-xylene": "Cc1cccc(C)c1",
    "nBu2O": "CCCCOCCCC",
    "o-xylene": "Cc1ccccc1C",
    "p-xylene": "Cc1ccc(C)cc1",
    "sBuOH": "CCC(C)O",
    "t-AmOH": "CCC(C)(C)O",
    "t-amyl alcohol": "CCC(C)(C)O",
    "tAmOMe": "CCC(C)(C)OC",
    "tBuOH": "CC(C)(C)O",
    "tBuOMe": "COC(C)(C)C",
}
_P = "P(N(C)C)(N(C)C)"  # of the phosphazenes
BASES = {
    "2FPy": "Fc1ccccn1",
    "4EtPy": "CCc1ccncc1",
    "Ag2CO3": "O=C([O-])[O-].[Ag+].[Ag+]",
    "Ag3PO4": "O=P([O-])([O-])[O-].[Ag+].[Ag+].[Ag+]",
    "BB": "CN(C)C(=NC(C)(C)C)N(C)C",  # Barton's
    "BEMP": "CCN(CC)P1(=NC(C)(C)C)N(C)CCCN1C",
    "Cs2CO3": "O=C([O-])[O-].[Cs+].[Cs+]",
    "CsF": "[Cs+].[F-]",
    "CsOH.H2O": "O.[Cs+].[OH-]",
    "CsOPiv": "CC(C)(C)C(=O)[O-].[Cs+]",
    "Cy2NMe": "CN(C1CCCCC1)C1CCCCC1",
    "DBU": "C1CCC2=NCCCN2CC1",
    "DIPEA": "CCN(C(C)C)C(C)C",
    "DMAP": "CN(C)c1ccncc1",
    "Et3N": "CCN(CC)CC",
    "K2CO3": "O=C([O-])[O-].[K+].[K+]",
    "K2HPO4": "O=P([O-])([O-])O.[K+].[K+]",
    "K3PO4": "O=P([O-])([O-])[O-].[K+].[K+].[K+]",
    "KDMO": "CCC(C)([O-])CCCC(C)C.[K+]",  # 3,7-dimethyloctan-3-olate
    "KH2PO4": "O=P([O-])(O)O.[K+]",
    "KHCO3": "O=C([O-])O.[K+]",
    "KHMDS": "C[Si](C)(C)[N-][Si](C)(C)C.[K+]",
    "KOAc": "CC(=O)[O-].[K+]",
    "KOEt": "CC[O-].[K+]",
    "KOH": "[K+].[OH-]",
    "KOMe": "C[O-].[K+]",
    "KOPnt": "CCC(C)(C)[O-].[K+]",
    "KOtPn": "CCC(C)(C)[O-].[K+]",
    "Li2CO3": "O=C([O-])[O-].[Li+].[Li+]",
    "Li3PO4": "O=P([O-])([O-])[O-].[Li+].[Li+].[Li+]",
    "LiHMDS": "C[Si](C)(C)[N-][Si](C)(C)C.[Li+]",
    "LiOBut": "CC(C)(C)[O-].[Li+]",
    "LiOBut 1M in Hexanes": "CC(C)(C)[O-].[Li+]",
    "LiOEt": "CC[O-].[Li+]",
    "LiOH": "[Li+].[OH-]",
    "LiOMe": "C[O-].[Li+]",
    "LiOtBu": "CC(C)(C)[O-].[Li+]",
    "Lutidine": "Cc1cccc(C)n1",
    "Na2CO3": "O=C([O-])[O-].[Na+].[Na+]",
    "Na2HPO4": "O=P([O-])([O-])O.[Na+].[Na+]",
    "Na3PO4": "O=P([O-])([O-])[O-].[Na+].[Na+].[Na+]",
    "NaH": "[H-].[Na+]",
    "NaH2PO4": "O=P([O-])(O)O.[Na+]",
    "NaHCO3": "O=C([O-])O.[Na+]",
    "NaHMDS": "C[Si](C)(C)[N-][Si](C)(C)C.[Na+]",
    "NaOAc": "CC(=O)[O-].[Na+]",
    "NaOEt": "CC[O-].[Na+]",
    "NaOH": "[Na+].[OH-]",
    "NaOMe": "C[O-].[Na+]",
    "NaOtBu": "CC(C)(C)[O-].[Na+]",
    "NaOtPn": "CCC(C)(C)[O-].[Na+]",
    "P1-t-Bu": f"CC(C)(C)N={_P}N(C)C",
    "P1-t-Bu-tris": "CC(C)(C)N=P(N1CCCC1)(N1CCCC1)N1CCCC1",
    "P2-Et": f"CCN=P(N={_P}N(C)C)(N(C)C)N(C)C",
    "P2-t-Bu": f"CC(C)(C)N=P(N={_P}N(C)C)(N(C)C)N(C)C",
    "P4-t-Bu": f"CC(C)(C)N=P(N={_P}N(C)C)(N={_P}N(C)C)N={_P}N(C)C",
    "PMP": "CN1C(C)(C)CCCC1(C)C",
    "PS": "CN(C)c1cccc2cccc(N(C)C)c12",  # proton sponge
    "Pyridine": "c1ccncc1",
    "TBAF": "CCCC[N+](CCCC)(CCCC)CCCC.[F-]",
    "TBOAc": "CC(=O)[O-].CCCC[N+](CCCC)(CCCC)CCCC",
    "TMAF": "C[N+](C)(C)C.[F-]",
    "TMP": "CC1(C)CCCC(C)(C)N1",
    "dtpby": "CC(C)(C)c1cccc(C(C)(C)C)n1",
}
_FERROCENE = "[Fe+2]"


def _ferrocenes(phosphine: str) -> str:
    """Iron between two cyclopentadienyls that bear the same phosphine, written from phosphorus."""
    return f"{_FERROCENE}.{phosphine}[c-]1cccc1.{phosphine}[c-]1cccc1"


LIGANDS = {
    "AmPhos": "CN(C)c1ccc(P(C(C)(C)C)C(C)(C)C)cc1",
    "BrettPhos": "COc1ccc(OC)c(P(C2CCCCC2)C2CCCCC2)c1-c1c(C(C)C)cc(C(C)C)cc1C(C)C",
    "CataCXium A": "CCCCP(C12CC3CC(CC(C3)C1)C2)C12CC3CC(CC(C3)C1)C2",
    "JohnPhos": "CC(C)(C)P(c1ccccc1-c1ccccc1)C(C)(C)C",
    "P(Cy)3": "C1CCC(P(C2CCCCC2)C2CCCCC2)CC1",
    "P(Ph)3": "c1ccc(P(c2ccccc2)c2ccccc2)cc1",
    "P(o-Tol)3": "Cc1ccccc1P(c1ccccc1C)c1ccccc1C",
    "P(tBu)3": "CC(C)(C)P(C(C)(C)C)C(C)(C)C",
    "RockPhos": "COc1ccc(C)c(-c2c(C(C)C)cc(C(C)C)cc2C(C)C)c1P(C(C)(C)C)C(C)(C)C",
    "RuPhos": "CC(C)Oc1cccc(OC(C)C)c1-c1ccccc1P(C1CCCCC1)C1CCCCC1",
    "SPhos": "COc1cccc(OC)c1-c1ccccc1P(C1CCCCC1)C1CCCCC1",
    "XPhos": "CC(C)c1cc(C(C)C)c(-c2ccccc2P(C2CCCCC2)C2CCCCC2)c(C(C)C)c1",
    "Xantphos": "CC1(C)c2cccc(P(c3ccccc3)c3ccccc3)c2Oc2c(P(c3ccccc3)c3ccccc3)cccc21",
    "dppf": _ferrocenes("c1ccccc1P(c1ccccc1)"),
    "dtbpf": _ferrocenes("CC(C)(C)P(C(C)(C)C)"),
    "tBuBrettPhos": "COc1ccc(OC)c(P(C(C)(C)C)C(C)(C)C)c1-c1c(C(C)C)cc(C(C)C)cc1C(C)C",
}
_MESYLATE = "CS(=O)(=O)[O-]"
# Buchwald's precatalysts by generation: what is beside the ligand.
_GENERATIONS = {
    "1": "NCCc1ccccc1[Pd]Cl",
    "2": "Nc1ccccc1-c1ccccc1[Pd]Cl",
    "3": f"{_MESYLATE}.Nc1ccccc1-c1ccccc1[Pd+]",
    "4": f"{_MESYLATE}.CNc1ccccc1-c1ccccc1[Pd+]",
}


def _precatalyst(generation: str, ligand: str) -> str:
    return f"{LIGANDS[ligand]}.{_GENERATIONS[generation]}"


CATALYSTS = {
    "2G XPhos": _precatalyst("2", "XPhos"),
    "3G OMs RockPhos": _precatalyst("3", "RockPhos"),
    "3G OMs RuPhos": _precatalyst("3", "RuPhos"),
    "3G OMs XanthPhos": _precatalyst("3", "Xantphos"),
    "3G OMs tBuBrettPhos": _precatalyst("3", "tBuBrettPhos"),
    "BrettPhos Palladacycle": _precatalyst("1", "BrettPhos"),
    "Pd(OAc)2": PALLADIUM_ACETATE,
    "RuPhos Palladacycle": _precatalyst("1", "RuPhos"),
    "RuPhos Pd G4": _precatalyst("4", "RuPhos"),
    "SPhos Palladacycle": _precatalyst("1", "SPhos"),
    "Xantphos Pd G4": _precatalyst("4", "Xantphos"),
}


def structure(name: str, known: dict[str, str], kind: str) -> str:
    """The SMILES of a name in one of the tables of this module.

    Raises:
        MoleculeError: the table has none.
    """
    try:
        return known[name.strip()]
    except KeyError:
        raise MoleculeError(
            f"{name!r} is no molecule: a {kind} whose structure is not known here. "
            "Hint: add it to retort.chemistry.reagents."
        ) from None
