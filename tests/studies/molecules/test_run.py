"""From a prepared table to finished runs: what each method predicts, what it keeps, and what it starts from."""

import copy
import json
from pathlib import Path

import jsonschema
import numpy as np
import polars as pl
import pytest
import torch
import yaml
from rdkit import Chem
from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles
from safetensors.torch import load_file

from retort import configuration
from retort.configuration import merge
from retort.datasets.views import descriptors, molecular_graphs
from retort.files import whole_folder
from retort.runs import Run, RunInputs
from retort.sealed import write_table
from retort.studies.molecules.data import PREDICTIONS_SCHEMA
from retort.studies.molecules.score import score
from retort.training.run import execute

ROOT = Path(__file__).resolve().parents[3]
STUDY = configuration.load(ROOT / "workflow/config", "smoke")["study"]["molecules"]
SCHEMA = jsonschema.Draft202012Validator(
    yaml.safe_load((ROOT / "src/retort/studies/molecules/settings.schema.yaml").read_text())
)
QUICK = {
    "gin": {"width": 16, "layers": 2},
    "walks": {"width": 8},
    "smiles": {"width": 16, "layers": 1, "heads": 2, "longest": 32},
    "dino": {"prototypes": 16, "hidden": 16, "bottleneck": 8},
    "pretraining": {"molecules": 60, "epochs": 1, "batch": 16, "evaluations": 1},
    "finetuning": {
        "batch": 16,
        "epochs": 2,
        "most_steps": 12,
        "least_steps": 6,
        "evaluations": 2,
        "head": 16,
    },
    "forest": {"trees": 10},
    "dmpnn": {"hidden": 16, "depth": 2, "batch": 16, "epochs": 1, "most_steps": 4, "learning_rate": 1e-3},
}
HEADS = ("CC", "OCC", "NCC", "c1ccccc1", "c1ccncc1", "C1CCOC1", "ClCC", "CC(C)", "FC(F)")
MIDDLES = ("", "C(=O)N", "C(=O)O", "CC", "S")
TAILS = ("C", "O", "C1CC1")


def table(kind):
    """135 molecules, whose labels count their nitrogens and oxygens; some were not measured."""
    texts = [Chem.CanonSmiles(h + m + t) for h in HEADS for m in MIDDLES for t in TAILS]
    count = len(texts)
    nitrogens, oxygens = (np.array([text.upper().count(atom) for text in texts]) for atom in "NO")
    first, second = (
        (nitrogens > 0, oxygens > 0) if kind == "classification" else (10.0 * nitrogens, 1.0 * oxygens)
    )
    ids = [f"{row:05d}" for row in range(count)]
    fixed = {
        "id": ids,
        "row": range(count),
        "smiles": texts,
        "canonical": texts,
        "standard": texts,
        "key": texts,
    }
    scaffolds = [MurckoScaffoldSmiles(text) for text in texts]
    marks = {"scaffold": scaffolds, "scaffold_chiral": scaffolds, "scaffold_standard": scaffolds}
    flags = {"repeated": [False] * count, "contradictory": [False] * count}
    measured = [value if row % 7 else None for row, value in enumerate(second.tolist())]
    labels = {"nitrogen": first.tolist(), "oxygen": measured} if kind else {}
    return pl.DataFrame(fixed | marks | flags | labels)


PLACES = {"classes": "classification", "numbers": "regression", "corpus": None}
LABELS = "numbers"  # where the labels are that a supervised start is lent here


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    for name, kind in PLACES.items():
        rows = table(kind)
        write_table(rows, root / f"{name}.parquet")
        order = np.random.default_rng(0).permutation(len(rows))
        parts = np.resize(["train", "train", "train", "valid", "test"], len(rows))[order]
        write_table(pl.DataFrame({"id": rows["id"], "part": parts}), root / f"{name}-all.parquet")
        few = np.where((parts == "train") & (np.cumsum(parts == "train") > 12), "unlabelled", parts)
        write_table(pl.DataFrame({"id": rows["id"], "part": few}), root / f"{name}-few.parquet")
        with whole_folder(root / name / "molecular_graphs") as view:
            molecular_graphs.build(rows, view)
    with whole_folder(root / "corpus" / "descriptors") as view:
        descriptors.build(table(None), view)
    return root


def settings(variant, **changes):
    chosen = copy.deepcopy(STUDY["run"])
    for block in (STUDY["variants"][variant].get("settings", {}), QUICK, changes):
        chosen = merge(chosen, block)
    return chosen


def ran(root, variant, place="classes", *, split="all", seed=0, name="", **changes):
    """The finished run of a variant; made once, together with the encoder that it starts from."""
    folder = root / "runs" / place / split / f"{variant}{name}" / str(seed)
    encoder = STUDY["variants"][variant].get("uses", {}).get("encoder")
    lender = {"corpus": "corpus", "labels": LABELS}[encoder["at"]] if encoder else None
    uses = {"encoder": [ran(root, encoder["variant"], lender, seed=seed).folder]} if encoder else {}
    inputs = RunInputs(
        root / f"{place}.parquet",
        root / f"{place}-{split}.parquet",
        {
            "molecular_graphs": root / place / "molecular_graphs",
            "descriptors": root / "corpus" / "descriptors",
        },
        uses,
    )
    run = Run("molecules", place, split, variant, seed, folder, inputs, settings(variant, **changes))
    if not (folder / "run.json").exists():
        execute(run, code="", device="cpu", progress=False)
    return run


def weights(run):
    return load_file(run.folder / "model.safetensors")


def facts(run):
    return json.loads((run.folder / "run.json").read_text())["facts"]


@pytest.mark.parametrize("variant", sorted(STUDY["variants"]))
def test_the_settings_of_every_variant_are_possible(variant):
    SCHEMA.validate(settings(variant))


@pytest.mark.parametrize(
    "wrong",
    [{"method": "magic"}, {"gin": {"depth": 3}}, {"crops": {"global_share": [0.5, 1.5]}}, {"extra": 1}],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(settings("gin", **wrong))


@pytest.mark.parametrize("place", ["classes", "numbers"])
@pytest.mark.parametrize(
    "variant",
    [
        *("forest", "ngram", "ngram-graph", "dmpnn", "gin", "gin-gentle", "smiles", "dino-tuned"),
        *("descriptors-tuned", "supervised-tuned", "gin-frozen", "dino-frozen"),
    ],
)
def test_every_method_predicts_all_labels_of_valid_and_test(root, variant, place):
    run = ran(root, variant, place)
    predictions = run.read("predictions")
    assert dict(predictions.schema) == PREDICTIONS_SCHEMA
    heads = {"probe", "knn"} if run.settings["method"] == "frozen" else {""}
    parts = pl.read_parquet(run.inputs.split).filter(pl.col("part").is_in(["valid", "test"]))
    expected = {
        (one, part, label, head)
        for one, part in parts.iter_rows()
        for label in ("nitrogen", "oxygen")
        for head in heads
    }
    assert set(predictions.select("id", "part", "label", "head").iter_rows()) == expected
    assert len(predictions) == len(expected)
    assert predictions["value"].is_finite().all()
    scores, items = score(predictions, pl.read_parquet(run.inputs.prepared), parts)
    assert scores["value"].is_finite().all()
    quantity = {"classes": "roc_auc", "numbers": "absolute_error"}[place]
    assert set(items["metric"]) == {
        quantity + suffix for suffix in ("", *(["_knn"] if len(heads) > 1 else []))
    }
    assert set(items["id"]) == set(parts.filter(part="test")["id"])
    assert facts(run)["labels"] == ["nitrogen", "oxygen"]
    assert facts(run)["kind"] == PLACES[place]


def test_a_pretraining_predicts_nothing_and_keeps_its_backbone(root):
    run = ran(root, "dino", "corpus")
    assert run.read("predictions").is_empty()
    assert dict(run.read("predictions").schema) == PREDICTIONS_SCHEMA
    assert {name.split(".")[0] for name in weights(run)} == {"backbone"}
    assert "total" in set(run.read("history")["term"])
    scores, items = score(run.read("predictions"), table(None), pl.read_parquet(run.inputs.split))
    assert scores.is_empty()
    assert items.is_empty()


def test_the_fair_control_has_all_of_the_loan_but_its_weights(root):
    """The same settings to the last key; only that nothing was learned before, and at the borrower's low rate."""
    control = settings("gin-gentle")
    for loan in ("dino-tuned", "descriptors-tuned", "contrast-tuned", "molclr-tuned", "supervised-tuned"):
        borrowed = settings(loan)
        assert control["finetuning"].pop("untrained_at_head_rate", False) is False
        assert control["finetuning"] == borrowed["finetuning"]
        assert {**control, "pretext": ""} == {**borrowed, "pretext": ""}


def test_tuning_starts_where_the_pretraining_ended(root):
    encoder = weights(ran(root, "dino", "corpus"))
    still = {"finetuning": {"encoder_rate": 0.0, "weight_decay": 0.0}}
    tuned = weights(ran(root, "dino-tuned", name="-still", **still))
    backbone = {name: value for name, value in tuned.items() if name.startswith("backbone.")}
    assert backbone.keys() == encoder.keys()
    assert all(torch.equal(backbone[name], encoder[name]) for name in encoder)
    assert {name.split(".")[0] for name in tuned} == {"backbone", "head", "center", "scale"}
    moved = weights(ran(root, "dino-tuned"))
    assert any(not torch.equal(moved[name], encoder[name]) for name in encoder)
    assert facts(ran(root, "dino-tuned"))["pretrained"]
    assert not facts(ran(root, "gin"))["pretrained"]


def test_the_model_knows_the_scale_of_its_labels(root):
    run = ran(root, "gin", "numbers")
    rows = table("regression").join(pl.read_parquet(run.inputs.split), on="id").filter(part="train")
    kept = weights(run)
    for label, name in enumerate(("nitrogen", "oxygen")):
        assert kept["center"][label].item() == pytest.approx(rows[name].mean())
        assert kept["scale"][label].item() == pytest.approx(rows[name].std(ddof=0))
        assert facts(run)["center"][label] == pytest.approx(rows[name].mean())


def test_frozen_vectors_are_kept_once_for_each_test_molecule(root):
    vectors = {}
    for variant in ("gin-frozen", "dino-frozen"):
        run = ran(root, variant)
        kept = run.read("predictions").filter(pl.col("embedding").is_not_null())
        assert set(kept.select("part", "label", "head").iter_rows()) == {("test", "nitrogen", "probe")}
        parts = pl.read_parquet(run.inputs.split)
        assert sorted(kept["id"]) == sorted(parts.filter(part="test")["id"])
        vectors[variant] = np.stack(kept.sort("id")["embedding"].to_numpy())
        # The kept probe gives the predictions back.
        model = {name: value.numpy() for name, value in weights(run).items()}
        features = (vectors[variant] - model["features.center"]) / model["features.scale"]
        logits = features @ model["probe.weight"][0] + model["probe.bias"][0]
        np.testing.assert_allclose(1 / (1 + np.exp(-logits)), kept.sort("id")["value"], rtol=1e-3, atol=1e-6)
    assert vectors["gin-frozen"].shape == vectors["dino-frozen"].shape
    assert not np.allclose(vectors["gin-frozen"], vectors["dino-frozen"])


@pytest.mark.parametrize("variant", ["gin", "dino-frozen", "forest"])
def test_a_dozen_labels_are_enough_to_predict_something(root, variant):
    few, many = (ran(root, variant, split=split).read("predictions") for split in ("few", "all"))
    assert few["value"].is_finite().all()
    assert few.select("id", "label", "head").equals(many.select("id", "label", "head"))
    assert not few["value"].equals(many["value"])


def test_two_runs_of_one_seed_are_the_same_and_of_two_are_not(root):
    first, again, other = (
        ran(root, "gin", name=name, seed=seed) for name, seed in (("", 0), ("-again", 0), ("", 1))
    )
    assert first.read("predictions").equals(again.read("predictions"))
    assert not first.read("predictions").equals(other.read("predictions"))


def test_an_encoder_of_another_size_is_named(root):
    with pytest.raises(ValueError, match=r"(?s)model\.safetensors does not fit.*Hint"):
        ran(root, "dino-frozen", name="-wide", gin={"width": 24})
