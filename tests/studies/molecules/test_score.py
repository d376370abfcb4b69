"""Scores against scikit-learn, and the small tables against counts by hand."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import iqr
from sklearn.metrics import average_precision_score, roc_auc_score

from retort.configuration import load
from retort.runs import Place, Run, RunInputs, StudyPlan
from retort.sealed import write_json, write_table
from retort.studies.molecules.data import NOTHING, PREDICTIONS_SCHEMA
from retort.studies.molecules.score import score
from retort.studies.molecules.tables import DETAILS, ILLUSTRATIONS
from retort.training import scoring
from retort.training.loop import HISTORY_SCHEMA

COUNT = 80
PARTS = np.resize(["train", "valid", "test", "test"], COUNT)
SCAFFOLDS = np.resize(["", "ring", "ring", "cage", "", "bowl", "ring", "tube"], COUNT)


def prepared(kind="classification", seed=0, missing=0.3):
    random = np.random.default_rng(seed)
    truth = random.normal(size=(COUNT, 3))
    if kind == "classification":
        truth = (truth > 0).astype(float)
        truth[PARTS == "test", 2] = 1  # one class only
    hidden = random.random(truth.shape) < missing
    labels = {
        name: pl.Series([None if gone else value for value, gone in zip(column, lost, strict=True)]).cast(
            pl.Boolean if kind == "classification" else pl.Float64
        )
        for name, column, lost in zip("abc", truth.T, hidden.T, strict=True)
    }
    ids = [f"{row:05d}" for row in range(COUNT)]
    chains = ["C" * (row % 9 + 1) for row in range(COUNT)]
    fixed = {"id": ids, "row": range(COUNT), "smiles": ids, "canonical": ids, "standard": chains, "key": ids}
    marks = {"scaffold": SCAFFOLDS, "scaffold_chiral": SCAFFOLDS, "scaffold_standard": SCAFFOLDS}
    flags = {"repeated": [False] * COUNT, "contradictory": [False] * COUNT}
    return pl.DataFrame(fixed | marks | flags | labels)


def split():
    return pl.DataFrame({"id": [f"{row:05d}" for row in range(COUNT)], "part": PARTS})


def predict(table, quality=1.0, seed=0, heads=("",), width=None):
    """Predictions that follow the truth more or less."""
    random = np.random.default_rng(seed)
    rows = []
    for head in heads:
        for label in "abc":
            truth = table[label].cast(pl.Float64).fill_null(0).to_numpy()
            values = quality * truth + random.normal(size=COUNT)
            for row in np.flatnonzero(PARTS != "train")[::-1]:
                vector = None
                if width and head == heads[0] and label == "a" and PARTS[row] == "test":
                    vector = random.normal(size=width).tolist()
                rows.append((table["id"][int(row)], PARTS[row], label, head, float(values[row]), vector))
    return pl.DataFrame(rows, schema=PREDICTIONS_SCHEMA, orient="row")


def arrays(table, predictions, label, head="", part="test"):
    both = predictions.filter(part=part, label=label, head=head).join(table, on="id").drop_nulls(label)
    return both[label].cast(pl.Float64).to_numpy(), both["value"].to_numpy()


def values_of(scores, part="test"):
    return dict(scores.filter(part=part).select("metric", "value").iter_rows())


def test_ranking_scores_are_sklearns_means_over_labels_with_both_classes():
    table = prepared()
    predictions = predict(table, heads=("probe", "knn"))
    scores, items = score(predictions, table, split())
    for head, suffix in (("probe", ""), ("knn", "_knn")):
        pairs = [arrays(table, predictions, label, head) for label in "ab"]
        values = values_of(scores)
        assert values[f"roc_auc{suffix}"] == pytest.approx(np.mean([roc_auc_score(*one) for one in pairs]))
        expected = np.mean([average_precision_score(*one) for one in pairs])
        assert values[f"prc_auc{suffix}"] == pytest.approx(expected)
        assert values[f"labels_scored{suffix}"] == 2
    assert values_of(scores, "valid")["labels_scored"] == 3
    assert dict(scores.group_by("metric").agg(pl.col("unit").first()).iter_rows())["roc_auc"] == "fraction"
    assert items.columns == ["part", "metric", "id", "value"]
    # Of a ranking an item's value is a pseudo-value: their mean is the area.
    for metric in ("roc_auc", "roc_auc_knn"):
        some = items.filter(metric=metric)
        assert some["id"].to_list() == [f"{row:05d}" for row in np.flatnonzero(PARTS == "test")]
        assert some["value"].mean() == pytest.approx(values_of(scores)[metric])
        assert some["value"].std() > 0


def test_errors_are_in_the_unit_of_the_label_and_have_items():
    table = prepared("regression")
    predictions = predict(table, heads=("probe", "knn"))
    scores, items = score(predictions, table, split())
    values = values_of(scores)
    errors = {}
    for one in items.filter(metric="absolute_error").iter_rows(named=True):
        rows = predictions.filter(id=one["id"], head="probe").join(
            table.unpivot(["a", "b", "c"], index="id", variable_name="label", value_name="truth"),
            on=["id", "label"],
        )
        errors[one["id"]] = np.sqrt(((rows["value"] - rows["truth"]) ** 2).mean())
        assert one["value"] == pytest.approx(errors[one["id"]])
    found = np.array(list(errors.values()))
    first, median, third = np.quantile(found, [0.25, 0.5, 0.75])
    assert values["rmse"] == pytest.approx(np.sqrt((found**2).mean()))
    assert values["mae"] == pytest.approx(found.mean())
    assert values["iqr"] == pytest.approx(iqr(found), rel=0.05)
    assert values["trimean"] == pytest.approx((first + 2 * median + third) / 4, rel=0.05)
    assert {"rmse_knn", "trimean_knn"} <= set(values)
    assert set(items["metric"]) == {"absolute_error", "absolute_error_knn"}


def test_a_constant_ranks_nothing():
    table = prepared()
    scores, _ = score(predict(table).with_columns(value=pl.lit(0.5)), table, split())
    assert values_of(scores)["roc_auc"] == 0.5


def test_without_both_classes_there_is_only_the_count():
    table = prepared().with_columns(pl.lit(True).alias(name) for name in "abc")
    scores, items = score(predict(table), table, split())
    assert values_of(scores) == {"labels_scored": 0}
    assert items.is_empty()


def test_a_missing_prediction_and_a_foreign_label_are_named():
    table = prepared(missing=0)
    with pytest.raises(ValueError, match="b of 00002 was measured but not predicted"):
        score(predict(table).filter(~((pl.col("id") == "00002") & (pl.col("label") == "b"))), table, split())
    with pytest.raises(ValueError, match="'d' is predicted"):
        score(predict(table).with_columns(label=pl.col("label").replace("a", "d")), table, split())


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Finished runs of both kinds of data set and of a pre-training."""
    root = tmp_path_factory.mktemp("runs")
    made = []
    for dataset, kind in (("classes", "classification"), ("numbers", "regression")):
        table = prepared(kind)
        write_table(table, root / f"{dataset}.parquet")
        write_table(split(), root / f"{dataset}-split.parquet")
        inputs = RunInputs(root / f"{dataset}.parquet", root / f"{dataset}-split.parquet")
        for variant, quality, seeds, method in (
            ("forest", 1.0, 1, "forest"),
            ("gin-frozen", 0.5, 3, "frozen"),
            ("dino-frozen", 2.0, 2, "frozen"),
            ("dino-tuned", 2.0, 2, "finetune"),
            ("gin", 1.0, 2, "finetune"),
        ):
            for seed in range(seeds):
                frozen = {"heads": ("probe", "knn"), "width": 6} if method == "frozen" else {}
                predictions = predict(table, quality, seed=[seed, len(variant)], **frozen)
                made.append(finished(root, dataset, variant, seed, inputs, method, predictions))
    # A corpus has no labels, and its runs no predictions.
    corpus = prepared().select("id", "row", "smiles", "standard", "key")
    write_table(corpus, root / "corpus.parquet")
    inputs = RunInputs(root / "corpus.parquet", root / "classes-split.parquet")
    return [*made, finished(root, "corpus", "dino", 0, inputs, "pretrain", NOTHING)]


def finished(root, dataset, variant, seed, inputs, method, predictions):
    folder = root / dataset / variant / str(seed)
    folder.mkdir(parents=True)
    write_table(predictions, folder / "predictions.parquet")
    write_table(pl.DataFrame(schema=HISTORY_SCHEMA), folder / "history.parquet")
    write_json({"facts": {}}, folder / "run.json")
    return Run("molecules", dataset, "strict", variant, seed, folder, inputs, {"method": method})


def place(dataset, split="strict", share=1.0):
    return Place(dataset, split, (split,), None, None, "strict", share, False)


# Classes are also learned from few labels somewhere, numbers are not.
PLAN = StudyPlan(
    baseline="forest",
    families={"control": [("dino-frozen", "gin-frozen")]},
    places=(place("classes"), place("classes", "strict-05", 0.05), place("numbers"), place("corpus")),
)


@pytest.fixture(scope="module")
def tables(runs):
    """What `details` and `illustrate` make, with the columns that are declared."""
    made = scoring.details("molecules", runs, PLAN) | scoring.illustrations("molecules", runs)
    assert set(made) == {*DETAILS, *ILLUSTRATIONS}
    return made


def test_labels_are_scored_one_by_one(runs, tables):
    labels = tables["labels"]
    run = next(one for one in runs if one.variant == "dino-frozen" and one.dataset == "classes")
    truth, values = arrays(pl.read_parquet(run.inputs.prepared), run.read("predictions"), "b", "knn")
    row = labels.filter(
        dataset="classes", variant="dino-frozen", seed=0, label="b", metric="roc_auc_knn"
    ).row(0, named=True)
    assert row["value"] == pytest.approx(roc_auc_score(truth, values))
    assert (row["positives"], row["rows"]) == (truth.sum(), len(truth))
    assert set(labels.filter(dataset="classes")["label"]) == {"a", "b"}
    assert set(labels.filter(dataset="numbers")["metric"]) == {"rmse", "mae", "rmse_knn", "mae_knn"}


def test_the_audit_counts_what_train_and_test_share(tables):
    audit = tables["audit"].filter(dataset="classes").row(0, named=True)
    train, test = set(SCAFFOLDS[PARTS == "train"]) - {""}, SCAFFOLDS[PARTS == "test"]
    assert (audit["rows"], audit["train"], audit["valid"], audit["test"]) == (80, 20, 20, 40)
    assert audit["test_scaffold_in_train"] == pytest.approx(np.mean([one in train for one in test]))
    assert audit["test_acyclic"] == pytest.approx((test == "").mean())
    assert (audit["test_structures_in_train"], audit["excluded"], audit["unlabelled"]) == (0, 0, 0)
    assert 0 < audit["positives_test"] < 1
    assert tables["audit"].filter(dataset="numbers")["positives_test"].to_list() == [None]


def test_shifts_are_of_sets_of_classes_that_are_learned_from_few_labels(tables):
    assert set(tables["shift"]["dataset"]) == set(tables["luck"]["dataset"]) == {"classes"}
    assert set(tables["shift"]["label"]) == {"a", "b", "c"}
    assert {"b"} <= set(tables["luck"]["label"]) <= {"a", "b"}, "of c test has one class"
    assert tables["shift"].filter(label="c")["test"].null_count() == len(tables["shift"]) / 3


METRICS = list(load(Path(__file__).parents[3] / "workflow/config")["study"]["molecules"]["metrics"])


def test_the_studys_tables_are_made_of_all_runs(runs):
    made = {"metrics": METRICS, "quantities": ["roc_auc", "absolute_error"]}
    scores, items = scoring.score_study("molecules", runs, PLAN, **made)
    assert "corpus" not in scores["dataset"]
    assert set(items) == {"classes-strict", "numbers-strict"}
    assert set(items["classes-strict"]["metric"]) == {"roc_auc"}
    assert set(scores["metric"]) >= {"roc_auc", "prc_auc", "roc_auc_knn", "rmse", "mae", "labels_scored"}
    scores, items = scoring.score_study("molecules", runs[-1:], PLAN, **made)
    assert scores.is_empty()
    assert not items


def test_many_items_of_a_place_lie_in_a_file_for_each_quantity(runs, monkeypatch):
    made = {"metrics": METRICS, "quantities": ["roc_auc", "absolute_error", "squared_error"]}
    whole = scoring.score_study("molecules", runs, PLAN, **made)[1]
    monkeypatch.setattr(scoring, "DISTINCT_A_FILE", 1)
    apart = scoring.score_study("molecules", runs, PLAN, **made)[1]
    assert set(apart) == {
        f"{name}-{quantity}" for name, table in whole.items() for quantity in table["metric"].unique()
    }
    for name, table in whole.items():
        files = [apart[file] for file in sorted(apart) if file.startswith(name)]
        assert pl.concat(files).equals(table)


def test_a_metric_that_the_yaml_does_not_describe_is_refused(runs):
    with pytest.raises(ValueError, match=r"study molecules: .*roc_auc, .*its YAML does not describe.*Hint"):
        scoring.score_study("molecules", runs, PLAN, metrics=["mae"], quantities=[])


def test_tables_of_pretraining_alone_are_empty(runs):
    assert all(table.is_empty() for table in scoring.details("molecules", runs[-1:], PLAN).values())
    pictures = scoring.illustrations("molecules", runs[-1:])
    assert {name for name, table in pictures.items() if not table.is_empty()} == {"crops"}
