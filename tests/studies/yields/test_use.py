"""`retort yield`: a network answers as it was left, says what it has never seen, and names what it cannot read."""

import csv
import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl
import pytest
import torch

from retort.asking import AskError, Given, runs
from retort.chemistry.components import component
from retort.datasets.views import reaction_fingerprints, reaction_graphs
from retort.runs import RunInputs
from retort.sealed import read_table, write_json, write_table, write_tensors
from retort.studies.yields import baselines, given
from retort.studies.yields.data import PREDICTIONS_SCHEMA, predictions, read
from retort.studies.yields.finetune import finetune
from retort.studies.yields.judged import LEAST_SIGMA, Judged
from retort.studies.yields.mixture import pooled
from retort.studies.yields.trained import CONFORMAL, RECALIBRATED, Yield
from retort.training.run import RunContext
from retort.training.seeding import seed_everything
from tests.studies.yields import small_plate
from tests.studies.yields.small_plate import NETWORK, SETTINGS

# A reaction of the plate, written otherwise; one with a new salt and a new amine; one with agents, without a base.
KNOWN = "CN.[K+].Brc1ccccc1.[O-]C(=O)[O-].CO.[K+]>>c1ccccc1NC"
NEW = "Brc1ccccc1.NC1CCC1.[Na+].CS(C)=O.[OH-]>>C1(CCC1)Nc1ccccc1"
AGENTS = "Brc1ccccc1.CN>CCN(CC)CC.CO>CNc1ccccc1"

BOOSTING = {
    "trees": 30,
    "learning_rate": 0.2,
    "leaves": 8,
    "leaf": 1,
    "shrinkage": 0.0,
    "columns": 0.5,
    "evaluations": 3,
    "quantile_trees": 0,
}
NEIGHBOURS = {"numbers": [1, 3], "powers": [0, 4]}


def reaction(reactants: list[str], products: list[str]) -> str:
    return f"{'.'.join(reactants)}>>{'.'.join(products)}"


@cache
def table() -> pl.DataFrame:
    """The small plate as a reader leaves it: components are canonical."""
    rows = small_plate.table().drop("turn")
    sides = {
        name: [[component(one) for one in side] for side in rows[name]] for name in ("reactants", "products")
    }
    written = [reaction(*both) for both in zip(*sides.values(), strict=True)]
    return rows.with_columns(
        **{name: pl.Series(side) for name, side in sides.items()}, reaction=pl.Series(written)
    )


@cache
def inputs() -> RunInputs:
    """It on disk, in the parts that the small plate has."""
    folder = Path(mkdtemp())
    write_table(table(), folder / "prepared.parquet")
    views = {"reaction_graphs": reaction_graphs, "reaction_fingerprints": reaction_fingerprints}
    for name, view in views.items():
        view.build(table(), folder / name)
    features = {name: folder / name for name in views}
    return RunInputs(folder / "prepared.parquet", small_plate.inputs().split, features)


@cache
def trained(views: tuple[str, ...], seed: int):
    """What a small run gives: predictions, weights, facts."""
    settings = SETTINGS | {"network": NETWORK | {"views": list(views)}}
    seed_everything(seed)
    records, plate = read(inputs().prepared, inputs().split), inputs()
    folder = plate.prepared.parent / f"run-{'-'.join(views)}-{seed}"
    predicted, weights, facts, _ = finetune(
        records, plate, settings, RunContext(seed, torch.device("cpu"), folder, "x", progress=False)
    )
    return settings, predictions(records, predicted), weights, facts


@cache
def fitted(method: str, seed: int):
    """The same of a method that keeps no model."""
    settings = {"method": method, "boosting": BOOSTING, "neighbours": NEIGHBOURS}
    context = RunContext(seed, torch.device("cpu"), Path(), "x", progress=False)
    records = read(inputs().prepared, inputs().split)
    predicted, weights, facts, _ = baselines.run(records, inputs(), settings, context)
    return settings, predictions(records, predicted), weights, facts


def keep(
    here,
    place: str,
    views: tuple[str, ...] = ("graph", "sequence", "features"),
    off: float = 0.0,
    method: str = "network",
    **over,
):
    """A finished run in the project `here`, whose predictions of valid and test are `off` by so much more."""
    dataset, split, variant, seed = place.split("/")
    number = int(seed.removeprefix("seed"))
    made = trained(views, number) if method == "network" else fitted(method, number)
    settings, predicted, weights, facts = made
    paths = {
        "prepared": f"data/prepared/{dataset}.parquet",
        "split": f"data/splits/{dataset}/{split}.parquet",
        "features": {name: str(folder) for name, folder in inputs().features.items()},
        "uses": {},
    }
    write_table(table(), here / paths["prepared"])
    (here / paths["split"]).parent.mkdir(parents=True, exist_ok=True)
    (here / paths["split"]).write_bytes(inputs().split.read_bytes())
    folder = here / runs("yields") / place
    write_table(predicted.with_columns(mean=pl.col("mean") + off), folder / "predictions.parquet")
    write_tensors(weights, folder / "model.safetensors")
    record = {
        "study": "yields",
        "dataset": dataset,
        "split": split,
        "variant": variant,
        "seed": number,
        "generated": False,
        "inputs": paths,
        "settings": settings,
        "facts": facts,
    }
    write_json(record | over, folder / "run.json")
    return folder


@pytest.mark.parametrize("views", [("graph",), ("graph", "sequence", "features")])
def test_a_test_reaction_is_answered_as_in_its_run(here, ask, views):
    keep(here, "plate/random-0/uam/seed0", views)
    _, predicted, _, _ = trained(views, 0)
    test = predicted.filter(part="test").join(table(), on="id")
    asked = [reaction(*both) for both in test.select("reactants", "products").iter_rows()]
    code, out, err = ask("yield", "--json", *asked)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    means = [row["mean"] for row in answer["predictions"]]
    np.testing.assert_allclose(means, test["mean"].clip(0, 100), rtol=1e-4)
    ratio = [row["aleatoric"] for row in answer["predictions"]] / test["aleatoric"].to_numpy()
    # One scalar for all sigmas; passes with dropout draw otherwise for each row by itself.
    np.testing.assert_allclose(ratio, ratio[0], rtol=0.2)
    for row in answer["predictions"]:
        assert row["sigma"] ** 2 == pytest.approx(row["aleatoric"] ** 2 + row["epistemic"] ** 2)
        assert 0 <= row["low"] <= row["mean"] <= row["high"] <= 100
        assert (row["unseen"], row["lacks"]) == ([], [])
    assert answer["model"]["train_reactions"] == 30
    assert answer["model"]["interval"] == {"level": 0.9, "kind": RECALIBRATED, "calibration_rows": 3}


@pytest.mark.parametrize("method", ["boosting", "neighbours"])
def test_what_keeps_no_model_is_fitted_again_and_answers_as_in_its_run(here, ask, method):
    for seed in (0, 1):
        keep(here, f"plate/random-0/{method}/seed{seed}", method=method)
    seeds = [fitted(method, seed)[1].filter(part="test") for seed in (0, 1)]
    test = seeds[0].join(table(), on="id", maintain_order="left")
    asked = [reaction(*both) for both in test.select("reactants", "products").iter_rows()]
    # Beside a reaction that has other bits than all of the plate.
    code, out, err = ask("yield", "--json", NEW, *asked)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["model"]["variant"] == method
    said = pl.DataFrame(
        [{name: row[name] for name in ("mean", "sigma")} for row in answer["predictions"][1:]]
    )
    wanted = np.mean([each["mean"].clip(0, 100) for each in seeds], axis=0)
    np.testing.assert_allclose(said["mean"], wanted, rtol=1e-6)
    assert (said["sigma"].null_count() == len(said)) == (method == "boosting")
    if method == "boosting":
        assert np.abs(seeds[0]["mean"].to_numpy() - seeds[1]["mean"].to_numpy()).max() > 0.1
        assert all(row["epistemic"] is None for row in answer["predictions"])
        written = ask("yield", asked[0])[1].splitlines()[0]
        assert "±" not in written
        assert "(90 %: " in written


def test_the_answer_does_not_depend_on_what_else_is_asked_nor_on_how_it_is_written(here, ask):
    keep(here, "plate/random-0/uam/seed0")
    alone = json.loads(ask("yield", "--json", KNOWN)[1])["predictions"][0]
    among = json.loads(ask("yield", "--json", NEW, KNOWN, AGENTS)[1])["predictions"][1]
    for name in ("mean", "sigma", "epistemic", "low", "high"):
        assert alone[name] == pytest.approx(among[name], rel=1e-5), name
    other = "CO.CN.Brc1ccccc1.O=C([O-])[O-].[K+].[K+]>>CNc1ccccc1"
    again = json.loads(ask("yield", "--json", other)[1])["predictions"][0]
    assert again["mean"] == pytest.approx(alone["mean"], rel=1e-4)
    near = alone["nearest"]
    assert len(near) == 3
    assert near[0]["similarity"] == pytest.approx(1.0)
    assert [one["similarity"] for one in near] == sorted((one["similarity"] for one in near), reverse=True)
    truth = dict(table().select("id", "yield").iter_rows())
    assert [one["yield"] for one in near] == [truth[one["id"]] for one in near]


def test_neighbours_say_in_what_they_differ_and_what_was_never_seen_is_named(here, ask):
    keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    code, out, err = ask("yield", NEW, "-k", "1")
    assert code == 0
    assert "mpnn trained on 30 reactions of plate (random-0), one seed" in err
    lines = out.splitlines()
    assert lines[0].startswith("row 1: ")
    unseen = [line.rsplit(" ", 1)[1] for line in lines if "never seen in training" in line]
    assert unseen == ["NC1CCC1", "[Na+].[OH-]", "c1ccc(NC2CCC2)cc1"]
    (near,) = [line for line in lines if line.startswith("  near: 0.")]
    assert "instead of" in near
    assert lines[-1].startswith("   outside what it knows: the nearest training reaction is less like it")


def test_what_every_training_reaction_has_is_missed(here, ask):
    keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    plate = table().with_columns(reactants=pl.concat_list("reactants", pl.lit("[Pd]")))
    write_table(plate, here / "data/prepared/plate.parquet")
    (answer,) = json.loads(ask("yield", "--json", KNOWN)[1])["predictions"]
    assert answer["lacks"] == ["[Pd]"]
    assert answer["nearest"][0]["has"] == ["[Pd]"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CCO", "expected reactants>>products"),
        ("", "expected reactants>>products"),
        ("CCO>>", "it has no product"),
        (">>CCO", "it has no reactant"),
        ("C1CC.CN>>CC", "'C1CC' is no molecule"),
        ("CCO..CN>>CC", "is not one molecule"),
        ("C CO>>CC", "is not one molecule"),
        ("C.[Pd]>>C", "none of its molecules has a bond"),
    ],
)
def test_bad_reactions_are_named_and_the_others_are_answered(here, ask, text, words):
    keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    code, out, err = ask("yield", KNOWN, text, AGENTS)
    assert code == 1
    assert [line[:6] for line in out.splitlines() if line.startswith("row")] == ["row 1:", "row 3:"]
    assert next(line for line in err.splitlines() if line.startswith("row 2: ")).count(words) == 1
    answers = json.loads(ask("yield", "--json", KNOWN, text, AGENTS)[1])["predictions"]
    assert [("error" in answer, "mean" in answer) for answer in answers] == [
        (False, True),
        (True, False),
        (False, True),
    ]


def test_a_table_keeps_its_columns(here, ask, monkeypatch):
    keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    written = f'well,reaction,remark\nA1,{KNOWN},"good, dry"\nA2,C1CC>>C,\nA3,{NEW}\n'
    (here / "mine.csv").write_text(written)
    code, out, err = ask("yield", "--file", "mine.csv")
    assert code == 1
    assert "row 3: C1CC>>C: 'C1CC' is no molecule" in err
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["well"] for row in rows] == ["A1", "A2", "A3"]
    assert [row["remark"] for row in rows] == ["good, dry", "", ""]
    assert (rows[1]["mean"], bool(rows[1]["error"])) == ("", True)
    assert float(rows[0]["low"]) <= float(rows[0]["mean"]) <= float(rows[0]["high"])
    assert (rows[0]["unseen"], "NC1CCC1" in rows[2]["unseen"]) == ("", True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(written.replace("reaction", "rxn")))
    assert ask("yield", "-", "--column", "rxn")[1] == out.replace("reaction", "rxn", 1)
    answers = json.loads(ask("yield", "--file", "mine.csv", "--json")[1])["predictions"]
    assert answers[0]["columns"] == {"well": "A1", "reaction": KNOWN, "remark": "good, dry"}


def test_a_table_may_have_the_columns_that_the_data_set_was_read_from(here, ask):
    folder = keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    (here / "workflow/config/dataset").mkdir(parents=True)
    block = (
        "reader: yield_table\nsettings: {file: plate.csv, components: {halide: Halide, amine: Amine, base: Base, "
        "solvent: [First, Second]}, product: Product, yield: Yield}\n"
    )
    (here / "workflow/config/dataset/plate.yaml").write_text(block)
    (here / "mine.csv").write_text(
        "well,Halide,Amine,Base,First,Second,Product\n"
        "A1,Brc1ccccc1, CN,[K+].[O-]C(=O)[O-].[K+],-,CO,c1ccccc1NC\n"
        "A2,Brc1ccccc1,CN,,CO,,none\n"
    )
    (wanted,) = json.loads(ask("yield", "--json", KNOWN)[1])["predictions"]
    for which in (["--dataset", "plate"], ["--run", str(folder)]):
        code, out, err = ask("yield", "--file", "mine.csv", *which)
        assert code == 1
        columns = "'Halide', 'Amine', 'Base', 'First', 'Second', 'Product'"
        assert f"note: mine.csv: the columns {columns} are read, as plate has them\n" in err
        assert "row 3: Brc1ccccc1.CN.CO>>: it has no product" in err
        first, second = csv.DictReader(io.StringIO(out))
        assert [first["well"], first["Base"], second["Product"]] == ["A1", "[K+].[O-]C(=O)[O-].[K+]", "none"]
        assert float(first["mean"]) == pytest.approx(wanted["mean"], abs=0.05)
        assert first["unseen"] == ""
    # A reaction that is there, or a column that is named, is what is asked.
    (here / "both.csv").write_text(f"Halide,Reaction\n,{KNOWN}\n")
    assert "the column 'Reaction' is read" in ask("yield", "--file", "both.csv", "--dataset", "plate")[2]
    (here / "few.csv").write_text("Halide,Amine,Base,First,Product\nBr,CN,,CO,NC\n")
    _, _, err = ask("yield", "--file", "few.csv", "--dataset", "plate")
    assert "no column 'reaction', and of those of plate it lacks 'Second'; it has Halide, Amine, Base" in err
    assert "no column 'reaction', but well, Halide" in ask("yield", "--file", "mine.csv")[2]
    (here / "workflow/config/dataset/plate.yaml").write_text(block.replace("base:", "bass:"))
    assert "role 'bass' is none of" in ask("yield", "--file", "mine.csv", "--dataset", "plate")[2]
    (here / "workflow/config/dataset/plate.yaml").write_text("reader: suzuki\n")
    assert "but well, Halide" in ask("yield", "--file", "mine.csv", "--dataset", "plate")[2]


def test_lines_of_a_file_and_of_standard_input(here, ask, monkeypatch):
    keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    wanted = ask("yield", KNOWN, AGENTS)[1]
    (here / "mine.txt").write_text(f"{KNOWN} first\n{AGENTS}\n\n")
    assert ask("yield", "--file", "mine.txt")[1] == wanted
    for words in (["-"], []):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KNOWN}\n{AGENTS}\n"))
        assert ask("yield", *words)[1] == wanted


def test_the_variant_that_is_best_on_valid_answers_with_all_its_seeds(here, ask):
    keep(here, "plate/random-0/worse/seed0", off=30.0)
    keep(here, "plate/random-0/boosting/seed0", off=30.0, method="boosting")
    better = [keep(here, f"plate/random-0/mpnn/seed{seed}", ("graph",)) for seed in (0, 1)]
    keep(here, "plate/random-n9-0/other/seed0", ("graph",), off=-1.0)
    forest = keep(here, "plate/random-0/forest/seed0", settings=SETTINGS | {"method": "forest"})
    told = read_table(forest / "predictions.parquet").join(table().select("id", "yield"), on="id")
    write_table(told.with_columns(mean="yield").drop("yield"), forest / "predictions.parquet")
    answer = json.loads(ask("yield", "--json", KNOWN)[1])
    assert answer["model"]["runs"] == [str(folder.relative_to(here)) for folder in better]
    assert answer["model"]["outdone_by"]["variant"] == "forest"
    assert (
        "forest, which must know the roles of components and so cannot be asked, was "
        in ask("yield", KNOWN)[2]
    )
    means = [
        json.loads(ask("yield", "--json", KNOWN, "--run", str(folder))[1])["predictions"][0]["mean"]
        for folder in better
    ]
    assert answer["predictions"][0]["mean"] == pytest.approx(np.mean(means))


def test_the_data_set_that_knows_the_reaction_answers(here, ask):
    keep(here, "larger/random-0/mpnn/seed0", ("graph",))
    keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    other = table().with_columns(reactants=pl.lit(["OO"], dtype=pl.List(pl.String)))
    write_table(other, here / "data/prepared/larger.parquet")
    chosen = [
        json.loads(ask("yield", "--json", *words)[1])["model"]["dataset"]
        for words in ([KNOWN], ["OO.OO>>OO"], [KNOWN, "--dataset", "larger"])
    ]
    assert chosen == ["plate", "larger", "larger"]


def test_intervals_are_conformal_where_calibration_rows_suffice(here):
    train, count = 90, 10
    ids = [f"r-{number:03d}" for number in range(train + 2 * count)]
    parts = ["train"] * train + ["valid"] * count + ["test"] * count
    prepared = pl.DataFrame(
        {"id": ids, "yield": 50.0, "reactants": [["C"]] * len(ids), "products": [["CC"]] * len(ids)}
    ).with_columns(reaction=pl.lit("C>>CC"))
    # Errors of valid are 1 to 10 sigmas: of ten rows the 90 % interval needs the largest.
    errors = [*range(1, count + 1), *[0] * count]
    predicted = pl.DataFrame({"id": ids[train:], "part": parts[train:]}).with_columns(
        mean=50.0 - pl.Series(errors) * 2.0, aleatoric=2.0, epistemic=None, chosen=None, peeked=None
    )
    folder = keep(here, "plate/random-0/mpnn/seed0", ("graph",))
    write_table(predicted.cast(pl.Schema(PREDICTIONS_SCHEMA)), folder / "predictions.parquet")
    write_table(prepared, here / "data/prepared/plate.parquet")
    write_table(pl.DataFrame({"id": ids, "part": parts}), here / "data/splits/plate/random-0.parquet")
    found = Yield.of(folder)
    assert found.kind == CONFORMAL
    assert found.scale == pytest.approx(np.sqrt(np.mean(np.arange(1, 11) ** 2)))
    low, high = found.interval(said([50.0, 5.0, 99.0], [1.0, 1.0, 3.0]))
    np.testing.assert_allclose(low, [40.0, 0.0, 69.0])
    np.testing.assert_allclose(high, [60.0, 15.0, 100.0])


def said(mean, aleatoric=None, epistemic=None) -> Judged:
    arrays = [None if one is None else np.array(one, float) for one in (mean, aleatoric, epistemic)]
    return Judged([str(row) for row in range(len(mean))], np.full(len(mean), np.nan), *arrays, None, None)


def test_several_runs_are_a_mixture():
    both = pooled([said([40.0], [3.0], [1.0]), said([50.0], [4.0], [2.0])])
    assert both.mean == pytest.approx([45.0])
    assert both.aleatoric == pytest.approx([np.sqrt((9 + 16) / 2)])
    assert both.epistemic == pytest.approx([np.sqrt((1 + 4) / 2 + 25)])
    assert pooled([said([40.0], [0.0]), said([40.0], [0.0])]).sigma == pytest.approx([LEAST_SIGMA])
    # Without sigmas of their own they have none together.
    assert pooled([said([40.0]), said([50.0])]).sigma is None


def test_fragments_become_components():
    known = {"CC", "[K+].[OH-]", "O=C([O-])[O-].[K+].[K+]", "CCN(CC)CC.Cl"}
    texts = [
        "[OH-].CC.[K+]>>C",
        "[K+].[K+].[K+].[OH-].O=C([O-])[O-]>>C",
        "Cl.CCN(CC)CC>>C",
        "[Na+].CC.[Cl-].[Na+]>>C",
    ]
    composed = given.composed(given.read([Given(text) for text in texts]), known)
    assert [reaction.reactants for reaction in composed] == [
        ("[K+].[OH-]", "CC"),
        ("O=C([O-])[O-].[K+].[K+]", "[K+].[OH-]"),
        ("CCN(CC)CC.Cl",),
        ("[Cl-].[Na+]", "CC", "[Na+]"),
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "no reaction given. Hint: name some"),
        (["--file", "none.csv"], "none.csv: No such file"),
        (["--file", "mine.csv"], "it has no column 'reaction', but well, rxn. Hint: say with --column"),
        (["--file", "mine.csv", "--column", "rxn", KNOWN], "a table and other reactions"),
        (
            ["--file", "long.csv"],
            "long.csv: row 3, as a spreadsheet counts, has 3 cells, expected the 2 of the",
        ),
        ([KNOWN, "-k", "-1"], "-k -1: expected a number of reactions"),
        ([KNOWN, "--dataset", "none"], "no trained model for 'none' .* but for plate. Hint: .*yield/none"),
        ([KNOWN, "--run", "nowhere"], "it has no run.json"),
        ([KNOWN, "--run", "FOREST"], "its method is 'forest', expected network, boosting or neighbours"),
        (
            [KNOWN, "--run", "FOLDER", "--dataset", "suzuki"],
            "it was trained on 'plate', asked for is 'suzuki'",
        ),
        ([KNOWN, "--run", "BROKEN"], "it cannot be used: .*gone"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(here, ask, words, expected):
    folders = {
        "FOLDER": keep(here, "plate/random-0/mpnn/seed0", ("graph",)),
        "FOREST": keep(here, "plate/random-0/forest/seed0", settings=SETTINGS | {"method": "forest"}),
        "BROKEN": keep(here, "plate/random-0/mpnn/seed1", ("graph",)),
    }
    (folders["BROKEN"] / "model.safetensors").unlink()
    (here / "mine.csv").write_text(f"well,rxn\nA1,{KNOWN}\n")
    (here / "long.csv").write_text(f"reaction,remark\n{KNOWN},\n{KNOWN},good, dry\n")
    code, out, err = ask("yield", *(str(folders.get(word, word)) for word in words))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    with pytest.raises(AskError, match=expected):
        raise AskError(err)


def test_without_a_model_the_command_that_trains_one_is_named(here, ask):
    code, _, err = ask("yield", KNOWN)
    assert code == 2
    assert "no trained model under data/runs/yields. Hint: make one with: make model NAME=yield" in err


def test_the_command_line_is_there_without_torch():
    code = "import sys, retort.studies.yields.use; sys.exit(any(m in sys.modules for m in ('torch', 'numpy', 'rdkit')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
