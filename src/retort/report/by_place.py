"""Levels of systems at several places: a column for each place, stacked where they do not fit beside each other."""

from collections.abc import Sequence

from retort.report.results import Results, in_blocks
from retort.report.stacked import stacked
from retort.report.tables import Column, escape, number


def by_place(
    results: Results,
    metric: str,
    places: Sequence[str],
    blocks: Sequence[tuple[str, ...]],
    *,
    across: int,
) -> tuple[list[Column], list[int]]:
    """Columns for `tables.tabular`, and the rows above which it should leave space.

    Args:
        metric: of which each cell has the mean with its interval.
        places: a column each, under its title, unit and number of labels; a place without any system is left out.
        blocks: systems that stand together, as far as they were run at any of the places.
        across: most places beside each other.
    """
    measure = results.metric(metric)
    levels = {name: results.levels(name, metric) for name in places}
    systems, starts = in_blocks(blocks, {name for rows in levels.values() for name in rows})
    columns = {
        _heading(results, name, metric): [measure.level(levels[name].get(system, {})) for system in systems]
        for name in places
        if any(system in levels[name] for system in systems)
    }
    labels = [escape(results.short(name)) for name in systems]
    return stacked("System", labels, [columns] if columns else [], rules=starts, across=across)


def _heading(results: Results, place: str, metric: str) -> str:
    row = results.place_row(place)
    assert row is not None  # it has levels
    title, unit = escape(row["title"]), escape(results.unit(place, metric))
    return rf"\shortstack{{{title}\\{unit}, $n = {number(results.labels(place), digits=0)}$}}"
