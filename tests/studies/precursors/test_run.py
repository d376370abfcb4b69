"""From a prepared table to a trained run, its details, and an answer on the command line."""

import json
import math
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from retort import cli, configuration
from retort.asking import finished_runs
from retort.datasets.views import composition
from retort.files import whole_folder
from retort.plan import Plan
from retort.runs import Place, Run, RunInputs, StudyPlan
from retort.sealed import read_tensors, write_json, write_table
from retort.studies.precursors import benchmark
from retort.studies.precursors import train as training
from retort.studies.precursors.ask import papers
from retort.studies.precursors.data import read
from retort.studies.precursors.expert import LAST, Expert
from retort.studies.precursors.masking import Reactions
from retort.studies.precursors.score import score
from retort.studies.precursors.tables import DETAILS, ILLUSTRATIONS
from retort.studies.precursors.train import PREDICTIONS_SCHEMA
from retort.studies.precursors.trained import Precursors
from retort.training import scoring
from retort.training.loop import Budget
from retort.training.run import execute

from ...flips import flipped
from . import shelf_of_five

SETTINGS = {
    "method": "retrieve",
    "similarity": "learned",
    "completion": "learned",
    "common_first": True,
    "train": True,
    "mask": "random",
    "chosen_on": "random",
    "kept": "best",
    "elements": "onehot",
    "recover": True,
    "weights": "adaptive",
    "vocabulary": {"minimum_weight": 1},
    "proposals": 10,
    "neighbours": 3000,
    "model": {"width": 8, "dropout": 0.1},
    "training": {
        "batch": 16,
        "learning_rate": 0.01,
        "steps": 60,
        "share_power": 0.5,
        "evaluate_every": 20,
        "log_every": 10,
        "patience": None,
    },
}
RUNS = Path("data/runs/precursors/five/published")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with one tiny data set, a selector and a combined run, made as the workflow makes them."""
    root = tmp_path_factory.mktemp("project")
    rows = shelf_of_five.rows()
    (root / "data/prepared").mkdir(parents=True)
    (root / "data/splits/five").mkdir(parents=True)
    write_table(rows, root / "data/prepared/five.parquet")
    write_table(rows.select("id", part="published_part"), root / "data/splits/five/published.parquet")
    with whole_folder(root / "data/features/five/composition") as view:
        composition.build(rows, view)
    here = Path.cwd()
    os.chdir(root)
    try:
        train("selector", SETTINGS)
        train("combined", SETTINGS | {"train": False, "method": "combine"}, RUNS / "selector/seed0")
    finally:
        os.chdir(here)
    return root


def inputs(*used: Path) -> RunInputs:
    return RunInputs(
        prepared=Path("data/prepared/five.parquet"),
        split=Path("data/splits/five/published.parquet"),
        features={"composition": Path("data/features/five/composition")},
        uses={"selector": list(used)} if used else {},
    )


def planned(variant: str, settings: dict, *used: Path, folder: Path | None = None) -> Run:
    folder = folder or RUNS / variant / "seed0"
    return Run("precursors", "five", "published", variant, 0, folder, inputs(*used), settings)


def train(variant: str, settings: dict, *used: Path, folder: Path | None = None) -> None:
    run = planned(variant, settings, *used, folder=folder)
    execute(run, code="", device="cpu", progress=False)


@pytest.fixture
def inside(project, monkeypatch) -> Path:
    monkeypatch.chdir(project)
    return project


def test_reader_agrees_with_arrays_put_together_by_hand(inside):
    made = read(inputs().prepared, inputs().split, inputs().features)
    by_hand = shelf_of_five.archive()
    assert made.precursors == by_hand.precursors
    assert [made.formulas[t] for t in made.target] == [by_hand.targets[t] for t in by_hand.target]
    assert made.sets.tolist() == by_hand.sets.tolist()
    assert made.part.tolist() == by_hand.part.tolist()
    order = [made.elements.index(element) for element in by_hand.elements]
    rows = [made.formulas.index(target) for target in by_hand.targets]
    torch.testing.assert_close(
        torch.from_numpy(made.target_fractions[rows][:, order]), torch.from_numpy(by_hand.target_fractions)
    )


def test_reader_names_a_reaction_without_a_part(inside, tmp_path):
    split = pl.read_parquet(inputs().split).filter(pl.col("id") != "r03")
    write_table(split, tmp_path / "split.parquet")
    with pytest.raises(ValueError, match="r03"):
        read(inputs().prepared, tmp_path / "split.parquet", inputs().features)


def test_a_run_proposes_for_both_parts_and_can_be_scored(inside):
    predictions = pl.read_parquet(RUNS / "selector/seed0/predictions.parquet")
    assert dict(predictions.schema) == PREDICTIONS_SCHEMA
    assert set(predictions["part"]) == {"valid", "test"}
    assert (predictions.filter(origin="common")["rank"] == 1).all()
    known = pl.read_parquet(inputs().prepared).filter(published_part="train")["target_key"]
    assert set(predictions["reference"].drop_nulls()) <= set(known)
    scores, _ = score(predictions, pl.read_parquet(inputs().prepared), pl.read_parquet(inputs().split))
    best = scores.filter(metric="success@10")
    assert dict(best.select("part", "value").rows()) == {"valid": 1.0, "test": 0.5}  # TiO2 has no source


def test_training_repeats_to_the_byte(inside, tmp_path):
    train("selector", SETTINGS, folder=tmp_path)
    for name in ("predictions", "history"):
        first = pl.read_parquet(RUNS / f"selector/seed0/{name}.parquet")
        assert_frame_equal(first, pl.read_parquet(tmp_path / f"{name}.parquet"), check_exact=True)
    weights = [folder / "model.safetensors" for folder in (RUNS / "selector/seed0", tmp_path)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


@pytest.mark.parametrize("mask", ["random", "nothing", "everything"])
def test_every_variant_is_validated_on_the_same_random_masks(inside, tmp_path, monkeypatch, mask):
    made = {}

    class Listening(Reactions):
        def __init__(self, archive, part, **options):
            made[part] = options["mask"]
            super().__init__(archive, part, **options)

    monkeypatch.setattr(training, "Reactions", Listening)
    brief = SETTINGS["training"] | {"steps": 20}
    train("selector", SETTINGS | {"mask": mask, "training": brief}, folder=tmp_path)
    assert made == {"train": mask, "valid": "random"}
    if mask == "everything":  # but where the settings say otherwise
        settings = SETTINGS | {"mask": mask, "chosen_on": "everything", "training": brief}
        train("selector", settings, folder=tmp_path)
        assert made == {"train": mask, "valid": "everything"}


def test_a_share_of_the_recipes_gets_a_power_of_it_of_the_steps():
    settings = SETTINGS["training"] | {"steps": 5000, "evaluate_every": 250, "log_every": 50, "patience": 10}
    assert asdict(training.budget(settings, 1.0)) == asdict(Budget(5000, 250, 50, 10))
    assert asdict(training.budget(settings, 0.01)) == asdict(Budget(500, 25, 5, 10))
    assert training.budget(settings | {"share_power": 0}, 0.01).steps == 5000
    assert training.budget(settings, 1e-12).log_every == 1


def test_the_last_model_is_kept_beside_the_best(inside):
    tensors = read_tensors(RUNS / "selector/seed0/model.safetensors")
    best = {name for name in tensors if not name.startswith(LAST)}
    assert {name.removeprefix(LAST) for name in tensors if name.startswith(LAST)} == best
    archive = read(inputs().prepared, inputs().split, inputs().features)
    folder, device = RUNS / "selector/seed0", torch.device("cpu")
    last = Expert.load(folder, archive, SETTINGS | {"kept": "last"}, device)
    assert torch.equal(last.model.table, tensors[f"{LAST}table"])


def test_the_full_scale_trains_as_published():
    config = configuration.load(Path(__file__).parents[3] / "workflow/config", "full")
    settings = next(run.settings for run in Plan(config).runs("precursors") if run.variant == "selector")
    published = {"batch": 16, "steps": 500_000, "learning_rate": 5e-4}
    assert {name: settings["training"][name] for name in published} == published
    assert settings["model"] == {"width": 32, "dropout": 0.1}
    assert (settings["vocabulary"]["minimum_weight"], settings["neighbours"]) == (5, 3000)


def test_a_method_that_needs_a_selector_says_so(inside, tmp_path):
    with pytest.raises(ValueError, match="uses"):
        train("bare-head", SETTINGS | {"train": False}, folder=tmp_path)
    settings = SETTINGS | {"train": False, "similarity": "magpie", "completion": "common"}
    with pytest.raises(ValueError, match="view"):
        train("magpie", settings, folder=tmp_path)


def test_tables_and_timings(inside):
    runs = [planned("selector", SETTINGS), planned("combined", SETTINGS | {"train": False})]
    place = Place("five", "published", ("published",), "five", None, "published", 1.0, False)
    plan = StudyPlan("combined", {}, (place,))
    details = scoring.details("precursors", runs, plan)
    pictures = scoring.illustrations("precursors", runs)
    assert (set(details), set(pictures)) == (set(DETAILS), set(ILLUSTRATIONS))
    assert set(scoring.details("precursors", runs[1:], plan)) == {"elements", "agreement", "shape"}
    assert scoring.illustrations("precursors", runs[1:]) == {}
    tables = details | pictures
    cobalt = tables["elements"].filter(element="Co", variant="selector")
    assert cobalt.select("n", "hits").row(0) == (1, 1.0)
    assert tables["elements"].filter(element="Ti", variant="combined").select("n", "hits").row(0) == (1, 0.0)
    assert "O" not in tables["elements"]["element"].to_list()
    targets = tables["targets"]
    nearest = {"Li3CoO3": 10 / math.sqrt(19 * 6), "TiO2": 8 / math.sqrt(5 * 21)}  # LiCoO2 and LiMn2O4
    archive = read(inputs().prepared, inputs().split, inputs().features)
    expert = Expert.load(RUNS / "selector/seed0", archive, SETTINGS, torch.device("cpu"))
    vectors = dict(zip(archive.formulas, expert.encode(archive.target_fractions), strict=True))
    for row in targets.rows(named=True):
        target = archive.formulas[archive.targets.index(row["target_key"])]
        assert row["similarity_raw"] == pytest.approx(nearest[target], rel=1e-5)
        learned = max(float(np.dot(vectors[target], vectors[known])) for known in shelf_of_five.KNOWN)
        assert row["similarity_learned"] == pytest.approx(learned, rel=1e-5)
    # Two targets, an oxide and a halide: each is the only neighbour of the other.
    assert set(tables["map"]["agreement"]) == {0.0}
    assert sorted(tables["map"]["space"].unique()) == ["learned", "raw"]
    again = scoring.illustrations("precursors", runs)["map"]
    assert_frame_equal(tables["map"], again, check_exact=True)
    threads = torch.get_num_threads()
    timings = benchmark.measure(runs)
    assert torch.get_num_threads() == threads
    assert timings["n"].to_list() == [2, 2]
    assert (timings["value"] > 0).all()
    assert benchmark.measure(runs[1:]).is_empty()


def ask(*words: str) -> int:
    return cli.main(["precursors", *words])


def answered(capsys, *words: str) -> dict:
    """What is told of the only target, for programs."""
    assert ask(*words, "--json") == 0
    (answer,) = json.loads(capsys.readouterr().out)["predictions"]
    return answer


def test_answers_with_references_and_papers(inside, capsys):
    assert ask("LiCoMnO4", "-k", "2") == 0
    heard = capsys.readouterr()
    lines = heard.out.splitlines()
    assert lines[0] == "LiCoMnO4"
    assert all(line.startswith("   near: ") and "doi 10.1/" in line for line in lines[1:4])
    assert [line[:2] for line in lines[4:]] == ["1.", "2."]
    assert "trained on five (published), one seed, 7 reactions" in heard.err
    answer = answered(capsys, "LiCoMnO4", "-k", "3", "--run", str(RUNS / "selector/seed0"))
    assert answer["target"] == "LiCoMnO4"
    cosines = [neighbour["similarity"] for neighbour in answer["nearest"]]
    assert cosines == sorted(cosines, reverse=True)
    assert len({neighbour["target"] for neighbour in answer["nearest"]} & set(shelf_of_five.KNOWN)) == 3
    for neighbour in answer["nearest"]:
        assert neighbour["dois"] == papers_on(neighbour["target"], set())
    for number, suggestion in enumerate(answer["suggestions"], 1):
        assert suggestion["rank"] == number
        assert {"Co3O4", "CoO"} & set(suggestion["precursors"])
        assert suggestion["reference"] in shelf_of_five.KNOWN
        assert suggestion["dois"] == papers_on(suggestion["reference"], set(suggestion["precursors"]))


def test_the_data_set_that_is_asked_for_answers(inside, capsys):
    assert ask("LiCoMnO4", "--dataset", "five") == 0
    assert "trained on five (published)" in capsys.readouterr().err
    assert ask("LiCoMnO4", "--dataset", "mine") == 2
    assert (
        "no trained model for 'mine' under data/runs/precursors, but for five. Hint: "
        in capsys.readouterr().err
    )
    assert ask("LiCoMnO4", "--dataset", "mine", "--run", str(RUNS / "selector/seed0")) == 2
    assert "it was trained on 'five', asked for is 'mine'" in capsys.readouterr().err


def test_how_often_a_rank_is_right_is_counted_on_valid(inside):
    """Valid has one target, so that its sets are right or wrong; the interval says that this is next to nothing."""
    model = Precursors.best()
    hits = model.hits.filter(part="valid").sort("rank")
    right = ["+".join(names) == "Co3O4+LiOH+MnO2" for names in proposed(model)]
    assert hits["hit"].to_list() == right
    assert sum(right) == 1
    first = model("LiCoMnO4").suggestions[0].right
    assert (first.n, first.right) == (1, float(right[0]))
    assert first.high - first.low > 0.6
    assert model.share(model.edge - 0.1, 1) is None  # nothing is known of targets that far away
    assert model.solved("valid", 10) == 1.0
    assert model.solved("test", 10) == 0.5  # nothing has titanium


def proposed(model: Precursors) -> list[list[str]]:
    table = pl.read_parquet(model.folders[0] / "predictions.parquet").filter(part="valid").sort("rank")
    return table["precursors"].to_list()


def test_a_target_is_no_precursor_of_itself(inside, capsys):
    """CoO is on the shelf; from cobalt oxides alone only Co3O4 is left for it, whatever is asked beside it."""
    answer = answered(capsys, "CoO")
    assert [each["precursors"] for each in answer["suggestions"]] == [["Co3O4"]]
    assert answer["warnings"][-1] == "1 set, not 5: no other set of known precursors fits"
    first, second, third = Precursors.best()(["Co₂O₂", "LiCoMnO4", "Co3O4"])
    assert [one.precursors for one in first.suggestions] == [["Co3O4"]]
    assert [one.precursors for one in third.suggestions] == [["CoO"]]
    assert second.suggestions == Precursors.best()("LiCoMnO4").suggestions


def test_only_the_same_composition_has_a_similarity_of_one(inside, capsys):
    assert ask("Li2Co2O4", "Li1.001CoO2") == 0
    near = [line.split()[1:3] for line in capsys.readouterr().out.splitlines() if "near:" in line]
    assert near[0] == ["1.000", "LiCoO2"]
    assert all(number != "1.000" for number, _ in near[1:])
    assert near[3] == ["0.999", "LiCoO2"]


def test_a_table_is_answered_with_a_table(inside, capsys, tmp_path):
    (tmp_path / "in.csv").write_text("who,Target\nA,LiCoMnO₄\nB,O2\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    assert ask("--file", str(tmp_path / "in.csv"), "-k", "2", "-o", str(out)) == 1
    assert "the column 'Target' is read" in capsys.readouterr().err
    found = pl.read_csv(out)
    sets = ["set_1", "right_1", "set_2", "right_2"]
    assert found.columns == ["who", "Target", "nearest", "similarity", *sets, "warning", "error"]
    assert found["Target"].to_list() == ["LiCoMnO₄", "O2"]
    assert " + " in found["set_1"][0]
    assert "nothing but O" in found["error"][1]


def test_the_model_says_what_it_was_trained_on(inside, capsys):
    folder = RUNS / "combined/seed0"
    assert ask("LiCoMnO4", "--json", "--run", str(folder)) == 0
    model = json.loads(capsys.readouterr().out)["model"]
    wanted = {"study": "precursors", "dataset": "five", "split": "published", "generated": False}
    assert wanted.items() <= model.items()
    assert (model["training_reactions"], model["training_targets"]) == (7, 5)
    assert model["valid"]["n"] == 1
    assert model["models"] == [str(RUNS / "selector/seed0")]


def papers_on(target: str, precursors: set[str]) -> list[str]:
    """The made-up papers on a target that used the most of the precursors."""
    shared = {
        f"10.1/{number}": len(precursors & set(names))
        for number, (name, names, part) in enumerate(shelf_of_five.REACTIONS)
        if name == target and part == "train"
    }
    return sorted(doi for doi, count in shared.items() if count == max(shared.values()))


def test_without_a_selector_the_nearest_are_those_of_similar_composition(inside, capsys):
    settings = SETTINGS | {"train": False, "method": "compose", "similarity": "composition"}
    folder = RUNS / "most-frequent/seed0"
    train("most-frequent", settings | {"completion": "common"}, folder=folder)
    answer = answered(capsys, "Li3CoO3", "--run", str(folder))
    assert {suggestion["origin"] for suggestion in answer["suggestions"]} == {"composed"}
    assert [neighbour["target"] for neighbour in answer["nearest"]] == ["LiCoO2", "Li2MnO3", "LiMn2O4"]
    assert answer["nearest"][0]["similarity"] == pytest.approx(10 / math.sqrt(19 * 6), rel=1e-5)


def test_fewer_suggestions_are_the_first_of_more(inside, capsys, monkeypatch):
    asked, recommend = [], training.recommend

    def listen(archive, targets, settings, experts):
        asked.append(settings["proposals"])
        return recommend(archive, targets, settings, experts)

    monkeypatch.setattr("retort.studies.precursors.ask.recommend", listen)
    found = {}
    for count in (1, 3, 10, 12):
        found[count] = answered(capsys, "LiCoMnO4", "-k", str(count))["suggestions"]
    assert asked == [10, 10, 10, 12]
    assert len(found[1]) == 1
    assert found[1] == found[3][:1]
    assert found[3] == found[10][:3]


def test_papers_that_used_other_powders_are_not_named():
    reactions = pl.DataFrame(
        {"precursors": [["A", "B"], ["A", "C"], ["A", "B"]], "doi": ["10.1/ab", "10.1/ac", None]}
    )
    assert papers(reactions, ["A", "B", "D"]) == ["10.1/ab"]
    assert papers(reactions, ["A"]) == ["10.1/ab", "10.1/ac"]
    assert papers(reactions.clear(), ["A"]) == []


def test_the_run_that_did_best_on_valid_answers_and_a_run_elsewhere_works(
    inside, capsys, monkeypatch, tmp_path
):
    judged = [each for each in finished_runs("precursors") if (each[0] / "predictions.parquet").exists()]
    rivals = [Precursors([each]) for each in judged]
    complete = {one.records[0]["variant"]: one.solved("valid") for one in rivals if not one.missing}
    best = Precursors.best()
    assert best.solved("valid") == max(complete.values())
    assert {"combined", "selector"} <= complete.keys()
    folder = (inside / RUNS / "combined/seed0").absolute()
    monkeypatch.chdir(tmp_path)
    assert ask("LiCoMnO4", "--run", str(folder)) == 0
    assert "MnO2" in capsys.readouterr().out


def unusable(project: Path) -> Path:
    """A folder of runs that cannot answer, each for its own reason."""
    runs = project / "data/runs/precursors"
    record = json.loads((project / RUNS / "selector/seed0/run.json").read_text())

    def make(place: str, **changes) -> Path:
        folder = runs / place / "seed0"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / RUNS / "selector/seed0/model.safetensors", folder)
        write_json(record | changes, folder / "run.json")
        return folder

    settings = record["settings"]
    make("five/published/magpie", settings=settings | {"similarity": "magpie"})
    make("five/published/wider", settings=settings | {"model": {"width": 9, "dropout": 0.1}})
    older = make("five/published/older")
    write_json({name: value for name, value in record.items() if name != "inputs"}, older / "run.json")
    (make("five/published/torn") / "run.json").write_text('{"settings": {')
    (make("five/published/emptied") / "model.safetensors").unlink()
    next(flipped(make("five/published/flipped") / "model.safetensors", times=1))
    inputs = record["inputs"]
    nowhere = inputs | {"features": {"composition": "data/features/bare/composition"}}
    make("five/published/featureless", inputs=nowhere)
    make("five/published/dataless", inputs=inputs | {"prepared": "data/prepared/bare.parquet"})
    make("five/published/foreign", study="transfer")
    return runs


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("five/published/magpie", "needs features that one formula does not have; choose another run"),
        ("five/published/wider", "cannot be used: "),
        ("five/published/older", "lacks 'inputs'; an older version made it"),
        ("five/published/torn", "cannot be used: "),
        ("five/published/emptied", "model.safetensors"),
        ("five/published/flipped", "model.safetensors: changed since it was written"),
        ("five/published/featureless", "data/features/bare/composition"),
        ("five/published/dataless", "data/prepared/bare.parquet is gone"),
        ("five/published/foreign", "a run of the study transfer, expected precursors"),
    ],
)
def test_a_run_that_cannot_answer_gets_one_line_and_exit_code_2(inside, capsys, place, message):
    folder = unusable(inside) / place / "seed0"
    assert ask("LiCoMnO4", "--run", str(folder)) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert message in heard.err
    assert str(folder) in heard.err
    assert len(heard.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["LiCoO2", "-k", "0"], "from 1 to 50"),
        (["LiCoO2", "-k", "51"], "from 1 to 50"),
        (["LiCoO2", "--run", "somewhere"], "no run.json"),
        (["LiCoO2", "--run", str(RUNS / "selector/seed7")], "no run.json"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_2(inside, capsys, words, message):
    assert ask(*words) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert message in heard.err
    assert len(heard.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("O2", "nothing but O"),
        ("H2O", "need no precursor"),
        ("LiXxO2", "Xx"),
        ("Li(CoO2", "Li(CoO2"),
        ("LiAuO2", "outside what it knows: Au occurs in none"),
        ("TiO2", "no set of known precursors"),
    ],
)
def test_a_target_that_cannot_be_answered_is_named_and_the_others_are_answered(
    inside, capsys, formula, message
):
    assert ask(formula, "LiCoMnO4") == 1
    heard = capsys.readouterr()
    assert heard.out.startswith("LiCoMnO4\n")
    assert heard.err.splitlines()[-1].startswith(f"row 1: {formula}: ")
    assert message in heard.err


def test_without_a_model_the_way_to_one_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert ask("LiCoO2") == 2
    assert capsys.readouterr().err.endswith("Hint: make one with: make model NAME=precursors\n")
