"""`retort property`: the best on valid answers, as it was left or as it is fitted again, with what is known nearby."""

import io
import json
import shutil
import sys

import numpy as np
import polars as pl
import pytest
import torch

from retort.asking import AskError
from retort.sealed import read_table, write_table
from retort.studies.molecules import baselines, dmpnn, given
from retort.studies.molecules.ask import tanimoto
from retort.studies.molecules.backbones import make
from retort.studies.molecules.data import read
from retort.studies.molecules.finetune import Predictor
from retort.studies.molecules.trained import Property

from .finished_runs import DMPNN, GOOD, SETTINGS, encoder, graph_network, judge, keep


def test_the_answer_is_the_mean_over_seeds(here, ask):
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
    code, out, err = ask("property", "bbbp", "CCO")
    assert code == 0
    labels = [line for line in out.splitlines() if not line.startswith(" ")]
    assert [line.split()[:2] for line in labels] == [["CCO", "alive"], ["CCO", "sweet"]]
    assert "dmpnn trained on bbbp (strict), 3 seeds, 10 molecules" in err
    assert "ROC-AUC 0.920 on 10 of valid" in err  # 2 of 25 pairs, for a tenth


def test_the_best_on_valid_answers_whatever_its_kind_and_splits_are_not_mixed(here):
    graph_network(here, "bbbp/random-0/easy/seed0", 0.01)
    graph_network(here, "bbbp/strict/worse/seed0", 0.3)
    better = [graph_network(here, f"bbbp/strict/better/seed{seed}", 0.2) for seed in (0, 1)]
    graph_network(here, "bace/strict/other/seed0", 0.001)
    encoder(here, "bbbp/strict/pretrained/seed0", "smiles")
    best = Property.best("bbbp")
    assert list(best.folders) == [folder.relative_to(here) for folder in better]
    assert best.error("valid") == pytest.approx(0.2)
    forest = classical(here, "bbbp/strict/forest/seed0", "forest", "classification")
    judge(here, forest, "classification", 0.1)
    assert list(Property.best("bbbp").folders) == [forest.relative_to(here)]
    with pytest.raises(
        AskError, match=r"no trained model for 'esol' .* but for bace, bbbp\. Hint: .*NAME=property/esol"
    ):
        Property.best("esol")


def classical(root, place, method, kind):
    """A run that keeps no model: it is fitted again to answer."""
    own = {
        "forest": {"trees": 10, "reads": "fingerprints"},
        "svm": {"c": 1.0},
        "ngram": {"longest": 3, "c": 10.0},
    }
    facts = {"kind": kind, "labels": ["alive", "sweet"]}
    return keep(root, place, method, {}, facts=facts, **{method: own[method]})


@pytest.mark.parametrize("method", ["forest", "svm", "ngram"])
@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_what_keeps_no_model_is_fitted_again_as_in_its_run(here, method, kind):
    folder = classical(here, "bbbp/strict/fitted/seed0", method, kind)
    judge(here, folder, kind, 0.0)
    model = Property.best("bbbp")
    records = read(*model.tables, "standard")
    values, _ = baselines.run(records, model.records[0]["settings"], seed=0, progress=False)
    test = records.predicted[10:]
    answers = model(records.table["standard"].gather(test).to_list())
    said = [[answer.labels[name].value for name in ("alive", "sweet")] for answer in answers]
    np.testing.assert_allclose(said, values[10:], rtol=1e-6)


def test_numbers_have_conformal_intervals_and_classes_conformal_sets(here):
    folder = classical(here, "esol/strict/forest/seed0", "forest", "regression")
    judge(here, folder, "regression", 0.3)
    # Values are truth + 0.3, a tenth of it: off by 0.03 for truth 0 and by 0.87 for truth 1; of ten rows the largest.
    model = Property.best("esol")
    assert model.halves == pytest.approx([0.87, 0.87])
    answer = model("CCCO").labels["alive"]
    assert answer.high - answer.low == pytest.approx(2 * 0.87)
    assert model.description["test"]["coverage"] == 1.0
    folder = classical(here, "bbbp/strict/forest/seed0", "forest", "classification")
    judge(here, folder, "classification", 0.0)
    model = Property.best("bbbp")
    # Five of each class: a class is left out where none of its five was as far off, which is 1 in 6, more than a tenth.
    assert model.classes(np.array([[9.0, 9.0], [-9.0, -9.0]])).all()


def test_too_few_molecules_of_valid_give_no_interval_and_no_coverage(here):
    folder = classical(here, "esol/strict/forest/seed0", "forest", "regression")
    judge(here, folder, "regression", 0.3)
    file = folder / "predictions.parquet"
    judged = read_table(file)
    dropped = judged.filter(part="valid")["id"].unique().sort()[:5]
    write_table(judged.filter(~pl.col("id").is_in(dropped.to_list())), file)
    model = Property.best("esol")
    assert np.isinf(model.halves).all()
    assert model("CCCO").labels["alive"].high is None
    assert model.description["test"]["coverage"] is None
    assert model.notes()[1].endswith("which are too few for any")


def test_the_nearest_training_molecules_and_what_is_outside(here, ask):
    graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    code, out, _ = ask("property", "bbbp", "OCCC")
    assert code == 0
    near = [line.split() for line in out.splitlines() if "near:" in line]
    assert near[0][:3] == ["near:", "1.00", "CCCO"]
    assert near[0][3:] == ["alive", "0,", "sweet", "1"]
    assert all(words[1] != "1.00" for words in near[1:])
    model = Property.best("bbbp")
    far = model("FC(F)(F)S(=O)(=O)c1ccccc1")
    assert far.near[0].similarity < model.edge
    assert far.warnings[0].startswith("outside what it knows: ")
    assert model("CCCCCCCO").warnings == ()
    # Bits in common over bits that one has.
    bits = np.array([[1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 1, 1]], np.uint8)
    np.testing.assert_allclose(tanimoto(bits, bits), [[1, 0, 0.25], [0, 0, 0], [0.25, 0, 1]])


def test_a_table_is_answered_with_a_table(here, ask):
    graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    (here / "some.csv").write_text('name,Smiles\n"a, b",CCO\nc,C1CC\n')
    code, out, err = ask("property", "bbbp", "--file", "some.csv", "-o", "out.csv")
    assert (code, out) == (1, "")
    assert "the column 'Smiles' is read" in err
    table = pl.read_csv("out.csv", infer_schema=False)
    classes = ["alive", "alive_classes", "sweet", "sweet_classes"]
    assert table.columns == ["name", "Smiles", *classes, "nearest", "similarity", "warning", "error"]
    assert table["alive_classes"].to_list() == ["0 1", None]
    assert "C1CC" in table["error"][1]


@pytest.mark.parametrize(("backbone", "kind"), [("gin", "regression"), ("smiles", "classification")])
def test_a_fine_tuned_model_answers_as_it_was_left(here, ask, backbone, kind):
    torch.manual_seed(0)
    settings = SETTINGS | {"backbone": backbone}
    model = Predictor(make(settings), np.array([10.0]), np.array([2.0]), **{"hidden": 8, "dropout": 0.1})
    facts = {"kind": kind, "labels": ["alive"]}
    folder = keep(
        here, "esol/strict/tuned/seed0", "finetune", model.state_dict(), facts=facts, backbone=backbone
    )
    judge(here, folder, kind, 0.1, names=["alive"])
    assert ask("property", "esol", *GOOD, "--json", "--run", str(folder))[0] == 0
    answers = json.loads(ask("property", "esol", *GOOD, "--json")[1])["predictions"]
    molecules = given.read(GOOD)
    texts = [molecule.standard for molecule in molecules]
    with given.reader(settings, molecules, texts) as whole, torch.no_grad():
        wanted = model.eval().values(whole(np.arange(len(GOOD))), kind)[:, 0].numpy()
    predicted = [answer["labels"]["alive"]["value"] for answer in answers]
    np.testing.assert_allclose(predicted, wanted, rtol=1e-5)


def test_molecules_of_a_file_and_of_standard_input(here, ask, monkeypatch):
    graph_network(here, "bbbp/strict/dmpnn/seed0", 0.1)
    _, wanted, _ = ask("property", "bbbp", *GOOD)
    (here / "some.smi").write_text("\n".join(GOOD))
    assert ask("property", "bbbp", "--file", "some.smi")[1] == wanted
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
    shutil.copytree(folder, here / "broken")
    (here / "broken/model.safetensors").unlink()
    code, out, err = ask("property", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert words in err
