"""Run the programs of src/scripts on made-up results, and read the tables that they write."""

import os
import re
import runpy
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

ROOT = Path(__file__).parents[2]
OVERVIEWS = ("claims", "costs", "datasets")  # read the results of all studies


def is_table(script: Path) -> bool:
    return "style.save" not in script.read_text()


def output(script: Path, folder: Path) -> Path:
    return folder / f"{script.stem}.{'tex' if is_table(script) else 'pdf'}"


def arguments(script: Path, results: Path, folder: Path) -> list[str]:
    source = results.parent if script.stem in OVERVIEWS else results
    return ["--results", str(source), "--output", str(output(script, folder))]


def run(script: Path, results: Path, folder: Path, home: Path | None = None) -> Path:
    """Run a program in `home`, by default where the YAML of the made-up study lies; returns what it wrote."""
    with chdir(home or results.parents[2]):
        runpy.run_path(str(script))["main"](arguments(script, results, folder))
    return output(script, folder)


def run_elsewhere(scripts: list[Path], results: Path, folder: Path, home: Path | None = None) -> Path:
    """Run all programs in another process with other string hashes; returns `folder`."""
    calls = [(str(script), arguments(script, results, folder)) for script in scripts]
    code = f"import runpy\nfor path, given in {calls!r}: runpy.run_path(path)['main'](given)"
    environment = os.environ | {"PYTHONHASHSEED": "7", "POLARS_MAX_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=home or results.parents[2], env=environment)
    return folder


def lines(tex: str) -> list[str]:
    """The rows of a table below its header, as TeX; later headers are among them."""
    body = tex.split(r"\midrule", 1)[1].split(r"\bottomrule")[0]
    return [line for line in body.splitlines() if line.endswith(r"\\")]


def cells(tex: str) -> list[list[str]]:
    """These rows, each as a list of cells."""
    rows = [line.strip().removesuffix(r"\\").replace(r"\midrule ", "") for line in lines(tex)]
    return [[cell.strip() for cell in re.split(r"(?<!\\)&", row)] for row in rows]


def check_table(tex: str) -> None:
    """One tabular, braces in pairs, as many cells in each row as there are columns, and a number where one belongs."""
    bare = re.sub(r"\\[{}]", "", tex)
    assert bare.count("{") == bare.count("}")
    assert tex.count(r"\begin{tabular}") == tex.count(r"\end{tabular}") == 1
    preamble = re.search(r"\\begin\{tabular\}\{(.*)\}\n", tex)[1]
    preamble = re.sub(r"@\{[^}]*\}|>\{[^}]*\}", "", preamble)
    preamble = re.sub(r"p\{[^}]*\}", "l", preamble)
    rows = lines(tex)
    assert rows
    for row in rows:
        spanned = sum(int(number) - 1 for number in re.findall(r"\\multicolumn\{(\d)\}", row))
        assert len(re.findall(r"(?<!\\)&", row)) + 1 + spanned == len(preamble), row
    assert not re.search(r"(?<=[& ])(nan|None|inf)(?= *[&\\\\])", tex)
