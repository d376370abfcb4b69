"""The small files that the data sets of discovery are read from, for tests; and where the published ones are."""

import json
import lzma
import os
import zipfile

import pytest
from pymatgen.core import Lattice, Structure

from retort.datasets.aflow import PROPERTIES
from retort.datasets.download import mirrors_from
from retort.datasets.measured import FILES, MENTIONED, SHEET

from .crystal_files import MP_COLUMNS, mp_row, rock_salt, write_csv_xz, write_labels

SALT = rock_salt("Na", "Cl", 5.64)
CAESIUM = Structure(Lattice.cubic(3.6), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])  # the same formula
TELLURIDE = rock_salt("Pb", "Te", 6.54)
CRYSTALS = [
    mp_row(0, "mp-1", SALT, "-2.0"),
    mp_row(1, "mp-2", CAESIUM, "-1.8"),
    mp_row(2, "mp-3", TELLURIDE, "-0.4"),
    mp_row(3, "mp-4", rock_salt("Mg", "O", 4.21), "-3.0"),
    mp_row(4, "mp-5", SALT * (2, 1, 1), "-1.95"),  # in a pair with mp-2 alone
    mp_row(5, "mp-6", rock_salt("K", "Br", 6.6) * (2, 2, 3), "-2.0"),  # 24 sites
]
SETTINGS = {"queries": ["PbTe"], "similar": 0.98, "apart": 0.1}


def write_crystals(folder, rows=CRYSTALS):
    """The table of crystals and the archive of ids, with all of them in train."""
    write_csv_xz(folder / "mp36k.csv.xz", MP_COLUMNS, rows)
    write_labels(folder / "megnet_e_form.json.zip", {row[1]: "-1.0" for row in rows}, {}, {})
    return folder


def write_aflow(folder, rows):
    """AFLOW's files of `(formula, part, {property: text})`."""
    for name in PROPERTIES:
        for part in ("train", "val", "test"):
            lines = [f"{f},{known[name]}" for f, where, known in rows if where == part and name in known]
            (folder / f"{name}-{part}.csv").write_text("\n".join(["formula,target", *lines]) + "\n")
    return folder


def write_sheet(path, columns):
    """A workbook with one sheet: the smallest that is one."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    cells = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    space, office = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org",
    )
    package, kind = f"{office}/package/2006/relationships", f"{office}/officeDocument/2006/relationships"
    relation = '<Relationships xmlns="{}"><Relationship Id="r1" Type="{}/{}" Target="{}"/></Relationships>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_rels/.rels", relation.format(package, kind, "officeDocument", "xl/workbook.xml"))
        archive.writestr(
            "xl/_rels/workbook.xml.rels", relation.format(package, kind, "worksheet", "worksheets/sheet1.xml")
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{space}" xmlns:r="{kind}"><sheets><sheet name="{SHEET}" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>',
        )


def _cell(value):
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def write_measured(folder):
    """One or two measurements in each collection, all of doped PbTe but one of MgO, and mat2vec's list."""
    write_sheet(folder / FILES["estm"], {"Formula": ["Pb0.98Na0.02Te", None], "ZT": [0.9, 1.0]})
    (folder / FILES["ucsb"]).write_text(",composition,zT\n1,PbTe,0.4\n2,MgO,\n3,Xx2,1\n")
    columns = {"Pymatgen Composition": ["Pb1 Te0.97 Se0.03"] * 2, "zT": [1.1, 1.4], "Year": [2012, 2009]}
    write_sheet(folder / FILES["system"], columns)
    write_csv_xz(
        folder / FILES["starrydata"], ["composition", "ZT"], [["Pb1.01Te", "1.2"], ["Fe2VAl", "0.1"]]
    )
    table = {"PbTe": [{"PbTe": 3}, True, [10.0, 20.0, 60.0]], "MgO": [{"MgO": 1}, False, None]}
    (folder / MENTIONED).write_bytes(lzma.compress(json.dumps(table).encode()))
    return folder


def published(folder, files):
    """`folder` with links to a mirror's files, `{name: path below materials}`; skips where no mirror has them."""
    for mirror in mirrors_from(os.environ):
        paths = {name: mirror / "materials" / path for name, path in files.items()}
        if all(path.is_file() for path in paths.values()):
            for name, path in paths.items():
                (folder / name).symlink_to(path)
            return folder
    pytest.skip(f"no folder of RETORT_MIRRORS holds materials/{next(iter(files.values()))}")


def of_yaml(block):
    """The files of a data set's YAML, as `published` takes them."""
    return {file["name"]: file["mirror"].removeprefix("materials/") for file in block["files"]}
