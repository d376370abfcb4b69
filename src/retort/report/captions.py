"""The captions of the paper's figures and tables, as plain text, from its TeX."""

import re
from pathlib import Path

from retort.report.dialect import group, without_comments
from retort.report.printed import words

_CAPTION = re.compile(r"\\caption\{")
_LONG = re.compile(r"\\begin\{longtablebox\}\{")
_LABEL = re.compile(r"\s*(?:%[^\n]*\n\s*)?(?:\\label)?\{((?:fig|tab):\w+)\}")
# Of other documents, or of no number of ours.
_REFERENCE = re.compile(r"\\(?:ref|eqref)\{[^}]*\}")


def restructured(text: str) -> str:
    """Plain text as reStructuredText, in which no sign means more than itself."""
    return re.sub(r"([*_`|\\])", r"\\\1", text)


def captions(folder: Path) -> dict[str, str]:
    """The caption of each label `fig:<name>` and `tab:<name>` below a folder of TeX, in plain words."""
    found = {}
    for path in sorted(folder.rglob("*.tex")):
        text = without_comments(path.read_text(encoding="utf-8"))
        for start in (*_CAPTION.finditer(text), *_LONG.finditer(text)):
            caption = group(text, start.end())
            label = _LABEL.match(text, start.end() + len(caption) + 1)
            if label:
                found[label[1]] = words(_REFERENCE.sub("…", caption))
    return found
