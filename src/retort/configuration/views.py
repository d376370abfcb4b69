"""Which of its study's views a run reads: all, but for what `read_by` says of its settings."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from retort.configuration.expand import flat


def name_of(view: str) -> str:
    """What a run calls a view, wherever it lies: `other/view` is `view` of another data set."""
    return PurePosixPath(view).name


def read(study: Mapping, settings: Mapping) -> list[str]:
    """The views of a study that a run with these settings reads, in the order of the study.

    Args:
        study: as it is resolved, with `views` and perhaps `read_by`.
    """
    read_by = study.get("read_by", {})
    return [
        view
        for view in study["views"]
        if name_of(view) not in read_by or any(fits(way, settings) for way in ways(read_by[name_of(view)]))
    ]


def ways(written: Mapping | list) -> list[Mapping]:
    """What `read_by` says of one view: any of these settings is enough; an empty list is nobody's."""
    return list(written) if isinstance(written, list) else [written]


def fits(way: Mapping, settings: Mapping) -> bool:
    """Whether settings are as `way` has them, all of it; of listed values one is enough, on either side."""
    return all(
        fits(wanted, settings.get(key) or {})
        if isinstance(wanted, Mapping)
        else any(value in flat(settings.get(key, [])) for value in flat(wanted))
        for key, wanted in way.items()
    )


def spelt_out(way: Mapping, settings: Mapping) -> Iterator[dict[str, Any]]:
    """The settings with the values of `way` in their place, one at a time: what the study's schema must allow."""
    for key, wanted in way.items():
        own = settings.get(key)
        if isinstance(wanted, Mapping):
            inner = own if isinstance(own, Mapping) else {}
            yield from ({**settings, key: each} for each in spelt_out(wanted, inner))
        else:
            yield from (
                {**settings, key: [value] if isinstance(own, list) else value} for value in flat(wanted)
            )
