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


def _carbene(group: str, back: str = "=") -> str:
    """A free carbene between two nitrogens with the same group; the bond opposite of it is double or, `-`, single."""
    return f"[C]1N({group})C{back}CN1{group}"


_DIISOPROPYLPHENYL, _MESITYL = "c2c(C(C)C)cccc2C(C)C", "c2c(C)cc(C)cc2C"
_CY2P, _PCY2 = "C2CCCCC2P(C2CCCCC2)", "P(C2CCCCC2)C2CCCCC2"
_PH2P, _PPH2 = "c2ccccc2P(c2ccccc2)", "P(c2ccccc2)c2ccccc2"
_BENZIMIDAZOLE = "N(C)c2ccccc2N1C(C)C"
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
    # Of nickel, by the names of NiCOlit.
    "C1-CDC": f"CC(C)N1c2ccccc2N(C(C)C)C1=C=C1{_BENZIMIDAZOLE}",
    "CDC": f"CC(C)N1c2ccccc2N(C)C1=C=C1{_BENZIMIDAZOLE}",
    "CyJohnPhos": f"c1ccccc1-c1ccccc1{_PCY2}",
    "I(2-Ad)": _carbene("C2C3CC4CC(C3)CC2C4"),
    "IAd": _carbene("C23CC4CC(CC(C4)C2)C3"),
    "ICy": _carbene("C2CCCCC2"),
    "IIPr": _carbene("C(C)C"),
    "IMes": _carbene(_MESITYL),
    "IPr": _carbene(_DIISOPROPYLPHENYL),
    "ItBu": _carbene("C(C)(C)C"),
    "P(C6F5)3": "Fc1c(F)c(F)c(P(c2c(F)c(F)c(F)c(F)c2F)c2c(F)c(F)c(F)c(F)c2F)c(F)c1F",
    "P(CH2Ph)3": "c1ccc(CP(Cc2ccccc2)Cc2ccccc2)cc1",
    "P(NMe2)3": "CN(C)P(N(C)C)N(C)C",
    "P(OMe)3": "COP(OC)OC",
    "P(nBu)3": "CCCCP(CCCC)CCCC",
    "P(o-tolyl)3": "Cc1ccccc1P(c1ccccc1C)c1ccccc1C",
    "P(p-OMePh)3": "COc1ccc(P(c2ccc(OC)cc2)c2ccc(OC)cc2)cc1",
    "P(p-tolyl)3": "Cc1ccc(P(c2ccc(C)cc2)c2ccc(C)cc2)cc1",
    "PBu3": "CCCCP(CCCC)CCCC",
    "PCp3": "C1CCCC1P(C1CCCC1)C1CCCC1",
    "PCy2(1,2-biPh)": f"c1ccccc1-c1ccccc1{_PCY2}",
    "PCy3": f"C1CCCCC1{_PCY2}",
    "PEt3": "CCP(CC)CC",
    "PMe3": "CP(C)C",
    "PMetBu2": "CP(C(C)(C)C)C(C)(C)C",
    "PPh2Cy": f"C1CCCCC1{_PPH2}",
    "PPh3": f"c1ccccc1{_PPH2}",
    "PPhCy2": f"c1ccccc1{_PCY2}",
    "PhPCy2": f"c1ccccc1{_PCY2}",
    "PiBu3": "CC(C)CP(CC(C)C)CC(C)C",
    "PiPr3": "CC(C)P(C(C)C)C(C)C",
    "SIMes": _carbene(_MESITYL, "-"),
    "SIPr": _carbene(_DIISOPROPYLPHENYL, "-"),
    "SItBu": _carbene("C(C)(C)C", "-"),
    "bipy": "c1ccc(-c2ccccn2)nc1",
    "dcypb": f"{_CY2P}CCCC{_PCY2}",
    "dcypbz": f"{_CY2P}c1ccccc1{_PCY2}",
    "dcype": f"{_CY2P}CC{_PCY2}",
    "dcypf": _ferrocenes(_CY2P),
    "dcypt": f"{_CY2P}c1cscc1{_PCY2}",
    "depe": "CCP(CC)CCP(CC)CC",
    "dippf": _ferrocenes("CC(C)P(C(C)C)"),
    "dmpe": "CP(C)CCP(C)C",
    "dppb": f"{_PH2P}CCCC{_PPH2}",
    "dppe": f"{_PH2P}CC{_PPH2}",
    "dppp": f"{_PH2P}CCC{_PPH2}",
    "phen": "c1cnc2c(c1)ccc1cccnc12",
    "rac-BINAP": "c1ccc(P(c2ccccc2)c2ccc3ccccc3c2-c2c(P(c3ccccc3)c3ccccc3)ccc3ccccc23)cc1",
    "t-BuPCy2": f"CC(C)(C){_PCY2}",
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
