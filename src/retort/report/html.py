"""A table of the paper as HTML, for Snakemake's report: the same rows, with the words of its TeX."""

import re
from html import escape

from retort.report.printed import words

_ROW = re.compile(r"(?<!\\)&")
_SPAN = re.compile(r"\\multicolumn\{(\d+)\}\{[^{}]*\}\{(.*)\}$", re.DOTALL)
_INTERVAL = re.compile(r"\\ci\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}")
_NUMBER = re.compile(r"[-+\u2212<>=\u2264\u2265 \d.,\u00d7%]+(?:\s*\[.*\])?")
STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; color: #222; }
table { border-collapse: collapse; }
th, td { padding: .15em .7em; vertical-align: top; white-space: nowrap; }
th { text-align: left; border-bottom: 1px solid #222; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } tr.apart td { padding-top: .9em; }
td.words { white-space: normal; max-width: 28em; } .notes { max-width: 60em; color: #555; }
"""


def page(tex: str, *, title: str) -> str:
    """A whole page with one table.

    Args:
        tex: what `retort.report.tables.tabular` wrote.
        title: of the page; the report shows the caption beside it.
    """
    head, body, notes = parts(tex)
    rows = [_row(cells, "th") for cells in head]
    rows += [_row(cells, "td", apart) for cells, apart in body]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>\n<table>\n"
        + "\n".join(rows)
        + f'\n</table>\n<p class="notes">{escape(notes)}</p>\n</body></html>\n'
    )


def parts(tex: str) -> tuple[list[list[tuple[str, int]]], list[tuple[list[tuple[str, int]], bool]], str]:
    """Rows of the head, rows below it with whether there is space above, and the notes; a cell is its text and span."""
    head: list[list[tuple[str, int]]] = []
    body: list[tuple[list[tuple[str, int]], bool]] = []
    notes, apart, inside = "", False, False
    if r"\endlastfoot" in tex:  # head and foot of a long table stand before its rows
        first, _, rest = tex.partition(r"\endfirsthead")
        foot, _, rows = rest.partition(r"\endlastfoot")
        notes = " ".join(
            words(line.partition(r"\footnotesize")[2].rpartition("}")[0])
            for line in foot.splitlines()
            if r"\footnotesize" in line
        )
        tex = f"{first}\n{rows}"
    for line in tex.splitlines():
        text = line.strip()
        if text.startswith("%"):
            continue
        if text.startswith(r"\tablenotes"):
            notes = words(text)
        elif text.startswith((r"\midrule", r"\addlinespace")) and not text.endswith(r"\\"):
            inside, apart = inside or text.startswith(r"\midrule"), True
        elif text.endswith(r"\\"):
            cells = _cells(text.removesuffix(r"\\"))
            if inside:
                body.append((cells, (apart or r"\midrule" in text) and bool(body)))
            else:
                head.append(cells)
            apart = False
    return head, body, notes


def _cells(line: str) -> list[tuple[str, int]]:
    """The cells of a row; a number and the interval in the cell after it stay two."""
    found = []
    for cell in _ROW.split(line.replace(r"\midrule", "")):
        spanned = _SPAN.match(cell.strip())
        text, span = (spanned[2], int(spanned[1])) if spanned else (cell, 1)
        found.append((words(_INTERVAL.sub(r"[\1, \2]", text)), span))
    return found


def _row(cells: list[tuple[str, int]], tag: str, apart: bool = False) -> str:
    """One row of HTML."""
    shown = []
    for text, span in cells:
        kind = ' class="number"' if _NUMBER.fullmatch(text) else ' class="words"'
        if tag == "th" or text.startswith("["):  # an interval, which no line breaks
            kind = ""
        shown.append(f"<{tag}{kind}{f' colspan={span}' if span > 1 else ''}>{escape(text)}</{tag}>")
    return f"<tr{' class=apart' if apart else ''}>{''.join(shown)}</tr>"
