"""Every program of src/scripts, on the committed records of every scale and on what is left of them in awkward cases.

A new study adds nothing here: its programs are found by its YAML, its results by its record.
"""

import ast
import importlib
import re
import runpy
import shutil
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from retort.report import style
from retort.report.results import FIELDS, Results
from retort.sealed import write_table

from . import records
from .records import ROOT, SCALES
from .tex import cells, check_table

EACH = [(scale, script) for scale in SCALES for script in records.programs(scale)]
TABLES = [(scale, script) for scale, script in EACH if records.is_table(script)]
SCRIPTS = sorted((ROOT / "src/scripts").glob("*.py"))


@pytest.fixture(scope="session")
def elsewhere(results, once):
    """`elsewhere(scale)`: what all programs write in another process with other string hashes."""

    def of(scale: str) -> Path:
        programs, source = records.programs(scale), results(scale)
        return once(f"elsewhere-{scale}", lambda folder: records.run_elsewhere(programs, source, folder))

    return of


@pytest.fixture
def written(elsewhere):
    """`written(scale, script)`: what a program writes from a record, as text."""
    return lambda scale, script: records.output(script, elsewhere(scale)).read_text(encoding="utf-8")


@pytest.fixture
def table(written):
    """`table(scale, script)`: the rows of a table from a record, as cells."""
    return lambda scale, script: cells(written(scale, script))


def test_every_program_is_listed_by_one_study():
    named = [
        name
        for block in records.plan("smoke").config["study"].values()
        for name in block["figures"] + block["tables"]
    ]
    assert sorted([*named, *records.OVERVIEWS]) == [path.stem for path in SCRIPTS]


@pytest.mark.parametrize(("scale", "script"), EACH)
def test_it_renders_and_repeats_itself_to_the_byte(scale, script, results, elsewhere, tmp_path):
    here = records.run(script, records.programs(scale)[script], results(scale), tmp_path).read_bytes()
    assert here == records.output(script, elsewhere(scale)).read_bytes()
    assert len(here) > 150
    if not records.is_table(script):
        (height,) = re.findall(rb"/MediaBox \[ ?0 0 [\d.]+ ([\d.]+) ?\]", here)
        assert float(height) <= 72 * style.TALLEST + 0.5, "its caption would leave the page"


@pytest.mark.parametrize(("scale", "script"), TABLES)
def test_tables_are_well_formed(scale, script, written):
    check_table(written(scale, script))


# What is left of a record in awkward cases. A program renders, or says in one sentence what it lacks.


def test_what_is_published_in_percent_is_quoted_in_percent(results, tmp_path):
    text = records.run("scitext_published", "scitext", results("laptop"), tmp_path).read_text()
    quoted = [float(each) for each in re.findall(r"\\emph\{([\d.]+)\}", text)]
    assert 68.9 in quoted
    assert all(10 < each < 100 for each in quoted)
    program = runpy.run_path(str(ROOT / "src/scripts/scitext_readings.py"))
    told = program["quoted"](Results(results("laptop") / "scitext", "scitext"), "scierc-entities")
    assert {each.system: round(each.points, 1) for each in told}["SciDeBERTa (CS)"] == 2.2


def reduce(scale: str, source: Path, target: Path, change) -> Path:
    """Copy results, with `change(name, table)` applied to each table, and with what follows from the changed ones."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for study in records.studies(scale):
        for path in (target / study).rglob("*.parquet"):
            name = path.relative_to(target / study).with_suffix("").as_posix()
            write_table(change(name, pl.read_parquet(path)), path)
        records.derive(scale, study, target)
    records.finish(scale, target)
    return target


def one_seed(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """No interval over seeds."""
    return table.filter(seed=0) if "seed" in table.columns else table


def no_items(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """No value of a test item: intervals are over replicates alone."""
    return table.clear() if name.startswith("items/") else table


def first_variants(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Two systems in the results; the plan knows all."""
    if "variant" not in table.columns or name == "systems":
        return table
    first = table["variant"].unique(maintain_order=True)[:2].to_list()
    return table.filter(pl.col("variant").is_in(first))


# Figures that have nothing to draw, and say so.
REFUSED = {
    *((f"{study}_losses", "two systems") for study in ("molecules", "transfer")),
    ("molecules_gains", "two systems"),
    ("transfer_alpha", "two systems"),
    ("transfer_controls", "two systems"),
}
AWKWARD = {"one seed": one_seed, "no items": no_items, "two systems": first_variants}


@pytest.fixture(scope="session")
def awkward(results, once):
    """`awkward(case)`: the smoke record, reduced."""
    return lambda case: once(
        f"awkward-{case}", lambda folder: reduce("smoke", results("smoke"), folder, AWKWARD[case])
    )


@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("script", records.programs("smoke"))
def test_awkward_results_are_rendered_or_refused_by_name(script, case, awkward, tmp_path):
    folder = awkward(case)
    refused = pytest.raises(ValueError, match=re.escape(str(folder)))
    with refused if (script, case) in REFUSED else nullcontext():
        written = records.run(script, records.programs("smoke")[script], folder, tmp_path)
        assert written.stat().st_size > 100
        if records.is_table(script):
            check_table(written.read_text())


# Programs read tables, and name what they read so that the load can check it.


def strings(tree: ast.AST) -> list[ast.Constant]:
    """The string constants of a program besides docstrings."""
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def named(tree: ast.AST) -> set[int]:
    """The constants that stand inside a call of `retort.report.names`, or are a word in the box of a schematic."""
    functions = {"variant", "variants", "place", "places", "metric", "metrics", "family", "box"}
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return {id(each) for call in calls if call.func.id in functions for each in call.args}


def columns(study: str) -> set[str]:
    """The columns of a study's own tables; one may be called like a variant."""
    tables = importlib.import_module(f"retort.studies.{study}.tables")
    return {
        column
        for kind in (tables.DETAILS, tables.ILLUSTRATIONS)
        for table in kind.values()
        for column in table
    }


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_variants_are_named_where_the_load_can_check_them(script):
    study = records.programs("smoke").get(script.stem)
    blocks = [records.plan(scale).config["study"][study] for scale in SCALES if study]
    variants = {variant for block in blocks for variant in block["variants"]}
    variants -= columns(study) if study else set()
    tree = ast.parse(script.read_text())
    inside = named(tree)
    outside = {
        node.value: node.lineno for node in strings(tree) if node.value in variants and id(node) not in inside
    }
    assert outside == {}


def imports(path: Path) -> set[str]:
    """The modules that a file imports, in full: `a.b` for `import a.b`, `a.b` and `a.b.c` for `from a.b import c`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


REPORT = sorted((ROOT / "src/retort/report").rglob("*.py"))
# What TeX needs is written and read by patterns; a name never is.
OF_TEX = {"tables", "numbers", "paper", "texlog", "dialect", "tracing", "printed", "html", "captions"}


@pytest.mark.parametrize("path", [*SCRIPTS, *REPORT], ids=lambda path: path.stem)
def test_reports_read_tables_only(path):
    assert not imports(path) & ({"yaml", "retort.configuration"} | (set() if path.stem in OF_TEX else {"re"}))


def computing(path: Path) -> set[str]:
    """The modules of statistics that a file takes functions from; constants compute nothing."""
    return {
        node.module.removeprefix("retort.statistics.")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module.startswith("retort.statistics")
        and not all(alias.name.isupper() for alias in node.names)
    }


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_programs_compute_no_comparison_and_no_interval(script):
    # The rule of verdicts is given an estimate with its standard error, and makes a word of it.
    assert computing(script) <= {"robust", "verdicts"}


# Some numbers, each looked up by hand, at every scale that has a record of the study.


def recorded(study: str) -> list[str]:
    return [scale for scale in SCALES if study in records.studies(scale)]


def percent(value: float, sign: str = "") -> str:
    """As tables print a fraction: signs as in mathematics, none before what is zero once rounded."""
    text = f"{100 * value:{sign}.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "$-$").replace("+", "$+$")


@pytest.mark.parametrize("scale", recorded("precursors"))
def test_precursors_main_prints_the_summary(scale, table, results):
    summary = pl.read_parquet(results(scale) / "precursors/summary.parquet")
    place = pl.read_parquet(results(scale) / "precursors/places.parquet").sort("order").row(0, named=True)
    (five,) = summary.filter(
        variant="selector",
        part="test",
        metric="success@5",
        dataset=place["dataset"],
        split=place["split"],
    )["mean"]
    row = next(row for row in table(scale, "precursors_main") if row[:2] == ["learned", "MPC"])
    assert percent(five) in row


@pytest.mark.parametrize(
    ("scale", "script", "value"),
    [
        (scale, script, value)
        for script, value in (
            ("molecules_published_chemberta", "0.643"),
            ("molecules_published_molclr", "73.6"),
            ("transfer_main", "0.058"),
            ("transfer_ablation", "0.051"),
        )
        for scale in recorded(script.split("_")[0])
    ],
)
def test_published_values_stand_beside_real_data_only(scale, script, value, table):
    text = " ".join(cell for row in table(scale, script) for cell in row)
    assert (rf"\emph{{{value}}}" in text) is (scale != "smoke")


def classified(scale: str) -> dict[str, str]:
    """A set that is judged by its ROC-AUC, under the strict protocol."""
    dataset = "molecules_alerts" if scale == "smoke" else "bbbp"
    return {"dataset": dataset, "split": "strict", "part": "test", "metric": "roc_auc"}


@pytest.mark.parametrize("scale", recorded("molecules"))
def test_molecules_strict_prints_means_and_whether_they_are_below_the_forest(scale, table, results):
    folder = results(scale) / "molecules"
    title = dict(pl.read_parquet(folder / "systems.parquet").select("variant", "title").iter_rows())
    here = classified(scale)
    means = dict(
        pl.read_parquet(folder / "summary.parquet").filter(**here).select("variant", "mean").iter_rows()
    )
    compared = pl.read_parquet(folder / "contrasts.parquet").filter(**here, variant="gin", against="forest")
    # It is the first set of the grid.
    row = next(row for row in table(scale, "molecules_strict") if row[0] == title["gin"])
    low, high = compared.select("low", "high").row(0)
    sign = "+" if low > 0 else "-" if high < 0 else ""
    assert row[1] == percent(means["gin"])
    assert re.sub(r"\{.*\}\}", "", row[2]) == (f"$^{{{sign}}}$" if sign else "")


@pytest.mark.parametrize("scale", recorded("molecules"))
def test_frozen_vectors_stand_beside_their_untrained_encoder(scale, table, results):
    folder = results(scale) / "molecules"
    here = classified(scale) | {"variant": "dino-frozen", "against": "gin-frozen"}
    (difference,) = pl.read_parquet(folder / "contrasts.parquet").filter(**here)["difference"].unique()
    rows = table(scale, "molecules_frozen")
    titles = dict(pl.read_parquet(folder / "systems.parquet").select("variant", "title").iter_rows())
    at = next(index for index, row in enumerate(rows) if row[0] == titles["dino-frozen"])
    assert percent(difference, "+") in " ".join(rows[at + 1])


@pytest.mark.parametrize("scale", recorded("molecules"))
def test_the_audit_is_of_classifiers_and_counts_draws(scale, table, results):
    names = [row[0] for row in table(scale, "molecules_audit")]
    summary = pl.read_parquet(results(scale) / "molecules/summary.parquet")
    draws = summary.filter(split="random", part="test", metric="roc_auc")["draws"].max() or 1
    assert any(f"random ({draws} draws)" in name if draws > 1 else name.endswith("random") for name in names)
    assert not any("Lipophilicity" in name or "Properties" in name for name in names)


@pytest.mark.parametrize("scale", SCALES)
def test_costs_head_each_study_with_its_field_and_its_time(scale, table, results):
    heads = [row for row in table(scale, "costs") if row[0].startswith(r"\emph")]
    there = [study for study in FIELDS if study in records.studies(scale)]
    assert [row[0] for row in heads] == [rf"\emph{{{FIELDS[study].capitalize()}}}" for study in there]
    for study, row in zip(there, heads, strict=True):
        costs, systems = (
            pl.read_parquet(results(scale) / study / f"{name}.parquet") for name in ("costs", "systems")
        )
        minutes = costs.join(systems, on="variant", how="semi")["cpu_seconds"].sum() / 60
        assert float(re.sub(r"[^\d.]", "", row[4])) == pytest.approx(minutes, abs=0.051)


def test_the_answer_takes_each_target_of_a_data_set_where_its_own_labels_are_fewest():
    places = [
        ("formation-n100", 100, "formation", 2.0),
        ("gap-05", 300, "gap", 8.0),
        ("gap", 6000, "gap", 1.0),
    ]
    there = [{"dataset": "crystals", "split": split} for split, *_ in places]
    gains = pl.DataFrame(there).with_columns(
        labels=pl.Series([labels for _, labels, _, _ in places]),
        multiplier=pl.Series([times for *_, times in places]),
        multiplier_note=pl.lit(""),
        loan=pl.lit("lender"),
        arm=pl.lit("fair"),
        robust=False,
    )
    targets = pl.Series([target for *_, target, _ in places])
    place = pl.DataFrame(there).with_columns(protocol=targets, target=targets)
    worth = runpy.run_path(str(ROOT / "src/scripts/answer.py"))["worth"]
    assert (
        worth(SimpleNamespace(gains=gains, places=place), {"loan": "lender"}) == r"2.0$\times$ to 8.0$\times$"
    )
