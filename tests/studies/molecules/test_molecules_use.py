"""`retort embed` and `retort property`: rows stay in order, bad ones are named, models are those of the runs."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from retort import cli
from retort.studies.molecules import dmpnn, use
from retort.studies.molecules.backbones import make
from retort.studies.molecules.data import Records, predictions
from retort.studies.molecules.finetune import Predictor

GOOD = ["CCO", "c1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1", "C1CCCCC1N", "C"]
GIN = {"width": 16, "layers": 2, "norm": "layer", "dropout": 0.0, "features": ["number", "chirality"]}
SMILES = {"width": 16, "layers": 1, "heads": 2, "longest": 64, "dropout": 0.0, "randomised": True}
SETTINGS = {"text": "standard", "gin": GIN, "smiles": SMILES, "finetuning": {"head": 8, "dropout": 0.1}}
DMPNN = {"hidden": 16, "depth": 2}


def keep(root, place, method, weights, *, facts=(), **settings):
    folder = root / use.RUNS / place
    folder.mkdir(parents=True)
    save_file(weights, folder / "model.safetensors")
    record = {
        "study": "molecules",
        "settings": SETTINGS | {"method": method} | settings,
        "facts": dict(facts),
    }
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def encoder(root, place, backbone, seed=0):
    torch.manual_seed(seed)
    weights = make(SETTINGS | {"backbone": backbone}).state_dict()
    weights = {f"backbone.{name}": value for name, value in weights.items()}
    return keep(root, place, "pretrain", weights, backbone=backbone)


def graph_network(root, place, worth, seed=0):
    """A D-MPNN as its run leaves it: it needs no other file than its weights."""
    torch.manual_seed(seed)
    model = dmpnn.DMPNN(np.zeros(2), np.ones(2), **DMPNN)
    facts = {"kind": "classification", "labels": ["alive", "sweet"], "best_one-minus-auc": worth}
    return keep(root, place, "dmpnn", model.state_dict(), facts=facts, dmpnn=DMPNN)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())
    return tmp_path


def ask(capsys, *arguments):
    code = cli.main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


# What is read.


def test_a_smiles_file_keeps_its_lines(here):
    file = here / "some.smi"
    file.write_text("CCO ethanol\n\n  C\tmethane\nC1CC\n\n\n")
    assert use.rows_of_file(str(file), None) == ["CCO", "", "C", "C1CC"]


def test_a_table_is_read_by_its_column(here, monkeypatch):
    file = here / "some.csv"
    file.write_text('name,smiles,drug\n"a, b",CCO,C\nempty,,N\nshort\n')
    assert use.rows_of_file(str(file), None) == ["CCO", "", ""]
    assert use.rows_of_file(str(file), "drug") == ["C", "N", ""]
    monkeypatch.setattr(sys, "stdin", io.StringIO(file.read_text()))
    assert use.rows_of_file("-", "drug") == ["C", "N", ""]
    with pytest.raises(use.AskError, match=r"no column 'drugs'.*columns are name, smiles, drug"):
        use.rows_of_file(str(file), "drugs")


def test_bad_molecules_keep_their_row_and_say_why():
    molecules = use.read(["CCO", "C1CC", "", "[Na+].OC(=O)C", "c1ccccc1[N+](=O)[O-]"])
    assert [molecule.row for molecule in molecules] == [1, 2, 3, 4, 5]
    assert [bool(molecule.error) for molecule in molecules] == [False, True, True, False, False]
    assert "Na" not in molecules[3].standard
    assert "Na" in molecules[3].canonical


def test_nothing_heavy_is_imported_before_a_command_runs():
    code = (
        "import sys, argparse; from retort.studies.molecules import use; "
        "use.add_command(argparse.ArgumentParser().add_subparsers()); "
        "print(sorted({'torch', 'rdkit', 'numpy', 'polars', 'chemprop'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


# retort embed


@pytest.mark.parametrize("backbone", ["gin", "smiles"])
def test_vectors_are_the_encoders_in_the_order_of_the_file(here, capsys, backbone):
    folder = encoder(here, "corpus/corpus/dino/seed0", backbone)
    lines = [GOOD[0], "C1CC", *GOOD[1:], "nonsense"]
    (here / "some.smi").write_text("\n".join(lines) + "\n")
    code, out, err = ask(capsys, "embed", "some.smi", "-o", "vectors.npy", "--batch", "2")
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
        assert ask(capsys, "embed", "one.smi", "-o", "one.npy", "--run", str(folder))[0] == 0
        np.testing.assert_allclose(np.load(here / "one.npy")[0], vector, rtol=1e-4, atol=1e-5)


def test_vectors_do_not_depend_on_how_a_molecule_is_written(here, capsys):
    encoder(here, "corpus/corpus/dino/seed0", "smiles")
    (here / "some.csv").write_text("smiles,other\nCCO,OCC\nCC(=O)O,[Na+].CC(=O)[O-]\n")
    for column in ("smiles", "other"):
        assert ask(capsys, "embed", "some.csv", "--column", column, "-o", f"{column}.npy")[0] == 0
    np.testing.assert_allclose(np.load("smiles.npy"), np.load("other.npy"), rtol=1e-5)


def test_the_newest_run_of_the_variant_is_taken(here):
    old = encoder(here, "corpus/corpus/dino/seed0", "smiles")
    new = encoder(here, "other/corpus/dino/seed0", "smiles")
    encoder(here, "corpus/corpus/molclr/seed0", "smiles")
    for age, folder in ((100, new), (200, old)):
        os.utime(folder / "run.json", (1_000_000 - age, 1_000_000 - age))
    assert use.newest_encoder("dino") == new.relative_to(here)
    with pytest.raises(use.AskError, match=r"no pre-training run of 'mlm'.*--model is one of dino, molclr"):
        use.newest_encoder("mlm")


def test_only_bad_rows_give_only_nan(here, capsys):
    encoder(here, "corpus/corpus/dino/seed0", "smiles")
    (here / "some.smi").write_text("Q\nX\n")
    assert ask(capsys, "embed", "some.smi", "-o", "vectors.npy")[0] == 1
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
def test_what_cannot_be_embedded_is_said_in_one_line(here, capsys, arguments, words):
    encoder(here, "corpus/corpus/dino/seed0", "smiles")
    graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    (here / "some.smi").write_text("C\n")
    (here / "empty.smi").write_text("\n")
    code, out, err = ask(capsys, "embed", "-o", "vectors.npy", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert words in err
    assert not (here / "vectors.npy").exists()


# retort property


def test_the_answer_is_the_mean_over_seeds_with_its_spread(here, capsys):
    for seed in (0, 1, 2):
        graph_network(here, f"bbbp/strict/dmpnn/seed{seed}", 0.1, seed)
    code, out, err = ask(capsys, "property", "bbbp", *GOOD, "C1CC", "--json")
    assert code == 1
    answer = json.loads(out)
    assert len(answer["model"]["runs"]) == 3
    assert [row["row"] for row in answer["predictions"]] == [1, 2, 3, 4, 5, 6]
    assert "labels" not in answer["predictions"][5]
    assert answer["predictions"][5]["error"]
    for row, text in enumerate(GOOD):
        values = []
        for seed in (0, 1, 2):
            torch.manual_seed(seed)
            model = dmpnn.DMPNN(np.zeros(2), np.ones(2), **DMPNN).eval()
            values.append(
                model.values(dmpnn.MolGraphs([text], torch.device("cpu"))([0]), "classification")[0]
            )
        values = torch.stack(values).detach().numpy()
        for label, name in enumerate(("alive", "sweet")):
            said = answer["predictions"][row]["labels"][name]
            assert said["value"] == pytest.approx(values[:, label].mean(), rel=1e-5)
            assert said["spread"] == pytest.approx(values[:, label].std(ddof=1), rel=1e-3)
    code, out, err = ask(capsys, "property", "bbbp", "CCO")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [["CCO", "alive"], ["CCO", "sweet"]]
    assert all("±" in line for line in out.splitlines())
    assert "dmpnn trained on bbbp (strict), 3 seeds" in err


def test_the_best_on_valid_answers_and_splits_are_not_mixed(here):
    graph_network(here, "bbbp/random-0/easy/seed0", 0.01)
    graph_network(here, "bbbp/strict/worse/seed0", 0.3)
    better = [graph_network(here, f"bbbp/strict/better/seed{seed}", 0.2) for seed in (0, 1)]
    graph_network(here, "bace/strict/other/seed0", 0.001)
    encoder(here, "bbbp/strict/pretrained/seed0", "smiles")
    assert use.best_runs("bbbp") == [folder.relative_to(here) for folder in better]
    with pytest.raises(use.AskError, match=r"no trained model for 'esol'.*models for bace, bbbp"):
        use.best_runs("esol")


def test_it_says_how_well_the_model_does_on_its_test_set(here, capsys):
    folder = graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    ids, parts = [f"{row}" for row in range(6)], ["train", "valid", "test", "test", "test", "test"]
    texts = {text: ["C"] * 6 for text in ("standard", "canonical", "smiles")}
    labels = np.array([[0, 1], [1, 0], [1, 1], [0, 1], [0, np.nan], [1, 0]])
    records = Records(
        pl.DataFrame({"id": ids, "part": parts, **texts}), labels, ("alive", "sweet"), "classification"
    )
    # alive: three of four pairs in order; sweet: one of two.
    values = np.array([[0, 0], [0.9, 0.9], [0.1, 0.2], [0.3, 0.9], [0.5, 0.5]])
    predictions(records, values).write_parquet(folder / "predictions.parquet")
    prepared = here / "data/prepared/bbbp.parquet"
    prepared.parent.mkdir(parents=True)
    flags = [[None if np.isnan(value) else bool(value) for value in column] for column in labels.T]
    pl.DataFrame({"id": ids, "alive": flags[0], "sweet": flags[1]}).write_parquet(prepared)
    code, _, err = ask(capsys, "property", "bbbp", "CCO")
    assert code == 0
    assert "ROC-AUC on its test set 0.750" in err


@pytest.mark.parametrize(("backbone", "kind"), [("gin", "regression"), ("smiles", "classification")])
def test_a_fine_tuned_model_answers_as_it_was_left(here, capsys, backbone, kind):
    torch.manual_seed(0)
    settings = SETTINGS | {"backbone": backbone}
    model = Predictor(make(settings), np.array([10.0]), np.array([2.0]), **{"hidden": 8, "dropout": 0.1})
    facts = {"kind": kind, "labels": ["measured"], "best_rmse": 1.0}
    folder = keep(
        here, "esol/strict/tuned/seed0", "finetune", model.state_dict(), facts=facts, backbone=backbone
    )
    assert ask(capsys, "property", "esol", *GOOD, "--json", "--run", str(folder))[0] == 0
    cli.main(["property", "esol", *GOOD, "--json"])
    answers = json.loads(capsys.readouterr().out)["predictions"]
    molecules = use.read(GOOD)
    texts = [molecule.standard for molecule in molecules]
    with use.reader(settings, molecules, texts) as whole, torch.no_grad():
        wanted = model.eval().values(whole(np.arange(len(GOOD))), kind)[:, 0].numpy()
    said = [answer["labels"]["measured"]["value"] for answer in answers]
    np.testing.assert_allclose(said, wanted, rtol=1e-5)
    assert "spread" not in answers[0]["labels"]["measured"]


def test_molecules_of_a_file_and_of_standard_input(here, capsys, monkeypatch):
    graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    _, wanted, _ = ask(capsys, "property", "bbbp", *GOOD)
    (here / "some.smi").write_text("\n".join(GOOD))
    (here / "some.csv").write_text("drug\n" + "\n".join(GOOD))
    assert ask(capsys, "property", "bbbp", "--file", "some.smi")[1] == wanted
    assert ask(capsys, "property", "bbbp", "--file", "some.csv", "--column", "drug")[1] == wanted
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(GOOD)))
    assert ask(capsys, "property", "bbbp", "-")[1] == wanted


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bbbp"], "no molecule given"),
        (["nothing", "C"], "no trained model for 'nothing'"),
        (["bbbp", "C", "--run", "broken"], "it cannot be used"),
    ],
)
def test_what_cannot_be_predicted_is_said_in_one_line(here, capsys, arguments, words):
    folder = graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    (here / "broken").mkdir()
    (here / "broken/run.json").write_text((folder / "run.json").read_text())
    code, out, err = ask(capsys, "property", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert words in err
