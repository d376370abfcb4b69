"""What a TeX log says: the first error with its place, what is undefined, what is too small, what sticks out."""

import re
from pathlib import Path

OVERFULL = 5.0  # points; less is not seen in print


def first_error(log: str, root: Path) -> str | None:
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
                stop += (
                    "\nHint: a number is defined in its study's file, workflow/config/numbers/<name>.yaml."
                )
        return f"{place}: {message}" + (f"\n    {stop}" if stop else "")
    return None


def first_bibtex_error(folder: Path, manuscript: Path) -> str:
    """What BibTeX stopped at, where LaTeX names no error."""
    report = folder / f"{manuscript.stem}.blg"
    lines = report.read_text(encoding="utf-8", errors="replace").splitlines() if report.exists() else []
    for number, line in enumerate(lines):
        if "---line" in line or line.startswith("I couldn't"):
            text = " ".join(lines[max(number - 1, 0) : number + 1]) if line.startswith("---") else line
            return f"{manuscript.parent}: bibliography: {text}"
    return f"{manuscript}: LaTeX failed without saying where. Hint: read {folder / manuscript.stem}.log"


def unresolved(log: str, root: Path) -> list[str]:
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


def overfull(log: str, root: Path) -> list[str]:
    """Boxes that stick out by more than OVERFULL and floats taller than a page, each with its place."""
    warnings = []
    lines = log.splitlines()
    for number, line in _numbered(log):
        match = re.match(r"Overfull \\hbox \(([\d.]+)pt too wide\) (.*)", line)
        if match and float(match.group(1)) > OVERFULL:
            at = re.search(r"at lines? (\d+)", match.group(2))
            file = _open_file(lines[:number]) or ""
            place = f"{root / file}:{at.group(1)}" if at else f"{root / file} ({match.group(2)})"
            warnings.append(f"{place}: sticks out by {float(match.group(1)):.1f} pt.")
        match = re.match(r"LaTeX Warning: Float too large for page by ([\d.]+)pt on input line (\d+)", line)
        if match and float(match.group(1)) > OVERFULL:
            file = _open_file(lines[:number]) or ""
            warnings.append(
                f"{root / file}:{match.group(2)}: a float is {float(match.group(1)):.1f} pt too tall for its page."
            )
    return warnings


def too_small(log: str, root: Path) -> list[str]:
    """Tables that would have to be printed in smaller type than 7 points, as `tablebox` found."""
    found = re.findall(r"^retort: (\S+) (needs .*)$", log, re.MULTILINE)
    hint = "Hint: fewer or narrower columns, two tables, or tabular(.., long=True) in a longtablebox."
    return [f"{root / name}: {size}. {hint}" for name, size in found]


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
