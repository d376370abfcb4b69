"""Generated molecules: the same to the byte, labelled as independent rules say, and apart from the corpus."""

from pathlib import Path

import polars as pl
import pytest
import yaml
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors

from retort.chemistry import molecules
from retort.configuration.expand import split_families
from retort.datasets import molecule_corpus, molecule_table
from retort.datasets import molecules_generated as generated
from retort.datasets.errors import DataError
from retort.datasets.splits import manifest, split

WORKFLOW = Path(__file__).parents[2] / "workflow" / "config"
BLOCKS = {
    name: yaml.safe_load((WORKFLOW / "dataset" / f"{name}.yaml").read_text())
    for name in ("molecules_alerts", "molecules_properties", "molecules_corpus")
}
SPLITS = split_families(yaml.safe_load((WORKFLOW / "splits" / "molecules.yaml").read_text()))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The three data sets as the workflow generates them; two have one file."""
    made = {}
    for name in ("molecules_alerts", "molecules_corpus"):
        made[name] = tmp_path_factory.mktemp(name)
        block = BLOCKS[name]["generator"]
        generated.generate(made[name], block["settings"], block["seed"])
    assert BLOCKS["molecules_properties"]["generator"] == BLOCKS["molecules_alerts"]["generator"]
    return made | {"molecules_properties": made["molecules_alerts"]}


@pytest.fixture(scope="module")
def alerts(folders):
    return molecule_table.read(folders["molecules_alerts"], BLOCKS["molecules_alerts"]["settings"])


def test_they_are_what_the_yaml_asks_for(folders, alerts):
    assert alerts.rejects.is_empty()
    assert len(alerts.rows) == BLOCKS["molecules_alerts"]["generator"]["settings"]["rows"]
    assert not (alerts.rows["repeated"] | alerts.rows["contradictory"]).any()
    corpus = molecule_corpus.read(folders["molecules_corpus"], BLOCKS["molecules_corpus"]["settings"])
    assert corpus.rejects.is_empty()
    assert len(corpus.rows) == BLOCKS["molecules_corpus"]["generator"]["settings"]["rows"]
    assert not set(corpus.rows["key"]) & set(alerts.rows["key"]), "the corpus knows no molecule that judges"


def test_the_seed_gives_the_bytes(tmp_path):
    texts = []
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        generated.generate(tmp_path / folder, {"rows": 20, "part": "labelled"}, seed)
        texts.append((tmp_path / folder / "molecules.csv").read_bytes())
    assert texts[0] == texts[1] != texts[2]
    generated.generate(tmp_path / "d", {"rows": 10, "part": "labelled"}, 3)
    assert texts[0].startswith((tmp_path / "d" / "molecules.csv").read_bytes()), "more rows only add some"


def test_labels_are_those_of_other_functions(folders):
    raw = pl.read_csv(folders["molecules_alerts"] / "molecules.csv").head(150)
    assert tuple(raw.columns) == generated.FIELDS
    for smiles, logp, tpsa, _, nitro, basic in raw.iter_rows():
        mol = Chem.MolFromSmiles(smiles)
        assert smiles == Chem.MolToSmiles(mol)
        assert logp == pytest.approx(Crippen.MolLogP(mol), abs=1e-4)
        assert tpsa == pytest.approx(Descriptors.TPSA(mol) / 10, abs=1e-4)
        assert nitro == any(
            atom.GetSymbol() == "N"
            and sorted(
                (other.GetSmarts() if other.GetIsAromatic() else other.GetSymbol(), other.GetFormalCharge())
                for other in atom.GetNeighbors()
            )
            == [("O", -1), ("O", 0), ("c", 0)]
            for atom in mol.GetAtoms()
        )
        if not any(atom.GetSymbol() == "N" for atom in mol.GetAtoms()):
            assert not basic
    # Structural alerts are no property of the size.
    assert 0.1 < raw["brenk"].mean() < 0.9
    assert 0.02 < raw["nitro_aromatic"].mean() < 0.5
    assert 0.1 < raw["basic_amine"].mean() < 0.9


@pytest.mark.parametrize(
    ("smiles", "basic"),
    [
        ("CCN", True),
        ("C1CCNCC1", True),
        ("CN(C)Cc1ccccc1", True),
        ("Nc1ccccc1", False),
        ("CC(=O)NC", False),
        ("CS(=O)(=O)NC", False),
        ("c1ccncc1", False),
        ("CC#N", False),
        ("C[N+](=O)[O-]", False),
    ],
)
def test_which_nitrogen_is_basic(smiles, basic):
    assert molecules.parse(smiles).HasSubstructMatch(generated.BASIC_AMINE) == basic


def test_every_split_of_the_smoke_run_can_be_made(alerts):
    for name, block in SPLITS.items():
        report = manifest(alerts.rows, split(alerts.rows, block, seed=2026), block)
        assert report["leakage"] == 0, name
        assert min(report["rows"][part] for part in ("valid", "test")) > 20
    parts = alerts.rows.join(split(alerts.rows, SPLITS["strict"], seed=2026), on="id")
    for _, group in parts.group_by("part"):
        for label in molecule_table.label_columns(alerts.rows):
            assert group[label].n_unique() == 2, "every label can be scored in every part"


def test_a_structure_is_in_one_part_whatever_the_seed():
    assert {generated.part_of(key) for key in ("C", "CC", "CCC", "CCCC", "CCCCC")} == set(generated.PARTS)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rows": 5, "part": "both"}, "part 'both', expected one of labelled, corpus"),
        ({"rows": 20, "part": "labelled"}, r"20 molecules wanted, the fragments gave \d+\. Hint"),
    ],
)
def test_impossible_settings_are_refused(tmp_path, monkeypatch, settings, said):
    # One ring and two substituents give few molecules.
    monkeypatch.setattr(generated, "RINGS", ("c{r}ccc({0})cc{r}{1}",))
    monkeypatch.setattr(generated, "LINKERS", ("{0}",))
    monkeypatch.setattr(generated, "SUBSTITUENTS", ("C", "O"))
    with pytest.raises(DataError, match=said):
        generated.generate(tmp_path, settings, 0)
    assert not list(tmp_path.iterdir())
