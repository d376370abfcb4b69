"""From the manuscript and its generated parts to ms.pdf and the bundle for arXiv.

Both are made in a scratch folder that holds exactly the named files, so that nothing left over from an earlier build
can enter. showyourwork's own stylesheet, taken from the installed package, draws the margin icons.
"""

import gzip
import io
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from retort.files import write_whole
from retort.report.dialect import (
    METADATA,
    STYLESHEET,
    Origin,
    PaperError,
    figures,
    metadata,
    stylesheet,
    variables,
)
from retort.report.texlog import first_bibtex_error, first_error, overfull, unresolved
from retort.sealed import opened

NO_ENGINE = (
    "no LaTeX found: neither latexmk nor tectonic is on PATH. Hint: install TeX Live with latexmk (Debian: latexmk "
    "texlive-latex-extra texlive-science texlive-fonts-recommended lmodern), or tectonic."
)

LEAST_ROOM = 1 << 20  # bytes; with less left, what LaTeX stopped at is the disk


def build(
    manuscript: Path,
    files: Iterable[Path],
    *,
    pdf: Path,
    folder: Path,
    origin: Origin,
    rules: dict[str, str] | None = None,
) -> list[str]:
    """Compile the manuscript and move the PDF into place.

    Args:
        manuscript: the main TeX file. Its folder is the root of the tree.
        files: everything else that it reads, below the same root: sections, figures, tables, numbers, bibliography.
        pdf: where the result goes; replaced only by a finished paper.
        folder: scratch, emptied first.
        origin: see `Origin`.
        rules: where each file of a `\\variable` is made, relative to the repository (`path` or `path#Lline`).

    Returns:
        Warnings: boxes that stick out by more than 5 pt, each with its place.

    Raises:
        PaperError: on a LaTeX error, an undefined reference, citation or command, or a figure without its script.
        DamagedFile: a figure, a table or the numbers are not as their program wrote them.
    """
    warnings = _build(manuscript, list(files), folder=folder, origin=origin, rules=rules or {})
    write_whole(pdf, (folder / f"{manuscript.stem}.pdf").read_bytes())
    return warnings


def bundle(
    manuscript: Path,
    files: Iterable[Path],
    *,
    archive: Path,
    folder: Path,
    origin: Origin,
    rules: dict[str, str] | None = None,
) -> list[str]:
    """Write a tar.gz from which `pdflatex` alone makes the paper: sources, generated parts, stylesheets, and the .bbl.

    Arguments, warnings and errors are those of `build`; the archive's bytes depend on its contents and on `origin`.
    """
    files = list(files)
    warnings = _build(manuscript, files, folder=folder, origin=origin, rules=rules or {})
    root = manuscript.parent
    names = {path.relative_to(root).as_posix() for path in [manuscript, *files] if path.suffix != ".bib"}
    names |= {f"{manuscript.stem}.bbl"} | {
        name for name in (STYLESHEET, METADATA) if (folder / name).exists()
    }
    packed = io.BytesIO()
    # gzip and tar each write a date; both get the commit's.
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=origin.epoch) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in sorted(names):
            content = (folder / name).read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), origin.epoch, 0o644
            tar.addfile(entry, io.BytesIO(content))
    write_whole(archive, packed.getvalue())
    return warnings


def _build(
    manuscript: Path, files: list[Path], *, folder: Path, origin: Origin, rules: dict[str, str]
) -> list[str]:
    root = manuscript.parent
    engine = next((name for name in ("latexmk", "tectonic") if shutil.which(name)), None)
    if engine is None:
        raise PaperError(NO_ENGINE)
    missing = [path for path in [manuscript, *files] if not path.is_file()]
    if missing:
        raise PaperError(f"{missing[0]}: no such file, and the paper includes it.")

    shutil.rmtree(folder, ignore_errors=True)
    for path in [manuscript, *files]:
        write_whole(folder / path.relative_to(root), _content(path, root))

    sources = [path for path in [manuscript, *files] if path.suffix == ".tex" and not _maker(path, root)]
    found = figures(sources)
    known = {name: rules[name] for name in variables(sources) if name in rules}
    warnings = []
    if style := stylesheet():
        shutil.copyfile(style, folder / STYLESHEET)
        (folder / METADATA).write_text(metadata(found, known, origin), encoding="utf-8")
    else:
        warnings.append(
            "showyourwork is not installed: the margins have no icons. Hint: pip install --no-deps showyourwork"
        )
    return warnings + _run(engine, folder, manuscript, origin)


def _run(engine: str, folder: Path, manuscript: Path, origin: Origin) -> list[str]:
    command = {
        # -norc: a user's own settings are no part of the paper.
        "latexmk": [
            *("latexmk", "-norc", "-pdf", "-bibtex", "-interaction=nonstopmode", "-halt-on-error"),
            # No title and no citation may start a program, whatever a site's texmf.cnf allows.
            *("-file-line-error", "-no-shell-escape", manuscript.name),
        ],
        "tectonic": [
            *("tectonic", "--untrusted", "-Z", "deterministic-mode", "--chatter", "minimal"),
            *("--keep-logs", "--keep-intermediates", manuscript.name),
        ],
    }[engine]
    settings = {
        "SOURCE_DATE_EPOCH": str(origin.epoch),
        "FORCE_SOURCE_DATE": "1",
        "TZ": "UTC",
        "max_print_line": "10000",  # or TeX breaks its log at 79 characters, through names and numbers
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode and shutil.disk_usage(folder).free < LEAST_ROOM:
        raise PaperError(
            f"{folder}: LaTeX failed and the disk is full. Hint: make room there (`df -h {folder}`) and start again."
        )
    log_file = folder / f"{manuscript.stem}.log"
    log = log_file.read_text(encoding="utf-8", errors="replace") if log_file.exists() else ""
    if engine == "tectonic":  # does not heed max_print_line
        log = re.sub(r"^(.{79})\n", r"\1", log, flags=re.MULTILINE)
    error = first_error(log, manuscript.parent) if done.returncode else None
    problems = [error] if error else unresolved(log, manuscript.parent)
    if done.returncode and not problems:
        problems = [first_bibtex_error(folder, manuscript)]
    if problems:
        raise PaperError("\n".join(problems))
    return overfull(log, manuscript.parent)


def _content(path: Path, root: Path) -> bytes:
    """The bytes of a source of the paper; nobody edits what a program writes."""
    maker = _maker(path, root)
    return opened(path, f"delete it, and {maker} makes it again") if maker else path.read_bytes()


def _maker(path: Path, root: Path) -> str | None:
    """What makes this source, where no one writes it."""
    folder = path.relative_to(root).parts[0]
    return {
        "figures": f"src/scripts/{path.stem}.py",
        "tables": f"src/scripts/{path.stem}.py",
        "output": "the rule collect_numbers",
    }.get(folder)
