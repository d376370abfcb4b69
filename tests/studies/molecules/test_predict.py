"""`retort property`: the best run on valid answers, as it was left, with the spread of its seeds."""

import io
import json
import sys

import numpy as np
import polars as pl
import pytest
import torch

from retort.asking import AskError
from retort.sealed import write_table
from retort.studies.molecules import dmpnn, given
from retort.studies.molecules.backbones import make
from retort.studies.molecules.data import Records, predictions
from retort.studies.molecules.finetune import Predictor
from retort.studies.molecules.predict import best_runs

from .finished_runs import DMPNN, GOOD, SETTINGS, encoder, graph_network, keep


def test_the_answer_is_the_mean_over_seeds_with_its_spread(here, ask):
    for seed in (0, 1, 2):
        graph_network(here, f"bbbp/strict/dmpnn/seed{seed}", 0.1, seed)
    code, out, err = ask("property", "bbbp", *GOOD, "C1CC", "--json")
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
            label_answer = answer["predictions"][row]["labels"][name]
            assert label_answer["value"] == pytest.approx(values[:, label].mean(), rel=1e-5)
            assert label_answer["spread"] == pytest.approx(values[:, label].std(ddof=1), rel=1e-3)
    code, out, err = ask("property", "bbbp", "CCO")
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
    assert best_runs("bbbp") == [folder.relative_to(here) for folder in better]
    with pytest.raises(AskError, match=r"no trained model for 'esol'.*models for bace, bbbp"):
        best_runs("esol")


def test_it_says_how_well_the_model_does_on_its_test_set(here, ask):
    folder = graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    ids, parts = [f"{row}" for row in range(6)], ["train", "valid", "test", "test", "test", "test"]
    texts = {text: ["C"] * 6 for text in ("standard", "canonical", "smiles")}
    labels = np.array([[0, 1], [1, 0], [1, 1], [0, 1], [0, np.nan], [1, 0]])
    records = Records(
        pl.DataFrame({"id": ids, "part": parts, **texts}), labels, ("alive", "sweet"), "classification"
    )
    # alive: three of four pairs in order; sweet: one of two.
    values = np.array([[0, 0], [0.9, 0.9], [0.1, 0.2], [0.3, 0.9], [0.5, 0.5]])
    write_table(predictions(records, values), folder / "predictions.parquet")
    prepared = here / "data/prepared/bbbp.parquet"
    prepared.parent.mkdir(parents=True)
    flags = [[None if np.isnan(value) else bool(value) for value in column] for column in labels.T]
    write_table(pl.DataFrame({"id": ids, "alive": flags[0], "sweet": flags[1]}), prepared)
    code, _, err = ask("property", "bbbp", "CCO")
    assert code == 0
    assert "ROC-AUC on its test set 0.750" in err


@pytest.mark.parametrize(("backbone", "kind"), [("gin", "regression"), ("smiles", "classification")])
def test_a_fine_tuned_model_answers_as_it_was_left(here, ask, backbone, kind):
    torch.manual_seed(0)
    settings = SETTINGS | {"backbone": backbone}
    model = Predictor(make(settings), np.array([10.0]), np.array([2.0]), **{"hidden": 8, "dropout": 0.1})
    facts = {"kind": kind, "labels": ["measured"], "best_rmse": 1.0}
    folder = keep(
        here, "esol/strict/tuned/seed0", "finetune", model.state_dict(), facts=facts, backbone=backbone
    )
    assert ask("property", "esol", *GOOD, "--json", "--run", str(folder))[0] == 0
    answers = json.loads(ask("property", "esol", *GOOD, "--json")[1])["predictions"]
    molecules = given.read(GOOD)
    texts = [molecule.standard for molecule in molecules]
    with given.reader(settings, molecules, texts) as whole, torch.no_grad():
        wanted = model.eval().values(whole(np.arange(len(GOOD))), kind)[:, 0].numpy()
    predicted = [answer["labels"]["measured"]["value"] for answer in answers]
    np.testing.assert_allclose(predicted, wanted, rtol=1e-5)
    assert "spread" not in answers[0]["labels"]["measured"]


def test_molecules_of_a_file_and_of_standard_input(here, ask, monkeypatch):
    graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    _, wanted, _ = ask("property", "bbbp", *GOOD)
    (here / "some.smi").write_text("\n".join(GOOD))
    (here / "some.csv").write_text("drug\n" + "\n".join(GOOD))
    assert ask("property", "bbbp", "--file", "some.smi")[1] == wanted
    assert ask("property", "bbbp", "--file", "some.csv", "--column", "drug")[1] == wanted
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(GOOD)))
    assert ask("property", "bbbp", "-")[1] == wanted


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bbbp"], "no molecule given"),
        (["nothing", "C"], "no trained model for 'nothing'"),
        (["bbbp", "C", "--run", "broken"], "it cannot be used"),
        (["bace", "C", "--run", "broken"], "it was trained on 'bbbp', asked for is 'bace'"),
    ],
)
def test_what_cannot_be_predicted_is_said_in_one_line(here, ask, arguments, words):
    folder = graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    (here / "broken").mkdir()
    (here / "broken/run.json").write_text((folder / "run.json").read_text())
    code, out, err = ask("property", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert words in err
