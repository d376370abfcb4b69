"""`retort embed`: vectors are in the order of the file, bad rows are named, encoders are those of the runs."""

import json
import os

import numpy as np
import polars as pl
import pytest

from retort.asking import AskError
from retort.sealed import read_json, write_json, write_table
from retort.studies.molecules import seen
from retort.studies.molecules.embedding import Embedding, newest_encoder
from retort.studies.molecules.pretrain import SUBSET

from .finished_runs import GOOD, encoder, graph_network


@pytest.mark.parametrize("backbone", ["gin", "walks", "smiles"])
def test_vectors_are_the_encoders_in_the_order_of_the_file(here, ask, backbone):
    folder = encoder(here, "corpus/corpus/dino/seed0", backbone)
    lines = [GOOD[0], "C1CC", *GOOD[1:], "nonsense"]
    (here / "some.smi").write_text("\n".join(lines) + "\n")
    code, out, err = ask("embed", "some.smi", "-o", "vectors.npy", "--batch", "2")
    assert (code, out) == (1, "")
    assert "row 2: C1CC:" in err
    assert "row 7: nonsense:" in err
    vectors = np.load(here / "vectors.npy")
    assert (vectors.shape, vectors.dtype) == ((7, 16), np.float32)
    assert np.isnan(vectors[[1, 6]]).all()
    good = vectors[[0, 2, 3, 4, 5]]
    assert np.isfinite(good).all()
    assert len(np.unique(good.round(4), axis=0)) == len(GOOD)
    assert not list(here.glob("*.part"))
    # One at a time, in another order and at another place in the batch: the same vectors.
    for molecule, vector in zip(GOOD, good, strict=True):
        (here / "one.smi").write_text(molecule)
        assert ask("embed", "one.smi", "-o", "one.npy", "--run", str(folder))[0] == 0
        np.testing.assert_allclose(np.load(here / "one.npy")[0], vector, rtol=1e-4, atol=1e-5)


def test_vectors_do_not_depend_on_how_a_molecule_is_written(here, ask):
    encoder(here, "corpus/corpus/dino/seed0", "smiles")
    (here / "some.csv").write_text("smiles,other\nCCO,OCC\nCC(=O)O,[Na+].CC(=O)[O-]\n")
    for column in ("smiles", "other"):
        assert ask("embed", "some.csv", "--column", column, "-o", f"{column}.npy")[0] == 0
    np.testing.assert_allclose(np.load("smiles.npy"), np.load("other.npy"), rtol=1e-5)
    (here / "some.csv").write_text("smiles\nCCO\nC1CC\n")
    assert "row 3: C1CC:" in ask("embed", "some.csv", "-o", "some.npy")[2]  # as a spreadsheet counts


def test_the_newest_run_of_the_variant_is_taken(here):
    old = encoder(here, "corpus/corpus/dino/seed0", "smiles")
    new = encoder(here, "other/corpus/dino/seed0", "smiles")
    encoder(here, "corpus/corpus/molclr/seed0", "smiles")
    for age, folder in ((100, new), (200, old)):
        os.utime(folder / "run.json", (1_000_000 - age, 1_000_000 - age))
    assert newest_encoder("dino") == new.relative_to(here)
    with pytest.raises(AskError, match=r"no pre-training run of 'mlm'.*--model is one of dino, molclr"):
        newest_encoder("mlm")


def test_a_table_keeps_its_columns_and_gets_the_numbers(here, ask):
    encoder(here, "corpus/corpus/dino/seed0", "smiles")
    (here / "some.csv").write_text('who,SMILES\n"a, b",CCO\nc,Q\n')
    code, _, err = ask("embed", "some.csv", "-o", "vectors.csv")
    assert (code, "the column 'SMILES' is read" in err) == (1, True)
    table = pl.read_csv("vectors.csv")
    assert table.columns[:3] == ["who", "SMILES", "vector_0"]
    assert table["who"].to_list() == ["a, b", "c"]
    vectors = Embedding.best()(["CCO", "Q"])
    np.testing.assert_allclose(table.select("^vector_.*$").row(0), vectors[0], rtol=1e-5, atol=1e-6)
    assert np.isnan(vectors[1]).all()
    assert table["vector_0"][1] is None
    assert "Q" in table["error"][1]


def test_json_tells_where_the_vectors_are_and_what_the_encoder_has_seen(here, ask):
    """Of twelve molecules in train the encoder drew five; a molecule of the others is not told as known."""
    folder = encoder(here, "corpus/corpus/dino/seed0", "gin")
    texts = [f"{'C' * size}{end}" for size in range(1, 9) for end in "ON"]
    table = pl.DataFrame({"id": [f"m{row:02d}" for row in range(16)], "smiles": texts, "standard": texts})
    parts = table.select("id", part=pl.Series(["train"] * 12 + ["valid"] * 4))
    record = read_json(folder / "run.json")
    record["settings"]["pretraining"] = {"molecules": 5}
    write_json(record | {"facts": {"molecules": 5}}, folder / "run.json")
    for name, rows in (("prepared", table), ("split", parts)):
        write_table(rows, here / record["inputs"][name])
    drawn = np.random.default_rng([0, SUBSET]).permutation(12)[:5].tolist()
    known, other = texts[drawn[0]], next(texts[row] for row in range(12) if row not in drawn)
    (here / "some.csv").write_text(f"name,SMILES\na,{known}\nb,Q\nc,{other}\n")
    code, out, _ = ask("embed", "some.csv", "-o", "vectors.npy", "--json", "-k", "2")
    told = json.loads(out)
    assert code == 1
    assert told["vectors"] == {"file": "vectors.npy", "shape": [3, 16]}
    assert told["model"]["training_molecules"] == 5
    first, bad, last = told["predictions"]
    assert first["columns"] == {"name": "a", "SMILES": known}
    assert first["nearest"][0] == {"smiles": known, "id": f"m{drawn[0]:02d}", "similarity": 1.0, "same": True}
    assert ("error" in bad, "nearest" in bad) == (True, False)
    assert not any(near["same"] for near in last["nearest"])
    for row in (first, last):
        assert len(row["nearest"]) == 2
        assert {near["smiles"] for near in row["nearest"]} <= {texts[place] for place in drawn}
    # However little of the table is looked at a time.
    whole = seen.nearest([known, other], table, 4)
    for cells in (1, 7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(seen, "CELLS", cells)
            assert seen.nearest([known, other], table, 4) == whole
    none = json.loads(ask("embed", "some.csv", "-o", "v.npy", "--json", "-k", "0")[1])
    assert none["predictions"][0]["nearest"] == []


def test_only_bad_rows_give_only_nan(here, ask):
    encoder(here, "corpus/corpus/dino/seed0", "smiles")
    (here / "some.smi").write_text("Q\nX\n")
    assert ask("embed", "some.smi", "-o", "vectors.npy")[0] == 1
    assert np.isnan(np.load("vectors.npy")).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.smi"], "absent.smi: No such file"),
        (["empty.smi"], "there is no molecule in it"),
        (["some.smi", "--batch", "0"], "expected at least 1"),
        (["some.smi", "--model", "none"], "no pre-training run of 'none'"),
        (["some.smi", "--run", "nowhere"], "it has no run.json"),
        (["some.smi", "--run", "data/runs/molecules/bbbp/strict/dmpnn/seed0"], "it is no run of this study"),
        (["some.smi", "-o", "nowhere/vectors.npy"], "No such file"),
    ],
)
def test_what_cannot_be_embedded_is_said_in_one_line(here, ask, arguments, words):
    encoder(here, "corpus/corpus/dino/seed0", "smiles")
    graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    (here / "some.smi").write_text("C\n")
    (here / "empty.smi").write_text("\n")
    code, out, err = ask("embed", "-o", "vectors.npy", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert words in err
    assert not (here / "vectors.npy").exists()


def test_weights_of_another_backbone_are_named_in_one_line(here, ask):
    folder = encoder(here, "corpus/corpus/dino/seed0", "gin")
    record = json.loads((folder / "run.json").read_text())
    record["settings"]["gin"] = record["settings"]["gin"] | {"width": 24}
    write_json(record, folder / "run.json")
    (here / "some.smi").write_text("C\n")
    code, _, err = ask("embed", "some.smi", "-o", "vectors.npy")
    assert (code, len(err.splitlines()), err.count("Hint")) == (2, 1, 1)
    assert "model.safetensors does not fit the backbone 'gin' of the settings. Hint" in err
