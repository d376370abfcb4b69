"""Imports point one way, a study never imports another, and scripts stay thin."""

import ast
import re
from pathlib import Path

import polars as pl
import pytest

from retort.layout import PUBLISHED_SCHEMA
from retort.statistics.claims import CLAIMS_SCHEMA
from retort.statistics.contrasts import CONTRASTS_SCHEMA
from retort.statistics.gains import GAINS_SCHEMA
from retort.statistics.operating import OPERATING_SCHEMA
from retort.statistics.summary import SUMMARY_SCHEMA

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/retort"
LAYERS = {
    "chemistry": set(),
    "statistics": set(),
    "nn": {"chemistry"},  # a layer of molecules knows their atoms and their alphabet
    "datasets": {"chemistry", "files", "sealed"},
    "report": {
        "statistics",
        "configuration",
        "files",
        "sealed",
    },  # of the configuration the numbers of the prose
    "training": {"files", "runs", "sealed"},
}


def imports(path: Path) -> set[str]:
    """Dotted names of our own modules that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "retort"}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_lower_layers_do_not_import_higher_ones(layer):
    allowed, used = LAYERS[layer] | {layer}, set()
    for path in modules(SOURCE / layer):
        for name in imports(path):
            target = name.split(".")[1]
            used.add(target)
            assert target in allowed, (
                f"{path.relative_to(ROOT)} imports {name}; {layer} may import {sorted(allowed)}"
            )
    assert allowed - used <= {layer}, f"nobody in {layer} imports what LAYERS allows"


def test_of_the_configuration_reports_read_the_numbers_of_the_prose_only():
    read = {name for path in modules(SOURCE / "report") for name in imports(path) if "configuration" in name}
    assert {".".join(name.split(".")[:3]) for name in read} == {"retort.configuration.prose"}


def test_a_study_never_imports_another_study():
    folders = [
        path for path in (SOURCE / "studies").iterdir() if path.is_dir() and path.name != "__pycache__"
    ]
    for folder in folders:
        for path in modules(folder):
            for name in imports(path):
                if name.startswith("retort.studies."):
                    assert name.split(".")[2] == folder.name, f"{path.relative_to(ROOT)} imports {name}"


def test_the_library_knows_nothing_of_snakemake():
    for path in modules(SOURCE):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "snakemake" for name in names), path


def test_workflow_scripts_are_thin_and_named_after_their_rule():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    scripts = sorted((ROOT / "workflow/scripts").glob("*.py"))
    assert scripts
    for path in scripts:
        assert len(path.read_text().splitlines()) <= 40, f"{path.name} is long for an adapter"
        # Every figure and table is a program of its own; two rules call them by one script.
        named = path.stem == "run_program" or f"rule {path.stem}:" in rules
        assert named, f"no rule bears the name of {path.name}"


def test_the_page_has_the_columns_of_every_table():
    """Of the record's tables as they are, of others as their schema declares them."""
    record = ROOT / "data/record/smoke/precursors"
    found = {path.stem: list(pl.read_parquet_schema(path)) for path in record.glob("*.parquet")}
    found["items"] = list(pl.read_parquet_schema(next(record.glob("items/*.parquet"))))
    found |= {
        "summary": list(SUMMARY_SCHEMA),
        "contrasts": list(CONTRASTS_SCHEMA),
        "gains": list(GAINS_SCHEMA),
        "operating": list(OPERATING_SCHEMA),
        "published": list(PUBLISHED_SCHEMA),
        "claims": list(CLAIMS_SCHEMA),
    }
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = page.partition("### Tables\n")[2].partition("\n## ")[0]
    told = {
        name: columns.split(", ") for name, columns in re.findall(r"(?m)^\| `(\w+)` \| `([^`]+)`", section)
    }
    assert told == found


def test_nothing_is_pickled_and_no_rule_runs_inline():
    for path in [*modules(SOURCE), *modules(ROOT / "workflow"), *modules(ROOT / "src/scripts")]:
        names = {name for node in ast.walk(ast.parse(path.read_text())) for name in _names(node)}
        assert not names & {"pickle", "cloudpickle", "dill"}, path
        # Its worker processes are welcome, its files are not.
        assert not re.search(r"joblib\.(dump|load)|from joblib", path.read_text()), path
    for path in [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")]:
        assert "\n    run:" not in path.read_text(), path


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_every_text_file_is_read_and_written_as_utf8():
    """Ruff's PLW1514 says the same, of paths whose type it knows."""
    for folder in ("src", "workflow", "benchmarks", "tests/workflow/toy_study"):
        for path in modules(ROOT / folder):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _opens_text(node):
                    given = {keyword.arg for keyword in node.keywords}
                    assert "encoding" in given, f"{path.relative_to(ROOT)}:{node.lineno}: name the encoding"


def _opens_text(call: ast.Call) -> bool:
    """Whether a call reads or writes text, as far as its name and its mode say."""
    owner, name = "", getattr(call.func, "id", "")
    if isinstance(call.func, ast.Attribute):
        owner, name = ast.unparse(call.func.value), call.func.attr
    words = [node for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Constant)]
    modes = [word.value for word in words if isinstance(word.value, str)]
    if name == "open":  # lzma's and gzip's are binary unless they are told otherwise
        packed = owner in ("lzma", "gzip", "tarfile", "zipfile", "archive")
        return any("t" in mode for mode in modes) if packed else not any("b" in mode for mode in modes)
    return name in ("read_text", "write_text") or any(word.arg == "text" for word in call.keywords)
