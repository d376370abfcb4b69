"""From the manuscript and its generated parts to ms.pdf and the bundle for arXiv.

Both are made in a scratch folder that holds exactly the named files, so that nothing left over from an earlier build
can enter. showyourwork's own stylesheet, taken from the installed package, draws the margin icons.
"""

import gzip
import importlib.util
import io
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retort.files import write_whole

ICON_COLOUR = "0.12,0.47,0.71"  # showyourwork's default
OVERFULL = 5.0  # points; less is not seen in print

# What showyourwork calls them; its stylesheet includes the second.
STYLESHEET = "showyourwork.tex"
METADATA = "showyourwork-metadata.tex"

NO_ENGINE = (
    "no LaTeX found: neither latexmk nor tectonic is on PATH. Hint: install TeX Live with latexmk (Debian: latexmk "
    "texlive-latex-extra texlive-science texlive-fonts-recommended lmodern), or tectonic."
)


class PaperError(Exception):
    """The manuscript cannot become a paper; the message says where and why."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a build is made from: its links and dates follow from these and from nothing else.

    Args:
        url: the repository on the web, without a slash at its end.
        commit: full hash, the version that margin icons link to.
        epoch: Unix time that stands for "now", so that two builds of one commit are equal to the byte.
    """

    url: str
    commit: str
    epoch: int


@dataclass(frozen=True)
class Figure:
    """A figure environment of the manuscript: its label and the program that draws it."""

    label: str
    script: str


def compile(
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

    Arguments, warnings and errors are those of `compile`; the archive's bytes depend on its contents and on `origin`.
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


def figures(sources: Iterable[Path]) -> list[Figure]:
    """The figures of TeX sources, with their scripts, in showyourwork's dialect.

    Raises:
        PaperError: where the dialect is broken, naming file and line: a figure without \\script or \\label, a \\label
            before its \\caption, a \\variable inside a \\caption.
    """
    found = []
    for path in sources:
        text = _without_comments(path.read_text())
        for match in re.finditer(r"\\caption\b(?:\[[^\]]*\])?\{", text):
            if r"\variable{" in _group(text, match.end()):
                raise PaperError(f"{_place(path, text, match.start())}: \\variable inside a \\caption.")
        for match in re.finditer(r"\\begin\{figure\*?\}(.*?)\\end\{figure\*?\}", text, re.DOTALL):
            place, body = _place(path, text, match.start()), match.group(1)
            label = re.search(r"\\label\{([^}]+)\}", body)
            script = re.search(r"\\script\{([^}]+)\}", body)
            if not (label and script):
                raise PaperError(
                    f"{place}: a figure needs \\caption, then \\label, then \\script{{<file>.py}}."
                )
            if not 0 <= body.find(r"\caption") < label.start() < script.start():
                raise PaperError(
                    f"{place}: the order is \\caption, \\label, \\script (figure {label.group(1)})."
                )
            found.append(Figure(label.group(1), script.group(1)))
    return found


def variables(sources: Iterable[Path]) -> list[str]:
    """The generated files that TeX sources take in by \\variable, in order."""
    texts = [_without_comments(path.read_text()) for path in sources]
    return [name for text in texts for name in re.findall(r"\\variable\{([^}#]+)\}", text)]


def rule_line(file: Path, rule: str) -> str:
    """`file#Lline` where a rule is defined, for a link to it; `file` alone when it is not there."""
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if re.match(rf"\s*(rule|checkpoint)\s+{re.escape(rule)}\s*:", line):
            return f"{file.as_posix()}#L{number}"
    return file.as_posix()


def metadata(found: Iterable[Figure], rules: dict[str, str], origin: Origin) -> str:
    """What showyourwork's stylesheet reads to draw a margin icon for each figure and each generated file."""
    lines = [
        r"\OnGithubActionsfalse",
        r"\AddStampfalse",
        rf"\def\syw@url{{{origin.url}}}",
        rf"\def\syw@sha{{{origin.commit}}}",
        r"\def\syw@runid{}",
        *(rf"\definecolor{{{name}-icon}}{{rgb}}{{{ICON_COLOUR}}}" for name in ("github", "cache", "dataset")),
        rf"\definecolor{{sandbox-icon}}{{rgb}}{{{ICON_COLOUR}}}",
    ]
    lines += [rf"\addvalue{{{figure.label}_script}}{{src/scripts/{figure.script}}}" for figure in found]
    lines += [
        rf"\addvalue{{{name}_rule}}{{{place.replace('#', chr(92) + '#')}}}" for name, place in rules.items()
    ]
    lines += [
        # showkeys prints this in the margin in place of the label's name: an icon for a known key, else nothing.
        r"\renewcommand\showkeyslabelformat[1]{\normalfont",
        r"  \IfEq*{\usevalue{#1_script}}{KEYNOTFOUND}{}{\syw@Script{#1_script}}%",
        r"  \IfEq*{\usevalue{#1_rule}}{KEYNOTFOUND}{}{\syw@Variable{#1_rule}}}",
    ]
    return "\n".join(lines) + "\n"


def stylesheet() -> Path | None:
    """showyourwork's stylesheet inside the installed package; None where it is not installed.

    The package is found but not imported: its import needs more than a stylesheet does.
    """
    spec = importlib.util.find_spec("showyourwork")
    for place in (spec and spec.submodule_search_locations) or []:
        path = Path(place, "workflow/resources/styles/build.tex")
        if path.is_file():
            return path
    return None


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
        place = folder / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)

    sources = [path for path in [manuscript, *files] if path.suffix == ".tex" and _is_written(path, root)]
    found = figures(sources)
    known = {name: rules[name] for name in variables(sources) if name in rules}
    warnings = []
    if style := stylesheet():
        shutil.copyfile(style, folder / STYLESHEET)
        (folder / METADATA).write_text(metadata(found, known, origin))
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
            *("-file-line-error", manuscript.name),
        ],
        "tectonic": [
            *("tectonic", "-Z", "deterministic-mode", "--chatter", "minimal"),
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
        text=True,
        errors="replace",
        check=False,
    )
    log_file = folder / f"{manuscript.stem}.log"
    log = log_file.read_text(errors="replace") if log_file.exists() else ""
    if engine == "tectonic":  # does not heed max_print_line
        log = re.sub(r"^(.{79})\n", r"\1", log, flags=re.MULTILINE)
    error = _first_error(log, manuscript.parent) if done.returncode else None
    problems = [error] if error else _unresolved(log, manuscript.parent)
    if done.returncode and not problems:
        problems = [_first_bibtex_error(folder, manuscript)]
    if problems:
        raise PaperError("\n".join(problems))
    return _overfull(log, manuscript.parent)


def _first_error(log: str, root: Path) -> str | None:
    """The first LaTeX error as `file:line: message`, then the line of TeX that it stopped at."""
    lines = log.splitlines()
    for number, line in enumerate(lines):
        placed = re.match(r"(?:\./)?([^\s:]+\.\w+):(\d+): (.+)", line)
        if not placed and not line.startswith("! "):
            continue
        rest = lines[number + 1 : number + 12]
        stop = next((text for text in rest if re.match(r"l\.\d+ ", text)), "")
        if placed:
            place, message = f"{root / placed.group(1)}:{placed.group(2)}", placed.group(3)
        else:
            at = re.match(r"l\.(\d+)", stop)
            file = _open_file(lines[:number]) or ""
            place, message = f"{root / file}:{at.group(1) if at else '?'}", line.removeprefix("! ")
        # TeX breaks the line that it quotes just after what it could not read.
        command = re.search(r"(\\[A-Za-z@_:]+)\s*$", rest[0] if rest else "")
        if message.startswith("Undefined control sequence") and command:
            message = f"undefined command {command.group(1)}"
            if command.group(1)[1].isupper():
                stop += "\nHint: a number is defined under `numbers:` of its study, workflow/config/study/<name>.yaml."
        return f"{place}: {message}" + (f"\n    {stop}" if stop else "")
    return None


def _first_bibtex_error(folder: Path, manuscript: Path) -> str:
    report = folder / f"{manuscript.stem}.blg"
    lines = report.read_text(errors="replace").splitlines() if report.exists() else []
    for number, line in enumerate(lines):
        if "---line" in line or line.startswith("I couldn't"):
            text = " ".join(lines[max(number - 1, 0) : number + 1]) if line.startswith("---") else line
            return f"{manuscript.parent}: bibliography: {text}"
    return f"{manuscript}: LaTeX failed without saying where. Hint: read {folder / manuscript.stem}.log"


def _unresolved(log: str, root: Path) -> list[str]:
    """References and citations that would print as "??", and labels that mean two things."""
    problems = []
    for number, line in _numbered(log):
        match = re.search(
            r"Warning: (Reference|Citation|Hyper reference|Label) [`']([^']+)'"
            r"(?: on page \S+)? (undefined|multiply defined)(?: on input line (\d+))?",
            line,
        )
        if match:
            kind, name, fault, at = match.groups()
            file = _open_file(log.splitlines()[:number]) or ""
            problems.append(f"{root / file}:{at or '?'}: {kind.lower()} {name!r} is {fault}.")
    if not problems and re.search(r"There were (undefined references|multiply-defined labels)", log):
        problems.append(f"{root}: some references are undefined or defined twice.")
    return list(dict.fromkeys(problems))


def _overfull(log: str, root: Path) -> list[str]:
    warnings = []
    lines = log.splitlines()
    for number, line in _numbered(log):
        match = re.match(r"Overfull \\hbox \(([\d.]+)pt too wide\) (.*)", line)
        if match and float(match.group(1)) > OVERFULL:
            at = re.search(r"at lines? (\d+)", match.group(2))
            file = _open_file(lines[:number]) or ""
            place = f"{root / file}:{at.group(1)}" if at else f"{root / file} ({match.group(2)})"
            warnings.append(f"{place}: sticks out by {float(match.group(1)):.1f} pt.")
    return warnings


def _numbered(log: str) -> list[tuple[int, str]]:
    return list(enumerate(log.splitlines()))


def _open_file(lines: list[str]) -> str | None:
    """The manuscript's file that TeX was reading when it had written these lines: its log nests them in brackets."""
    stack: list[str | None] = []
    in_box = False
    for line in lines:
        # The contents of a bad box are quoted after it, brackets and all, up to an empty line.
        in_box = bool(line.strip()) if in_box else bool(re.match(r"(Over|Under)full ", line))
        if in_box:
            continue
        for mark in re.finditer(r"\(((?:\./|/)?[\w./+-]+\.\w+)?|\)", line):
            if mark.group(0) == ")":
                if stack:
                    stack.pop()
            else:
                stack.append(mark.group(1))
    ours = [name for name in stack if name and not name.startswith("/")]
    return ours[-1].removeprefix("./") if ours else None


def _is_written(path: Path, root: Path) -> bool:
    """Whether people write this source; `tables/` and `output/` are generated."""
    return path.relative_to(root).parts[0] not in ("tables", "output")


def _without_comments(text: str) -> str:
    return re.sub(r"(?<!\\)%.*", "", text)


def _group(text: str, start: int) -> str:
    """The text from `start`, just after an opening brace, to the brace that closes it."""
    depth = 1
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[start:position]
    return text[start:]


def _place(path: Path, text: str, position: int) -> str:
    return f"{path}:{text.count(chr(10), 0, position) + 1}"
