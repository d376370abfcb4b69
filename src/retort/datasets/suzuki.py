"""Suzuki-Miyaura couplings in flow (Perera et al. 2018), with the published random splits.

The workbook names 7 quinolines, 4 indazoles, 12 ligands, 8 bases and 4 solvents; one product for all 5,760 reactions.
The yield is the share of the product in the area of a chromatogram. Published reaction strings add the palladium
acetate and water of every reaction, which we do, and 1,3-diethylbenzene to every quinoline that is no boron compound.
"""

from pathlib import Path

import polars as pl

from retort.chemistry.components import PALLADIUM_ACETATE
from retort.chemistry.reagents import BASES, LIGANDS, SOLVENTS, structure
from retort.datasets import delimited
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared
from retort.datasets.reaction_yields import Record, table
from retort.datasets.workbooks import sheets

SHEET = "Sheet1"
PRODUCT = "Cc1ccc2c(cnn2C2CCCCO2)c1-c1ccc2ncccc2c1"
# What reacts: the electrophile bears a halogen or a triflate, the nucleophile boron.
ELECTROPHILES = {
    "1a, 6-Cl-Q": "Clc1ccc2ncccc2c1",
    "1b, 6-Br-Q": "Brc1ccc2ncccc2c1",
    "1c, 6-OTf-Q": "O=S(=O)(Oc1ccc2ncccc2c1)C(F)(F)F",
    "1d, 6-I-Q": "Ic1ccc2ncccc2c1",
    "2d, Bromide": "Cc1ccc2c(cnn2C2CCCCO2)c1Br",
}
NUCLEOPHILES = {
    "1e, 6-BOH2-Q": "Cl.OB(O)c1ccc2ncccc2c1",
    "1f, 6-BPin-Q": "CC1(C)OB(c2ccc3ncccc3c2)OC1(C)C",
    "1g, 6-BF3K-Q": "F[B-](F)(F)c1ccc2ncccc2c1.[K+]",
    "2a, Boronic Acid": "Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O",
    "2b, Boronic Ester": "Cc1ccc2c(cnn2C2CCCCO2)c1B1OC(C)(C)C(C)(C)O1",
    "2c, Trifluoroborate": "Cc1ccc2c(cnn2C2CCCCO2)c1[B-](F)(F)F.[K+]",
}
SAME_SOLVENT = {"THF_V2": "THF", "MeOH/H2O_V2 9:1": "MeOH"}  # measured again under another name
NAMES = {
    "first": "Reactant_1_Short_Hand",
    "second": "Reactant_2_Name",
    "ligand": "Ligand_Short_Hand",
    "base": "Reagent_1_Short_Hand",
    "solvent": "Solvent_1_Short_Hand",
}
YIELD = "Product_Yield_PCT_Area_UV"
DRAWS, TRAIN = 10, 4032
COLUMNS = dict.fromkeys(["electrophile", "nucleophile", "ligand", "base", "solvent"], pl.String)


def read(folder: Path, settings: dict) -> Prepared:
    """The reactions in the order of the workbook.

    Args:
        folder: holds the files.
        settings: `file`, the workbook, and `split`, the name of a split's file with `{draw}` in it.

    Returns:
        The table of `retort.datasets.reaction_yields` with `electrophile, nucleophile, ligand, base, solvent` (the
        workbook's names; `none` where there is none) and `random_0` to `random_9` (train or test).

    Raises:
        SchemaError: a file, sheet or column is missing, or a split is not one of these reactions.
        MoleculeError: a name that this module does not know.
    """
    rows = sheets(folder / settings["file"], [SHEET], [*NAMES.values(), YIELD])[SHEET]
    parts = {
        f"random_{draw}": _parts(folder / settings["split"].format(draw=draw), rows[YIELD].to_list())
        for draw in range(DRAWS)
    }
    records = []
    for row, cells in enumerate(rows.iter_rows(named=True)):
        name = {kind: cells[column].strip() for kind, column in NAMES.items()}
        name["solvent"] = SAME_SOLVENT.get(name["solvent"], name["solvent"])
        electrophile, nucleophile = name["first"], name["second"]
        if electrophile in NUCLEOPHILES:
            electrophile, nucleophile = nucleophile, electrophile
        components = [
            ("electrophile", structure(electrophile, ELECTROPHILES, "electrophile")),
            ("nucleophile", structure(nucleophile, NUCLEOPHILES, "nucleophile")),
            ("catalyst", PALLADIUM_ACETATE),
            ("ligand", _structure(name["ligand"], LIGANDS, "ligand")),
            ("base", _structure(name["base"], BASES, "base")),
            ("solvent", structure(name["solvent"], SOLVENTS, "solvent")),
            ("solvent", SOLVENTS["H2O"]),
        ]
        columns = {"electrophile": electrophile, "nucleophile": nucleophile}
        columns |= {kind: name[kind].replace("None", "none") for kind in ("ligand", "base", "solvent")}
        columns |= {draw: each[row] for draw, each in parts.items()}
        percent = cells[YIELD]
        records.append(Record(settings["file"], row, percent, components, [PRODUCT], columns=columns))
    return table("suzuki", records, COLUMNS | dict.fromkeys(parts, pl.String))


def _structure(name: str, known: dict[str, str], kind: str) -> str:
    return "" if name == "None" else structure(name, known, kind)


def _parts(path: Path, percents: list[float]) -> list[str]:
    """The part of each row of the workbook: a split's file numbers them, training rows first, with their yields."""
    parts = [""] * len(percents)
    for place, (row, record) in enumerate(delimited.records(path, ["", "y"], "\t")):
        if isinstance(record, delimited.Broken):
            raise SchemaError(f"{path}, row {row}: {record.reason}. Hint: download it again.")
        number = int(record[""])
        if not 0 <= number < len(parts) or parts[number]:
            raise SchemaError(
                f"{path}, row {row}: no reaction, or one twice: {number}. Hint: download it again."
            )
        if abs(100 * float(record["y"]) - percents[number]) > 1e-6:
            raise SchemaError(
                f"{path}, row {row}: yield {record['y']} of reaction {number}, expected {percents[number] / 100}. "
                "Hint: download it again."
            )
        parts[number] = "train" if place < TRAIN else "test"
    if "" in parts:
        raise SchemaError(f"{path} lacks reaction {parts.index('')}. Hint: download it again.")
    return parts
