r"""Numbers that people typed into the prose and its captions: each is accounted for, or it is a result.

Results reach the text as macros (`numbers/<study>.yaml`), so that a rerun changes them. What is typed is a setting, a
level or quoted, and `workflow/config/typed/<file>.yaml` lists it, by the number as it stands in the TeX file of that
name: `"0.07": a temperature that we chose`. A reason that begins with the path of a file of this project and a comma is
checked: the number must stand there, perhaps with more digits.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from retort.configuration.errors import ConfigurationError
from retort.configuration.strict import read_block

# What is no text: comments, names in braces, lengths.
_COMMENT = re.compile(r"(?<!\\)%.*")
_NAMES = re.compile(
    r"\\(?:label|ref|eqref|cite\w*|script|input|variable|texttt|url|href|usepackage|includegraphics|bibliography\w*)"
    r"(?:\[[^\]]*\])*\{[^}]*\}"
)
_LENGTH = re.compile(
    r"-?\d*\.?\d+\s*(?:pt|ex|em|mm|cm|in|bp|\\(?:text|line|column|paper)width|\\baselineskip)\b"
)
_UNITS = (
    r"s|ms|min|h|hours?|minutes?|seconds?|days?|eV(?:/atom)?|meV(?:/atom)?|kcal/mol|points?|times|seeds?|runs?|draws?|claims?|"
    r"molecules|crystals|targets|reactions|recipes|papers|compositions|structures|records|samples|rows|sets|settings|labels|"
    r"steps|epochs|parameters|precursors|pairs|models"
)
# In this order: 1\,024.5, 5\,\%, n = 3, 44\,736, 26\,s.
_NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)\d[\d\\,]*\.\d+(?!\.?\d)(?:\s*\\,\s*\\%)?"
    r"|(?<![\w.])(?<![A-Za-z]-)\d+\s*(?:\\,|~)?\s*\\%"
    r"|\bn\s*=\s*\d+"
    r"|(?<![\w.,\\{^])(?<![A-Za-z]-)(?:\d{1,3}(?:\\,\d{3})+|(?!(?:19|20)\d\d(?!\d))\d{4,})(?![.\d])"
    rf"|(?<![\w.,\\{{^])\d+\s*(?:\\,|~)?\s*(?:{_UNITS})\b(?![\w-])"
)


def check_typed(folder: Path, tex: Path) -> None:
    """Refuse a number in the prose that nobody accounts for, and an account of a number that is not there.

    One file accounts for all texts of its name: `typed/transfer.yaml` for the study's section in the manuscript, its
    line in the abstract, and its part of the supplement.

    Args:
        folder: `workflow/config`, whose `typed` has the accounts.
        tex: `src/tex`, with `ms.tex`, `supplement.tex` and their sections.

    Raises:
        ConfigurationError: names file, line and number.
    """
    texts: dict[str, list[Path]] = {}
    for path in written(tex):
        texts.setdefault(path.stem, []).append(path)
    for name, paths in texts.items():
        accounts = folder / "typed" / f"{name}.yaml"
        known = read_block(accounts) if accounts.exists() else {}
        there = set()
        for path in paths:
            for line, number in numbers(path.read_text(encoding="utf-8")):
                there.add(number)
                if number not in known:
                    raise ConfigurationError(
                        f"{path}:{line}: the number {number} is typed in. Hint: a result comes from a macro "
                        f'(numbers/*.yaml); if it is none, say what it is in {accounts}, as "{number}": ..'
                    )
        for number, reason in known.items():
            _check_account(str(number), reason, accounts, there, tex.resolve().parent.parent)


def written(tex: Path) -> list[Path]:
    """The TeX files that people write: all but what is generated."""
    generated = {tex / folder for folder in ("figures", "tables", "output")}
    return [path for path in sorted(tex.rglob("*.tex")) if not generated & set(path.parents)]


def numbers(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of every number of a TeX source that may be a result.

    These are decimal numbers, percentages (`5 %`), counts of four digits or more (`44736`) but for years, smaller ones
    with a unit or a noun (`26 s`, `850 settings`), and `n = 3`; nothing sets thousands apart in them.
    """
    for line, source in enumerate(text.splitlines(), 1):
        prose = _LENGTH.sub(" ", _NAMES.sub(" ", _COMMENT.sub("", source)))
        for match in _NUMBER.finditer(prose):
            yield line, _plain(match[0])


def _plain(number: str) -> str:
    r"""`44\,736` as `44736`, `5\,\%` as `5 %`, `$n=3$` as `n = 3`."""
    number = re.sub(r"(?<=\d)\\,(?=\d)", "", number)
    number = re.sub(r"\\,|~", " ", number).replace("\\%", " %").replace("=", " = ")
    return " ".join(re.sub(r"(?<=\d)(?=[A-Za-z])", " ", number).split())


def _check_account(number: str, reason: object, accounts: Path, there: set[str], root: Path) -> None:
    if number not in there:
        raise ConfigurationError(
            f"{accounts}: {number!r} stands in the text no more. Hint: take the line out."
        )
    if not isinstance(reason, str) or not reason:
        raise ConfigurationError(
            f"{accounts}: {number!r} has no reason. Hint: say what it is, or where it is from."
        )
    source = root / reason.split(",")[0]
    if "/" in reason.split(",")[0] and not (
        source.is_file() and _holds(source, re.sub("[^0-9.]", "", number))
    ):
        raise ConfigurationError(
            f"{accounts}: {number!r} is said to be from {source}, which does not hold it. Hint: what does it say now?"
        )


def _holds(source: Path, number: str) -> bool:
    """Whether a file has this number, or one that is rounded to it."""
    digits = len(number.partition(".")[2])
    text = re.sub(r"(?<=\d)[,_](?=\d{3})", "", source.read_text(encoding="utf-8"))
    found = re.findall(r"\d+(?:\.\d+)?", text)
    return any(f"{float(each):.{digits}f}" == number for each in found)
