r"""showyourwork's dialect of TeX: which program draws a figure, which generated file a \variable takes in.

Its own stylesheet is taken from the installed package; from what it knows, each caption ends with a link to its source.
"""

import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ICON_COLOUR = "0.12,0.47,0.71"  # showyourwork's default

# What showyourwork calls them; its stylesheet includes the second.
STYLESHEET = "showyourwork.tex"
METADATA = "showyourwork-metadata.tex"


class PaperError(Exception):
    """The manuscript cannot become a paper; the message says where and why."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a build is made from: its links and dates follow from these and from nothing else.

    Args:
        url: the repository on the web, without a slash at its end.
        commit: full hash, the version that links to sources lead to.
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


def figures(sources: Iterable[Path]) -> list[Figure]:
    """The figures of TeX sources, with their scripts, in showyourwork's dialect.

    Raises:
        PaperError: where the dialect is broken, naming file and line: a figure without \\script or \\label, a \\label
            before its \\caption, a \\variable inside a \\caption.
    """
    found = []
    for path in sources:
        text = without_comments(path.read_text(encoding="utf-8"))
        for match in re.finditer(r"\\caption\b(?:\[[^\]]*\])?\{", text):
            if r"\variable{" in group(text, match.end()):
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


def check_intervals(sources: Iterable[Path]) -> None:
    r"""Refuse `[\GainLow, \GainHigh]`, which a line may break; raises PaperError, naming file and line."""
    for path in sources:
        text = without_comments(path.read_text(encoding="utf-8"))
        if match := re.search(r"\[\s*\\(\w+)Low\b", text):
            name = match.group(1)
            raise PaperError(
                f"{_place(path, text, match.start())}: an interval in bare brackets. "
                f"Hint: \\ci{{\\{name}Low}}{{\\{name}High}} does not break."
            )


def variables(sources: Iterable[Path]) -> list[str]:
    """The generated files that TeX sources take in by \\variable, in order."""
    texts = [without_comments(path.read_text(encoding="utf-8")) for path in sources]
    return [name for text in texts for name in re.findall(r"\\variable\{([^}#]+)\}", text)]


def metadata(found: Iterable[Figure], rules: dict[str, str], origin: Origin) -> str:
    """What showyourwork's stylesheet reads: where each figure and each generated file is made."""
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


def without_comments(text: str) -> str:
    """TeX without what a reader of it never sees."""
    return re.sub(r"(?<!\\)%.*", "", text)


def group(text: str, start: int) -> str:
    """The text from `start`, just after an opening brace, to the brace that closes it."""
    depth = 1
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[start:position]
    return text[start:]


def _place(path: Path, text: str, position: int) -> str:
    return f"{path}:{text.count(chr(10), 0, position) + 1}"
