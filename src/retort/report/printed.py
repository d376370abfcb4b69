"""Where in a table's TeX each marked number stands: the row's and the column's name, as a reader would say them."""

import re
from collections.abc import Iterator

from retort.report.tracing import marks, plain

NOTE = "note"
# Commands that are a sign; all others are only how something looks.
SIGNS = {
    **{
        "times": "×",
        "pm": "±",
        "leq": "≤",
        "geq": "≥",
        "bullet": "•",
        "ln": "ln",
        "log": "log",
        "rightarrow": "→",
    },
    **{
        "Delta": "Δ",
        "alpha": "α",
        "gamma": "γ",
        "lambda": "λ",
        "mu": "μ",
        "rho": "ρ",
        "sigma": "σ",
        "theta": "θ",
    },
    **{"dag": "†", "textless": "<", "textgreater": ">", "textbackslash": "\\", "textasciitilde": "~"},
}
_SPAN = re.compile(r"\\multicolumn\{(\d+)\}\{[^{}]*\}\{(.*)\}$", re.DOTALL)
_BETWEEN = re.compile(r"(?<!\\)&")
# What only says how something looks, with or without its brace.
_LOOKS = re.compile(
    r"\\(?:emph|textbf|scriptsize|footnotesize|shortstack|ci|textsuperscript|rlap|mbox|textit|texttt)(?![a-zA-Z])\s?"
)


def places(tex: str) -> Iterator[tuple[int, str, str, str]]:
    """Number, text, row and column of every mark of a table, in order; of those below it the row is `note`."""
    headers: list[str] = []
    label = ""
    for line in tex.splitlines():
        text = line.strip().removesuffix(r"\\").strip()
        if text.startswith((r"\tablenotes", r"\multicolumn")) and not _BETWEEN.search(text):
            yield from ((number, said, NOTE, "") for number, said in marks(text))
            continue
        cells = [cell.strip() for cell in _BETWEEN.split(text)]
        # A header stands below \toprule, or within the body, where columns go on below each other.
        if r"\shortstack" in cells[-1] or r"\multicolumn" in text or (not headers and len(cells) > 1):
            headers = _headers(cells)
            yield from ((number, said, "header", words(text)) for number, said in marks(text))
            continue
        # What stands before the first number: some tables name their rows in two columns.
        before = next((at for at, cell in enumerate(cells) if marks(cell)), 1)
        said = [words(cell) for cell in cells[: before or 1]]
        label = " ".join(word for word in said if word not in ("", "--")) or label
        for at, cell in enumerate(cells):
            header = headers[at] if at < len(headers) else ""
            yield from ((number, shown, label, header) for number, shown in marks(cell))


def _headers(cells: list[str]) -> list[str]:
    """What stands above each column that LaTeX sees."""
    found: list[str] = []
    for cell in cells:
        spanned = _SPAN.match(cell.replace(r"\midrule", "").strip())
        found += [words(spanned[2])] * int(spanned[1]) if spanned else [words(cell)]
    return found


def words(tex: str) -> str:
    """A cell as plain text: what a person would type to name it."""
    text = _LOOKS.sub("", plain(tex))
    text = re.sub(r"\\fromledger\{[^}]*\}", "", text)
    text = re.sub(r"~?\\cite[tp]?\{[^}]*\}", "", text)
    text = text.replace(r"\\", " ").replace("``", "“").replace("''", "”")
    text = re.sub(r"\\([a-zA-Z]+)\s?", lambda found: SIGNS.get(found[1], ""), text)
    text = text.replace(r"\,", " ").replace(r"\ ", " ").replace("~", " ").replace("$-$", "-")
    text = re.sub(r"\\([&%$#_{}])", r"\1", text)
    return " ".join(re.sub(r"[{}$]", "", text).split())
