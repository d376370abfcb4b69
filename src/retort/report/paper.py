"""From manuscript, supplement and their generated parts to the PDFs and the bundle for arXiv.

Both are made in a scratch folder that holds exactly the named files, so that nothing left over from an earlier build
can enter. showyourwork's own stylesheet is taken from the installed package.
"""

import gzip
import io
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from retort.files import write_whole
from retort.report.dialect import (
    METADATA,
    STYLESHEET,
    Origin,
    PaperError,
    check_intervals,
    figures,
    metadata,
    stylesheet,
    variables,
)
from retort.report.texlog import first_bibtex_error, first_error, overfull, too_small, unresolved
from retort.sealed import opened

NO_ENGINE = (
    "no LaTeX found: neither pdflatex with bibtex nor tectonic is on PATH. Hint: install TeX Live (Debian: "
    "texlive-latex-extra texlive-science texlive-fonts-recommended lmodern), or tectonic."
)

LEAST_ROOM = 1 << 20  # bytes; with less left, what LaTeX stopped at is the disk
MAIN_PAGES = 18  # of the manuscript, before its references
ROUNDS = 8  # of all documents; five are usual
# What one pass leaves for the next, of its own document or of another.
CARRIED = (".aux", ".bbl", ".out", ".toc")
# Labels for the other document, where there is no .aux: arXiv takes none.
LABELS = ".xref"


def build(
    manuscripts: Sequence[Path],
    files: Iterable[Path],
    *,
    pdfs: Sequence[Path],
    folder: Path,
    origin: Origin,
    rules: dict[str, str] | None = None,
) -> list[str]:
    """Compile documents that may refer to each other, and move their PDFs into place.

    Args:
        manuscripts: the main TeX files, of one folder: the root of the tree.
        files: everything else that they read, below the same root: sections, figures, tables, numbers, bibliography.
        pdfs: where the results go, one for each manuscript; replaced only when all are finished.
        folder: scratch, emptied first.
        origin: see `Origin`.
        rules: where each file of a `\\variable` is made, relative to the repository (`path` or `path#Lline`).

    Returns:
        Warnings: boxes that stick out by more than 5 pt, each with its place.

    Raises:
        PaperError: on a LaTeX error, an undefined reference, citation or command, a figure without its script, an
            interval that may break, a table that would need type below 7 points, or too many pages.
        DamagedFile: a figure, a table or the numbers are not as their program wrote them.
    """
    warnings = _build(manuscripts, list(files), folder=folder, origin=origin, rules=rules or {})
    for manuscript, pdf in zip(manuscripts, pdfs, strict=True):
        write_whole(pdf, (folder / f"{manuscript.stem}.pdf").read_bytes())
    return warnings


def bundle(
    manuscripts: Sequence[Path],
    files: Iterable[Path],
    *,
    archive: Path,
    folder: Path,
    origin: Origin,
    rules: dict[str, str] | None = None,
) -> list[str]:
    """Write a tar.gz from which `pdflatex` alone makes each document, in any order.

    It holds sources, generated parts, stylesheets, each .bbl, and the labels of each document for the others.

    Arguments, warnings and errors are those of `build`; the archive's bytes depend on its contents and on `origin`.
    """
    files = list(files)
    warnings = _build(manuscripts, files, folder=folder, origin=origin, rules=rules or {})
    root = manuscripts[0].parent
    packed = {path.relative_to(root).as_posix() for path in [*manuscripts, *files] if path.suffix != ".bib"}
    packed |= {name for name in (STYLESHEET, METADATA) if (folder / name).exists()}
    contents = {name: (folder / name).read_bytes() for name in packed}
    for manuscript in manuscripts:
        contents[f"{manuscript.stem}.bbl"] = (folder / f"{manuscript.stem}.bbl").read_bytes()
        contents[f"{manuscript.stem}{LABELS}"] = (folder / f"{manuscript.stem}.aux").read_bytes()
    whole = io.BytesIO()
    # gzip and tar each write a date; both get the commit's.
    with (
        gzip.GzipFile(fileobj=whole, mode="wb", filename="", mtime=origin.epoch) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, content in sorted(contents.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), origin.epoch, 0o644
            tar.addfile(entry, io.BytesIO(content))
    write_whole(archive, whole.getvalue())
    return warnings


def _build(
    manuscripts: Sequence[Path], files: list[Path], *, folder: Path, origin: Origin, rules: dict[str, str]
) -> list[str]:
    root = manuscripts[0].parent
    engine = _engine()
    written = [*manuscripts, *files]
    missing = [path for path in written if not path.is_file()]
    if missing:
        raise PaperError(f"{missing[0]}: no such file, and the paper includes it.")

    shutil.rmtree(folder, ignore_errors=True)
    for path in written:
        write_whole(folder / path.relative_to(root), _content(path, root))

    sources = [path for path in written if path.suffix == ".tex" and not _maker(path, root)]
    check_intervals(sources)
    found = figures(sources)
    known = {name: rules[name] for name in variables(sources) if name in rules}
    warnings = []
    if style := stylesheet():
        shutil.copyfile(style, folder / STYLESHEET)
        (folder / METADATA).write_text(metadata(found, known, origin), encoding="utf-8")
    else:
        warnings.append(
            "showyourwork is not installed: captions have no links to sources. Hint: pip install --no-deps showyourwork"
        )
    _compile(engine, folder, manuscripts, origin)
    for manuscript in manuscripts:
        log = _log(folder, manuscript, engine)
        aux = (folder / f"{manuscript.stem}.aux").read_text(encoding="utf-8")
        if problems := unresolved(log, root) + too_small(log, root) + _too_long(aux, manuscript):
            raise PaperError("\n".join(problems))
        warnings += overfull(log, root)
    return warnings


def _too_long(aux: str, manuscript: Path) -> list[str]:
    r"""Whether the text of a document goes on beyond its pages; `\label{end:text}` says where it ends."""
    end = re.search(r"\\newlabel\{end:text\}\{\{[^}]*\}\{(\d+)\}", aux)
    pages = int(end.group(1)) if end else 0
    if pages <= MAIN_PAGES:
        return []
    hint = "Hint: the supplement has room."
    return [f"{manuscript}: {pages} pages before the references, at most {MAIN_PAGES} are allowed. {hint}"]


def _engine() -> str:
    if shutil.which("pdflatex") and shutil.which("bibtex"):
        return "pdflatex"
    if shutil.which("tectonic"):
        return "tectonic"
    raise PaperError(NO_ENGINE)


def _compile(engine: str, folder: Path, manuscripts: Sequence[Path], origin: Origin) -> None:
    """Run LaTeX over all documents in turn until none leaves anything new for a next pass, of itself or of another.

    Raises PaperError at the first error, or where the documents move each other for ever.
    """
    carried: dict[str, bytes] = {}
    for _ in range(ROUNDS):
        for manuscript in manuscripts:
            _pass(engine, folder, manuscript, origin)
        before, carried = carried, _carried(folder, manuscripts)
        if carried == before:
            return
        if not before and engine == "pdflatex":
            for manuscript in manuscripts:
                _cite(folder, manuscript, origin)
    names = ", ".join(manuscript.name for manuscript in manuscripts)
    raise PaperError(
        f"{names}: references still change after {ROUNDS} rounds. Hint: reword near a page's end."
    )


def _carried(folder: Path, manuscripts: Sequence[Path]) -> dict[str, bytes]:
    names = [f"{manuscript.stem}{end}" for manuscript in manuscripts for end in CARRIED]
    return {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}


def _pass(engine: str, folder: Path, manuscript: Path, origin: Origin) -> None:
    command = {
        # No title and no citation may start a program, whatever a site's texmf.cnf allows.
        "pdflatex": [
            *(
                "pdflatex",
                "-interaction=nonstopmode",
                "-halt-on-error",
                "-file-line-error",
                "-no-shell-escape",
            ),
            manuscript.name,
        ],
        "tectonic": [
            *("tectonic", "--untrusted", "-Z", "deterministic-mode", "--chatter", "minimal"),
            *("--keep-logs", "--keep-intermediates", manuscript.name),
        ],
    }[engine]
    if not _done(command, folder, origin):
        error = first_error(_log(folder, manuscript, engine), manuscript.parent)
        raise PaperError(error or first_bibtex_error(folder, manuscript))


def _cite(folder: Path, manuscript: Path, origin: Origin) -> None:
    """Make the bibliography of a document that has one."""
    if "\\bibdata" in (folder / f"{manuscript.stem}.aux").read_text(encoding="utf-8") and not _done(
        ["bibtex", manuscript.stem], folder, origin
    ):
        raise PaperError(first_bibtex_error(folder, manuscript))


def _done(command: list[str], folder: Path, origin: Origin) -> bool:
    """Run a command of TeX in the scratch folder; whether it went well."""
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
    return not done.returncode


def _log(folder: Path, manuscript: Path, engine: str) -> str:
    path = folder / f"{manuscript.stem}.log"
    log = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    # tectonic does not heed max_print_line.
    return re.sub(r"^(.{79})\n", r"\1", log, flags=re.MULTILINE) if engine == "tectonic" else log


def _content(path: Path, root: Path) -> bytes:
    """The bytes of a source of the paper; nobody edits what a program writes."""
    maker = _maker(path, root)
    return opened(path, f"delete it, and {maker} makes it again") if maker else path.read_bytes()


def _maker(path: Path, root: Path) -> str | None:
    """What makes this source, where no one writes it."""
    folder = path.relative_to(root).parts[0]
    written = {"ledger": "write_ledger"}.get(path.stem, "collect_numbers")
    return {
        "figures": f"src/scripts/{path.stem}.py",
        "tables": f"src/scripts/{path.stem}.py",
        "output": f"the rule {written}",
    }.get(folder)
