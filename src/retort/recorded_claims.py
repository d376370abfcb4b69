"""Verdicts on disk: what they stand on, and the record that they are held to.

Beside the studies of a record lies `claims.parquet`, the verdicts as they were recorded. A margin that was changed
after results were judged with it is refused, and a verdict that is otherwise than recorded is named until a line of
`workflow/config/acknowledged.yaml` accepts it.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

CLAIMS = "claims.parquet"
# What every claim may stand on; other tables are read where a claim names them.
STANDARD = ("summary", "contrasts", "gains", "places")
MEND = "add a line to workflow/config/acknowledged.yaml: claim, old, new, reason, date"


class LedgerError(ValueError):
    """The ledger cannot be made as it was asked for; the message is one line."""


def tables(results: Path, claims: Iterable[Mapping]) -> dict[str, dict[str, "pl.DataFrame"]]:
    """The tables of each study that claims speak of and that has results below `results`."""
    from retort.sealed import read_table

    found: dict[str, dict[str, pl.DataFrame]] = {}
    for claim in claims:
        folder = results / claim["study"]
        if not (folder / "summary.parquet").exists():
            continue
        known = found.setdefault(claim["study"], {})
        for name in (*STANDARD, *([claim["table"]] if claim["table"] else [])):
            path = folder / f"{name}.parquet"
            if name not in known and path.exists():
                known[name] = read_table(path)
    return found


def demand_margins(claims: Sequence[Mapping], recorded: Path, accepted: Iterable[Mapping]) -> None:
    """Refuse margins that were changed after the results that they judge; without a record there is nothing to refuse.

    Raises:
        LedgerError: naming the first claim, and how many there are.
    """
    from retort.sealed import read_table
    from retort.statistics.claims import changed_margins, unacknowledged

    if not recorded.exists():
        return
    changes = unacknowledged(changed_margins(claims, read_table(recorded)), accepted)
    if changes:
        claim, key, old, new = changes[0]
        more = f" ({len(changes)} such changes)" if len(changes) > 1 else ""
        raise LedgerError(
            f"claim {claim}: {key} is {new}, but was {old} when its results were judged ({recorded}){more}. "
            f"Hint: take it back, or {MEND}."
        )


def judged(config: Mapping, results: Path, study: str | None = None) -> "pl.DataFrame":
    """The verdicts on the claims of one study, or of all that have results below `results`."""
    from retort.statistics.claims import judge

    claims = [claim for claim in config["claims"] if study in (None, claim["study"])]
    return judge(claims, tables(results, claims), config["scale"])


def changed(recorded: Path, new: "pl.DataFrame", accepted: Iterable[Mapping]) -> list[str]:
    """Verdicts that are otherwise than in the record and that no line accepts, a line each."""
    from retort.sealed import read_table
    from retort.statistics.claims import changed_verdicts, unacknowledged

    if not recorded.exists():
        return []
    changes = unacknowledged(changed_verdicts(read_table(recorded), new), accepted)
    return [
        f"claim {claim} ({control} control): {now}, {then} in the record"
        for claim, control, then, now in changes
    ]
