"""What a wrong configuration is told: file, key, value, expectation, and the nearest name."""

import difflib
from collections.abc import Collection
from pathlib import Path

MOST_LISTED = 30  # of the allowed names; of more, their number says enough beside the nearest


class ConfigurationError(ValueError):
    """The configuration cannot be used: the message names file, key, value, expectation and a hint."""


def nearest(name: object, allowed: Collection[str]) -> str:
    """A hint: the one of the allowed names that `name` looks most like, if any does."""
    found = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.5)
    return f"did you mean {found[0]!r}?" if found else "check the spelling."


def check_choice(key: str, value: object, allowed: Collection[str], file: Path, kind: str = "") -> None:
    """Refuse `value` unless it is one of the allowed names; `kind` says what they are names of.

    Raises ConfigurationError, naming file, key, value and the nearest name.
    """
    if value in allowed:
        return
    names = sorted(allowed)
    listed = f"one of {', '.join(names)}" if len(names) <= MOST_LISTED else f"one of {len(names)} names"
    listed = listed if names else "nothing, as there is none"
    of_kind = f" ({kind})" if kind else ""
    raise ConfigurationError(
        f"{file}: {key}={value!r}, expected {listed}{of_kind}. Hint: {nearest(value, names)}"
    )
