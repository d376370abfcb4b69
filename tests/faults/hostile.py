"""Hostile input."""

import io
import lzma
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

from ..workflow.project import SMALL, Project
from .suite import Bench, fault, refused, said, shell

READ = """
import resource, sys
from pathlib import Path
from retort.datasets import archives, molecule_corpus
from retort.datasets.errors import DataError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    {call}
    print("it was read")
except DataError as error:
    print(error)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
assert grown < 300, f"it took {{grown}} MiB"
sys.exit(1)
"""
BOMB = 1 << 30  # bytes that a bomb unpacks to


def _read(project: Project, call: str, *words: str) -> str:
    return refused(shell(project, sys.executable, "-c", READ.format(call=call)), *words)


@fault("an xz file of 0.2 MB that unpacks to 1 GiB", then="refused, in less than 300 MiB")
def xz_bomb(bench: Bench) -> str:
    project = bench.fresh()
    file = project.folder / "bomb.csv.xz"
    with lzma.open(file, "wb", preset=1) as packed:
        packed.write(b"a,b\n")
        shutil.copyfileobj(Zeros(BOMB), packed, 1 << 22)
    return _read(
        project, f"archives.read_table(Path({str(file)!r}), ['a'])", "bomb.csv.xz", "unpacks to more than"
    )


@fault("a zip archive of 1 MB that unpacks to 1 GiB", then="refused, in less than 300 MiB")
def zip_bomb(bench: Bench) -> str:
    project = bench.fresh()
    file = project.folder / "bomb.json.zip"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.json", "w", force_zip64=True) as out,
    ):
        shutil.copyfileobj(Zeros(BOMB), out, 1 << 22)
    return _read(
        project, f"archives.read_labels(Path({str(file)!r}))", "bomb.json.zip", "unpacks to more than"
    )


@fault("a tar.gz of 1 MB that unpacks to 1 GiB", then="refused, in less than 300 MiB")
def tar_bomb(bench: Bench) -> str:
    project = bench.fresh()
    file = project.folder / "corpus.tar.gz"
    entry = tarfile.TarInfo("a.smi")
    entry.size = BOMB
    with tarfile.open(file, "w:gz", compresslevel=6) as archive:
        archive.addfile(entry, Zeros(BOMB))
    return _read(
        project, f"list(molecule_corpus._tar(Path({str(file)!r})))", "corpus.tar.gz", "unpacks to more than"
    )


class Zeros(io.RawIOBase):
    """So many zeros."""

    def __init__(self, count: int):
        self.left = count

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


@fault(
    "an archive whose member is called `../../escaped`",
    then="nothing is written outside; what is in it is read or refused",
)
def traversal(bench: Bench) -> str:
    project = bench.fresh()
    file = project.folder / "a/b/labels.json.zip"
    file.parent.mkdir(parents=True)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../escaped", "{}")
    message = _read(project, f"archives.read_labels(Path({str(file)!r}))", "labels.json.zip")
    assert not list(project.folder.rglob("escaped"))
    return message


@fault("a title holds `\\input{/etc/passwd} & 100 % #~^_`", then="printed as text")
def special_characters(bench: Bench) -> str:
    project = bench.finished()
    title = r"\input{/etc/passwd} & 100 % #~^_$"
    given = [*SMALL, f"dataset.solid_state_generated.title='{title}'"]
    project.snakemake("data/results/precursors/sources.parquet", overrides=given)
    table = project.folder / "datasets.tex"
    command = [sys.executable, "src/scripts/datasets.py", "--studies", "precursors", "--output", str(table)]
    done = shell(project, *command)
    assert done.returncode == 0, done.stdout[-800:]
    text = table.read_text(encoding="utf-8")
    printed = r"\textbackslash{}input\{/etc/passwd\} \& 100\,\% \#\textasciitilde{}\textasciicircum{}\_\$"
    assert printed in text, f"not in {text[:600]}"
    return f"{printed}.."


def _sentence(bench: Bench, text: str, *, check: bool) -> tuple[Project, str]:
    project = bench.rendered()
    section = project.folder / "src/tex/sections/precursors.tex"
    section.write_text(section.read_text(encoding="utf-8") + text + "\n", encoding="utf-8")
    done = project.snakemake("ms.pdf", source="record", overrides=[], check=check)
    return project, done


@fault("`\\write18` in the prose", then="no program is started")
def shell_escape(bench: Bench) -> str:
    mark = bench.own / "started"
    _sentence(bench, rf"\immediate\write18{{touch {mark}}}", check=False)
    assert not Path(mark).exists(), "it ran"
    return ""


@fault("a macro that no number makes", then="refused: file, line, macro")
def undefined_macro(bench: Bench) -> str:
    _, done = _sentence(bench, r"It is \PrecursorsUnheardOf{}.", check=False)
    assert "workflow/config/numbers" in done.stdout
    assert done.returncode != 0
    return said(done, r"sections/precursors.tex:\d+", r"undefined command \\PrecursorsUnheardOf")


@fault("a citation that the bibliography lacks", then="refused: file, line, key")
def undefined_citation(bench: Bench) -> str:
    _, done = _sentence(bench, r"As was said~\cite{nobody2020}.", check=False)
    assert done.returncode != 0
    return said(done, r"sections/precursors.tex:\d+", "nobody2020")


@fault("a reference to no label", then="refused: file, line, label")
def undefined_reference(bench: Bench) -> str:
    _, done = _sentence(bench, r"See Figure~\ref{fig:nowhere}.", check=False)
    assert done.returncode != 0
    return said(done, r"sections/precursors.tex:\d+", "fig:nowhere")
