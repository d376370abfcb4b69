"""The ceiling: how often one paper's precursors for a target are another's, and so what exact match can reach."""

from collections import Counter
from itertools import permutations

import polars as pl

from retort.statistics.components import over_items

# Who guesses for a paper that is left out: one other paper, or all others together, their most reported set first.
ONE, ALL = "another paper", "all other papers"
GUESSES = ((ONE, 1), (ALL, 1), (ALL, 5))
COLUMNS = ("part", "guess", "k", "n", "papers", "value", "low", "high", "se", "df")


def agreement(prepared: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """The chance that other papers on a target name, within k attempts, a set that a paper reports for it.

    Over the targets on which at least two papers (DOIs) report, each counted once, with the interval over targets.

    Args:
        prepared: `id, target_key, precursors, doi`.
        split: `id, part`.

    Returns:
        `COLUMNS`; `part` is `test` or `all`, `n` counts targets and `papers` the pairs of a paper and a target.
    """
    rows = prepared.join(split, on="id").filter(pl.col("doi").is_not_null())
    found = []
    for part, here in (("all", rows), ("test", rows.filter(part="test"))):
        shared = _by_paper(here)
        for guess, k in GUESSES:
            chances = [_chance(papers, guess, k) for papers in shared]
            if chances:
                level = over_items(chances)
                counted = len(chances), sum(map(len, shared))
                found.append(
                    (part, guess, k, *counted, level.value, level.low, level.high, level.se, level.df)
                )
    return pl.DataFrame(found, schema=dict(zip(COLUMNS, _TYPES, strict=True)), orient="row")


_TYPES = (pl.String, pl.String, pl.Int64, pl.Int64, pl.Int64, *[pl.Float64] * 5)


def _by_paper(rows: pl.DataFrame) -> list[list[set[str]]]:
    """For each target on which several papers report, the sets of each paper."""
    canonical = pl.col("precursors").list.unique().list.sort().list.join("\n")
    papers = (
        rows.group_by("target_key", "doi")
        .agg(canonical.unique().sort().alias("sets"))
        .sort("target_key", "doi")
        .group_by("target_key", maintain_order=True)
        .agg("sets")
    )
    return [[set(sets) for sets in each] for each in papers["sets"].to_list() if len(each) > 1]


def _chance(papers: list[set[str]], guess: str, k: int) -> float:
    """The chance for one target, of which each paper has the sets `papers`."""
    if guess == ONE:
        pairs = [len(one & other) / len(one) for one, other in permutations(papers, 2)]
        return sum(pairs) / len(pairs)
    counts = Counter(name for sets in papers for name in sets)
    solved = 0
    for sets in papers:
        others = counts - Counter(sets)
        solved += any(name in sets for name in sorted(others, key=lambda name: (-others[name], name))[:k])
    return solved / len(papers)
