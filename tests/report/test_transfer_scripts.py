"""The programs of the study `transfer` run on made-up results of three sizes, and repeat themselves to the byte."""

import runpy

import polars as pl
import pytest
import yaml

from retort.report import style
from retort.statistics.summary import contrasts

from . import transfer_fixture as fixture
from .programs import ROOT, cells, check_table, is_table, output, run, run_elsewhere

SCRIPTS = sorted((ROOT / "src/scripts").glob("transfer_*.py"))
TABLES = [path for path in SCRIPTS if is_table(path)]
CONFIG = ROOT / "workflow/config/study/transfer.yaml"


def table(name, results, folder):
    return cells(run(ROOT / f"src/scripts/transfer_{name}.py", results, folder).read_text())


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("generated"), generated=True, ids=40)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return fixture.make(folder, generated=True, variants=fixture.SMALL, ids=30)


@pytest.fixture(scope="module")
def elsewhere(full, tmp_path_factory):
    """All outputs again, from another process with other string hashes."""
    return run_elsewhere(SCRIPTS, full, tmp_path_factory.mktemp("again"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_same_bytes_twice(script, full, elsewhere, tmp_path):
    assert run(script, full, tmp_path).read_bytes() == output(script, elsewhere).read_bytes()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", ["generated", "small"])
def test_smaller_grids(script, size, tmp_path, request):
    assert run(script, request.getfixturevalue(size), tmp_path).stat().st_size > 200


@pytest.mark.parametrize("script", TABLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", ["full", "generated", "small"])
def test_tables_are_well_formed(script, size, tmp_path, request):
    check_table(run(script, request.getfixturevalue(size), tmp_path).read_text())


@pytest.mark.parametrize("name", ["main", "ablation"])
def test_published_values_stand_beside_real_data_only(name, full, generated, tmp_path):
    for results, expected in ((full, True), (generated, False)):
        text = " ".join(" ".join(row) for row in table(name, results, tmp_path))
        assert (r"\emph{0.058}" in text) is expected


def test_a_cell_that_was_not_run_is_a_dash(full, tmp_path):
    # There is no teacher on JARVIS; its published value is printed all the same.
    (teacher,) = [row for row in table("main", full, tmp_path) if row[0] == "teacher"]
    assert teacher[7:] == ["--", "", r"\emph{0.033}", "--", "", r"\emph{0.140}"]


def test_negative_is_better_and_paired_by_seed(full, tmp_path):
    """Taught minus untaught in the first block of the controls is the difference that `contrasts` gives."""
    rows = table("controls", full, tmp_path)
    head, taught = rows[0], rows[1]
    place = {"dataset": "mp20", "split": "formation", "part": "test", "metric": "mae"}
    scores, items = (
        pl.read_parquet(full / f"{name}.parquet").filter(**place) for name in ("scores", "items")
    )
    (found,) = contrasts(scores, items, [("ts-crabnet", "crabnet")], seed=0).to_dicts()
    assert found["difference"] < 0
    assert taught[2] == f"$-${-1000 * found['difference']:.0f}"
    untaught = pl.read_parquet(full / "summary.parquet").filter(variant="crabnet", **place)
    assert head[2] == f"{1000 * untaught['trimean'][0]:.0f}"
    # The column of percents, by hand.
    relative = runpy.run_path(str(ROOT / "src/scripts/transfer_controls.py"))["relative"]
    by_hand = pl.DataFrame(
        {
            "variant": ["a"] * 3 + ["b"] * 3,
            "seed": [0, 1, 2] * 2,
            "value": [0.4, 1.6, 0.9, 1.0, 2.0, 1.0],
        }
    )
    # Trimean of (-0.6, -0.2, -0.1), whose quartiles are -0.4, -0.2 and -0.15: -0.2375.
    assert relative(by_hand, "a", "b") == "$-$24"
    assert relative(by_hand, "a", "none") == "--"


def test_subsets_appear_where_they_were_scored(full, generated, tmp_path):
    for results, expected in ((full, True), (generated, False)):
        tex = run(ROOT / "src/scripts/transfer_controls.py", results, tmp_path).read_text()
        assert ("non-metals" in tex) is expected
        assert "unseen compositions" in tex


def test_times_are_for_a_thousand_crystals(full, tmp_path):
    quantity = "epoch of roost"
    times = pl.DataFrame({"quantity": [quantity], "value": [500.0], "unit": ["ms"], "n": [2000]})
    results = tmp_path / "data/results/transfer"
    results.mkdir(parents=True)
    times.write_parquet(results / "timings.parquet")
    assert table("timing", results, tmp_path) == [[quantity, r"2\,000", "0.25"]]
    times.clear().write_parquet(results / "timings.parquet")
    assert table("timing", results, tmp_path)[0][0] == "not measured"


def test_no_steps_no_figure(small, tmp_path):
    history = pl.read_parquet(small / "history.parquet")
    results = tmp_path / "data/results/transfer"
    results.mkdir(parents=True)
    config = tmp_path / "workflow/config/study/transfer.yaml"
    config.parent.mkdir(parents=True)
    config.write_text((small.parents[2] / "workflow/config/study/transfer.yaml").read_text())
    pl.read_parquet(small / "scores.parquet").write_parquet(results / "scores.parquet")
    history.filter(variant="crabnet").write_parquet(results / "history.parquet")
    with pytest.raises(ValueError, match=r"history\.parquet.*both steps"):
        run(ROOT / "src/scripts/transfer_losses.py", results, tmp_path)


@pytest.mark.skipif(not CONFIG.exists(), reason="the study is not configured yet")
def test_what_the_programs_name_is_configured():
    """Each variant that a program names is one of the study's, and each line of a figure has a colour."""
    variants = set(yaml.safe_load(CONFIG.read_text())["variants"])
    named = {"main": "SYSTEMS", "ablation": "ROWS", "learning_curves": "LINES", "parity": "CALIBRATED"}
    for script, table in named.items():
        spaces = runpy.run_path(str(ROOT / f"src/scripts/transfer_{script}.py"))
        # A strategy whose weight is the chosen one has no variant of its own.
        assert set(spaces[table]) - {"ts-crabnet-alpha5"} <= variants
        if script in ("learning_curves", "parity"):
            assert all(style.colour(variant) for variant in spaces[table])
