"""What stands in the cells of a table that somebody keeps in a spreadsheet, and what may be wrong with it."""

import difflib
import math
import re
from collections.abc import Collection, Mapping

from retort.datasets.errors import SchemaError

NOTHING = ("", "nan", "na", "n/a", "null", "none", "-")  # of a value that was not measured, in small letters
BOUNDS = "<>≤≥~≈"
# What authors of data call the parts of a split, in small letters.
PART_WORDS = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test", "testing"),
}


def number(text: str, name: str) -> float:
    """The number in a cell of the column `name`; ValueError(reason, text) where there is none."""
    text = text.strip()
    try:
        value = float("nan" if "_" in text else text)  # Python takes 1_5 for 15
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    why = ""
    if text[:1] and text[0] in BOUNDS:
        why = f": {text[0]!r} makes it a bound, a censored value; leave the cell empty, or put a number there"
    elif re.fullmatch(r"[-+]?\d+,\d+", text):
        why = " with a decimal point"
    elif re.fullmatch(r"[-+]?[\d.]+\s*(±|\+/-|\+-).*|[-+]?[\d.]+\(\d+\)", text):
        why = " alone; its uncertainty belongs in another column"
    elif re.match(r"[-+]?\d[\d.]*\s*[^\d\s.,_]", text):
        why = " alone, without a unit"
    raise ValueError(f"{name} is {text!r}, expected a number{why}", text)


def listed(text: str, separator: str) -> list[str]:
    """The names in a cell; quotes around each and brackets around all of them are no part of one."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return [name for part in text.split(separator) if (name := part.strip(" \t\n'\""))]


class Parts:
    """The column of a table that says in which part of a split each row lies.

    Args:
        setting: the name of the column, or `{column, train, valid, test}` with the words of each part, one or a list.
    """

    def __init__(self, setting: str | Mapping):
        given = {"column": setting} if isinstance(setting, str) else dict(setting)
        check_settings(given, ("column",), tuple(PART_WORDS), "settings.part")
        self.column = given["column"]
        self.words: dict[str, str] = {}
        for part, usual in PART_WORDS.items():
            words = given.get(part, usual)
            for word in words if isinstance(words, (list, tuple)) else [words]:
                self.words[str(word).lower()] = part

    def of(self, text: str) -> str:
        """The part that a cell names; ValueError(reason, text) where it names none."""
        part = self.words.get(text.strip().lower())
        if part is None:
            raise ValueError(f"{self.column} is {text!r}, expected one of {', '.join(self.words)}", text)
        return part


def check_settings(
    given: Mapping, needed: Collection[str], allowed: Collection[str], where: str = "settings"
) -> None:
    """Refuse what a reader is given with a key that it lacks, or does not know.

    Raises:
        SchemaError: naming the key and the nearest one.
    """
    known = [*needed, *allowed]
    if unknown := sorted(str(key) for key in given if key not in known):
        close = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "check the spelling in the data set's YAML."
        raise SchemaError(f"{where} has no key {unknown[0]!r}, expected {', '.join(known)}. Hint: {hint}")
    if missing := [key for key in needed if key not in given]:
        raise SchemaError(
            f"{where} lacks the key {missing[0]!r}; it has {', '.join(map(str, given)) or 'none'}. "
            "Hint: see `settings` in the data set's YAML."
        )
