"""The programs of the study `molecules` run on made-up results of three sizes, and repeat themselves to the byte."""

import runpy
from contextlib import chdir

import polars as pl
import pytest
import yaml

from retort.report import style
from retort.report.protocols import few_labels, strict, under
from retort.report.results import Results
from retort.report.stacked import stacked

from . import molecules_fixture as fixture
from .programs import ROOT, cells, check_table, is_table, output, run, run_elsewhere

SCRIPTS = sorted((ROOT / "src/scripts").glob("molecules_*.py"))
TABLES = [path for path in SCRIPTS if is_table(path)]
CONFIG = ROOT / "workflow/config/study/molecules.yaml"


def table(name, results, folder):
    return cells(run(ROOT / f"src/scripts/molecules_{name}.py", results, folder).read_text())


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("generated"), generated=True, molecules=60)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("small"), generated=True, only=fixture.SMALL, molecules=30)


@pytest.fixture(scope="module")
def elsewhere(generated, tmp_path_factory):
    """All outputs again, from another process with other string hashes."""
    return run_elsewhere(SCRIPTS, generated, tmp_path_factory.mktemp("again"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_same_bytes_twice(script, generated, elsewhere, tmp_path):
    assert run(script, generated, tmp_path).read_bytes() == output(script, elsewhere).read_bytes()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_few_places_and_systems(script, small, tmp_path):
    assert run(script, small, tmp_path).stat().st_size > 150


@pytest.mark.parametrize("script", TABLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", ["full", "generated", "small"])
def test_tables_are_well_formed(script, size, tmp_path, request):
    check_table(run(script, request.getfixturevalue(size), tmp_path).read_text())


def test_strict_has_every_set_and_the_best_is_bold(full, tmp_path):
    rows = table("strict", full, tmp_path)
    summary = pl.read_parquet(full / "summary.parquet").filter(
        part="test", dataset="bbbp", split="strict", metric="roc_auc"
    )
    systems = runpy.run_path(str(ROOT / "src/scripts/molecules_strict.py"))["SYSTEMS"]
    best = summary.filter(pl.col("variant").is_in(systems)).sort("trimean")[-1].to_dicts()[0]
    (row,) = [row for row in rows[: len(rows) // 2] if row[0] == best["variant"]]
    assert row[1] == rf"\textbf{{{100 * best['trimean']:.1f}}}"
    tex = run(ROOT / "src/scripts/molecules_strict.py", full, tmp_path).read_text()
    assert all(title in tex for title, _ in fixture.SETS.values())
    # Below DINO's score, what it gains over the forest by the paired bootstrap.
    paired = pl.read_parquet(full / "details/paired.parquet").filter(
        dataset="bbbp", split="strict", variant="dino-tuned", reference="forest"
    )
    place = next(place for place, row in enumerate(rows) if row[0] == "dino-tuned")
    assert f"{abs(100 * paired['difference'][0]):.1f}" in rows[place + 1][1]


def test_a_guest_joins_the_strict_table(small, tmp_path):
    """Scores of a data set that joined by its own YAML are a further column under its own title."""
    results = tmp_path / "data/results/molecules"
    (results / "details").mkdir(parents=True)
    for name in ("scores", "summary", "details/paired"):
        rows = pl.read_parquet(small / f"{name}.parquet")
        guest = rows.filter(dataset="molecules_properties").with_columns(dataset=pl.lit("mine"))
        pl.concat([rows, guest]).write_parquet(results / f"{name}.parquet")
    (tmp_path / "workflow/config/study").mkdir(parents=True)
    config = (small.parents[2] / "workflow/config/study/molecules.yaml").read_text()
    (tmp_path / "workflow/config/study/molecules.yaml").write_text(config)
    (tmp_path / "workflow/config/dataset").mkdir()
    joined = {"title": "My own 5 % set", "join": "molecules"}
    (tmp_path / "workflow/config/dataset/mine.yaml").write_text(yaml.safe_dump(joined))
    tex = run(ROOT / "src/scripts/molecules_strict.py", results, tmp_path).read_text()
    assert r"My own 5 \% set" in tex


def test_frozen_counts_sets_whose_interval_excludes_zero(full, tmp_path):
    paired = pl.read_parquet(full / "details/paired.parquet").filter(
        split="strict", variant="dino-frozen", reference="gin-frozen"
    )
    error = pl.col("metric") == "rmse"
    better = paired.select(pl.when(error).then(pl.col("high") < 0).otherwise(pl.col("low") > 0).sum()).item()
    tex = run(ROOT / "src/scripts/molecules_frozen.py", full, tmp_path).read_text()
    assert f"dino-frozen {better} / 0 of {paired.height}" in tex


@pytest.mark.parametrize(("name", "value"), [("seed_one", r"\emph{0.643}"), ("seed_two", r"\emph{73.6}")])
def test_published_values_stand_beside_real_data_only(name, value, full, generated, tmp_path):
    for results, expected in ((full, True), (generated, False)):
        text = " ".join(" ".join(row) for row in table(name, results, tmp_path))
        assert (value in text) is expected


def test_seed_table_prefers_the_published_protocol(full, tmp_path):
    labels = pl.read_parquet(full / "details/labels.parquet")
    rows = {row[0]: row for row in table("seed_one", full, tmp_path)}
    found = labels.filter(dataset="bbbp", split="scaffold", variant="svm", metric="roc_auc", label="p_np")
    assert rows["SVM"][1:3] == [r"\emph{0.702}", f"{found['value'][0]:.3f}"]
    assert rows["D-MPNN"][2].endswith(r"\rlap{$^*$}")  # run under the strict protocol only


def test_audit_averages_draws(full, tmp_path):
    rows = table("audit", full, tmp_path)
    names = [row[0] for row in rows]
    assert sum("random (5 draws)" in name for name in names) == 3
    (balanced,) = [row for row in rows[:7] if "balanced" in row[0]]
    scores = pl.read_parquet(full / "scores.parquet").filter(
        pl.col("split").str.starts_with("balanced-"),
        dataset="bbbp",
        variant="ngram",
        part="test",
        metric="roc_auc",
    )
    q1, q2, q3 = (scores["value"].quantile(q, "linear") for q in (0.25, 0.5, 0.75))
    assert f"{100 * (q1 + 2 * q2 + q3) / 4:.1f}" in balanced
    assert balanced[1] == "5"  # percent of test scaffolds that training has


def test_the_audit_is_of_classifiers_only(full, tmp_path):
    """Lipophilicity is split at random too, for the map; its errors are no percent."""
    text = " ".join(row[0] for row in table("audit", full, tmp_path))
    assert "ClinTox" in text
    assert "Lipophilicity" not in text


def test_few_labels_show_the_untrained_network_beside_the_pretrained_one(full, tmp_path):
    program = runpy.run_path(str(ROOT / "src/scripts/molecules_labels.py"))
    with chdir(full.parents[2]):
        results = Results(full, "molecules")
        panels = program["chosen"](results, results.scores.filter(part="test"))
    assert panels
    for rows in panels.values():
        assert set(program["LINES"]) <= set(rows.filter(pl.col("share") < 100)["variant"])


def test_leak_prefers_the_published_split(full, tmp_path):
    rows = {row[0].split(" (")[0]: row for row in table("leak", full, tmp_path)}
    assert [rows[name][1] for name in ("ClinTox", "SIDER")] == ["scaffold", "strict"]
    assert float(rows["ClinTox"][2]) > float(rows["ClinTox"][6]) + 5


def test_protocols_by_hand(full):
    frame = pl.DataFrame(
        {"dataset": ["a"] * 5, "split": ["strict", "strict-05-1", "random-0", "random-1", "randomly"]}
    )
    assert under(frame, "a", "random")["split"].to_list() == ["random-0", "random-1"]
    assert under(frame, "a", "strict")["split"].to_list() == ["strict"]
    assert dict(few_labels(frame, "a").select("split", "share").iter_rows()) == {
        "strict": 100,
        "strict-05-1": 5,
    }
    with chdir(full.parents[2]):
        assert strict(Results(full, "molecules")) == list(fixture.SETS)


def test_stacked_by_hand():
    groups = [{"a": ["1 & ", "2 & "], "b": ["3 & ", "4 & "], "c": ["5 & ", "6 & "]}, {"d": ["7 & ", "8 & "]}]
    columns, rules = stacked("S", ["x", "y"], groups, rules=[1], across=2)
    assert columns[0].cells == [
        "x",
        "y",
        r"\midrule S",
        r"\midrule x",
        "y",
        r"\midrule S",
        r"\midrule x",
        "y",
    ]
    assert [column.header for column in columns] == ["S", "a", "b"]
    assert columns[1].cells[3:5] == ["5 & ", "6 & "]
    assert columns[2].cells[6:] == [" & ", " & "]
    assert rules == [1, 4, 7]
    with pytest.raises(ValueError, match="1 cells for 2 labels"):
        stacked("S", ["x", "y"], [{"a": ["1 & "]}])


@pytest.mark.parametrize("name", ["pretraining", "losses", "labels", "map"])
def test_nothing_to_draw_is_said(name, small, tmp_path):
    results = tmp_path / "data/results/molecules"
    (results / "details").mkdir(parents=True)
    for table_name in ("scores", "history", "details/embeddings"):
        rows = pl.read_parquet(small / f"{table_name}.parquet")
        rows.clear().write_parquet(results / f"{table_name}.parquet")
    with pytest.raises(ValueError, match=str(results)):
        run(ROOT / f"src/scripts/molecules_{name}.py", results, tmp_path)


def test_a_second_corpus_is_no_seed_of_the_first(generated, tmp_path):
    results = tmp_path / "data/results/molecules"
    results.mkdir(parents=True)
    history = pl.read_parquet(generated / "history.parquet")
    elsewhere = history.filter(variant="dino").with_columns(
        pl.lit("chembl_sample").alias("dataset"), pl.col("value") + 5
    )
    pl.concat([elsewhere, history]).write_parquet(results / "history.parquet")
    script, home = ROOT / "src/scripts/molecules_pretraining.py", generated.parents[2]
    (tmp_path / "one").mkdir()
    one = run(script, generated, tmp_path / "one").read_bytes()
    assert run(script, results, tmp_path, home).read_bytes() == one


@pytest.mark.skipif(not CONFIG.exists(), reason="the study is not configured yet")
def test_what_the_programs_name_is_configured():
    """Each variant that a program names is one of the study's."""
    variants = set(yaml.safe_load(CONFIG.read_text())["variants"])
    named = {
        "strict": "SYSTEMS",
        "frozen": "UNTRAINED",
        "leak": "COLUMNS",
        "seed_one": "ROWS",
        "audit": "SYSTEMS",
    }
    named |= {
        "pretraining": "LINES",
        "losses": "LINES",
        "labels": "LINES",
        "map": "VARIANTS",
        "ablation": "REFERENCE_OF",
    }
    for script, name in named.items():
        assert set(runpy.run_path(str(ROOT / f"src/scripts/molecules_{script}.py"))[name]) <= variants, script
    for system in (
        "forest",
        "svm",
        "ngram",
        "ngram-graph",
        "dmpnn",
        "gin",
        "dino",
        "contrast",
        "molclr",
        "smiles",
        "mlm",
        "dino-smiles",
    ):
        assert style.colour(system)
