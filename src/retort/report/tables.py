r"""Tables as LaTeX: one `tabular` with booktabs rules, to stand inside a float that ms.tex writes by hand.

All numbers of a column have the same number of decimals, so that flush right aligns their points; no package beyond
booktabs is needed. A cell without a value is a dash, and an estimate without an interval stands alone: a made-up one
is never printed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import polars as pl

from retort.report import tracing

DASH = "--"
_SPECIAL = {
    " %": r"\,\%",  # which no line breaks
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "−": "$-$",
    **{sign: "\\" + sign for sign in "&%$#_{}"},
}
_PATTERN = re.compile("|".join(re.escape(sign) for sign in _SPECIAL))


@dataclass(frozen=True)
class Column:
    r"""One column: header and cells are LaTeX already; `align` is what stands in the preamble.

    `span` counts the columns that LaTeX sees: an estimate has two, the number and its interval, with `&` in its cells.
    """

    header: str
    cells: Sequence[str]
    align: str = "l"
    span: int = 1


class Style(TypedDict, total=False):
    """How `number` writes; what is left out is as its arguments say."""

    digits: int
    percent: bool
    signed: bool
    of: Iterable[float | None]


ABBREVIATED = 3  # letters of a type in capitals that is no word


def escape(text: object) -> str:
    """Plain text as LaTeX text; None as a dash."""
    return DASH if text is None else _PATTERN.sub(lambda match: _SPECIAL[match[0]], str(text))


def spelt(name: str) -> str:
    """A type of an annotation as one reads it: other scientific term for OtherScientificTerm; used for; DNA."""
    if name.isupper() and len(name) <= ABBREVIATED:
        return name
    words = "".join(" " + letter if letter.isupper() and not name.isupper() else letter for letter in name)
    return words.replace("-", " ").replace("_", " ").strip().lower()


def breakable(name: str) -> str:
    """A name, escaped, which a line may break where its words begin: after `_` or `/`, and before a capital."""
    words = re.split(r"(?<=[_/])(?=\w)|(?<=[a-z0-9])(?=[A-Z])", name)
    return r"\allowbreak{}".join(map(escape, words))


def number(
    value: float | None,
    *,
    digits: int = 1,
    percent: bool = False,
    signed: bool = False,
    of: Iterable[float | None] | None = None,
) -> str:
    """A number with `digits` decimals, thousands set apart, a real minus; `percent` takes a fraction times 100.

    Of a value that was computed and not looked up, `of` are those that it follows from, as they were read.
    """
    if value is None:
        return DASH
    text = f"{100 * value if percent else value:,.{digits}f}"
    # 81.0 and -0.0 would look like two different results.
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    sign = "$-$" if text.startswith("-") else "$+$" if signed and float(text.replace(",", "")) > 0 else ""
    return tracing.noted(value, sign + text.lstrip("-").replace(",", r"\,"), of)


def bracketed(low: float | None, high: float | None, **style: Unpack[Style]) -> str:
    r"""The interval in the style of `number`, as `\ci{low}{high}`, which no line breaks; empty where there is none."""
    if low is None or high is None:
        return ""
    return rf"\ci{{{number(low, **style)}}}{{{number(high, **style)}}}"


def probability(p: float | None) -> str:
    """A p value with two or three decimals, never a bare zero."""
    if p is None:
        return DASH
    return tracing.noted(p, "$<$0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}")


def text(header: str, values: Iterable[object], *, align: str = "l") -> Column:
    """A column of plain text; header and values are escaped."""
    return Column(escape(header), [escape(value) for value in values], align)


def numbers(header: str, values: Iterable[float | None], **style: Unpack[Style]) -> Column:
    """A column of numbers in the style of `number`; the header is LaTeX."""
    return Column(header, [number(value, **style) for value in values], "r")


def estimated(value: float | None, low: float | None, high: float | None, **style: Unpack[Style]) -> str:
    """A value with its interval in smaller type, the two cells of a column of `estimates`."""
    interval = bracketed(low, high, **style)
    return f"{number(value, **style)} & " + (rf"{{\scriptsize {interval}}}" if interval else "")


def estimates(
    header: str,
    values: Iterable[float | None],
    lows: Iterable[float | None],
    highs: Iterable[float | None],
    **style: Unpack[Style],
) -> Column:
    """A column of estimates, each with its interval in smaller type; `style` as in `number`, the header is LaTeX."""
    cells = [estimated(*each, **style) for each in zip(values, lows, highs, strict=True)]
    return Column(header, cells, r"r@{\,}l", 2)


def estimates_of(
    header: str, rows: pl.DataFrame, value: str, low: str, high: str, **style: Unpack[Style]
) -> Column:
    """`estimates` from three columns of a table."""
    return estimates(header, rows[value].to_list(), rows[low].to_list(), rows[high].to_list(), **style)


def wrapped(share: float) -> str:
    """What stands in the preamble for a column of text that is broken into lines; `share` is of the line's width."""
    return rf">{{\raggedright\arraybackslash}}p{{{share:g}\linewidth}}"


def tabular(
    columns: Sequence[Column],
    *,
    source: str,
    rules: Iterable[int] = (),
    notes: Sequence[str] = (),
    long: bool = False,
) -> str:
    """The table as LaTeX.

    Args:
        columns: of equal length, at least one. Without a cell the table says that nothing was run.
        source: what made the table; stands in a comment at its top.
        rules: rows above which a thin rule separates groups.
        notes: LaTeX, set one after the other below the table, as wide as it is.
        long: whether it may go on over pages, in a `longtablebox` instead of a `tablebox`.

    Raises:
        ValueError: no column, or columns of different lengths.
    """
    lengths = {len(column.cells) for column in columns}
    if len(lengths) != 1:
        raise ValueError(f"columns have {sorted(lengths)} cells, expected the same number in each.")
    rules = set(rules)
    header = " & ".join(
        rf"\multicolumn{{{column.span}}}{{{'c' if column.align.startswith('r') else 'l'}}}{{{column.header}}}"
        if column.span > 1 or column.align.startswith("r")
        else column.header
        for column in columns
    )
    width = sum(column.span for column in columns)
    kind = "longtable" if long else "tabular"
    head = [r"  \toprule", rf"  {header} \\", r"  \midrule"]
    body = []
    count = lengths.pop()
    if not count:
        body.append("  not run at this scale" + " &" * (width - 1) + r" \\")
    for row in range(count):
        if row in rules and row > 0:
            body.append(r"  \addlinespace")
        body.append("  " + " & ".join(column.cells[row] for column in columns) + r" \\")
    below = " ".join(notes)
    if long:
        foot = [r"  \bottomrule"]
        if below:
            # Of what stands last on a page longtable counts the height only: lines of a `p` hang below it.
            foot.append(
                rf"  \multicolumn{{{width}}}{{@{{}}b{{0.9\linewidth}}@{{}}}}{{\footnotesize {below}}} \\"
            )
        first = [r"  \longcaption", *head, r"  \endfirsthead", *head, r"  \endhead"]
        lines = [*first, r"  \bottomrule", r"  \endfoot", *foot, r"  \endlastfoot", *body]
    else:
        lines = [*head, *body, r"  \bottomrule"]
    return "\n".join(
        [
            f"% Generated by {source}; do not edit.",
            rf"\begin{{{kind}}}{{@{{}}{''.join(column.align for column in columns)}@{{}}}}",
            *lines,
            rf"\end{{{kind}}}",
            *([rf"\tablenotes{{{below}}}"] if below and not long else []),
            "",
        ]
    )
