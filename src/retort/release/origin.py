"""Which version this is: that of the checkout, or of the release that was unpacked here."""

import json
from pathlib import Path
from typing import Any

from retort import provenance

RELEASE = "RELEASE.json"  # which no checkout has
ROOT = provenance.SOURCE.parent


def origin(repository: str, root: Path = ROOT) -> dict[str, Any]:
    """`url` of the repository, `commit`, and `epoch`, the time that stands for "now".

    Args:
        repository: its address where neither git nor a release knows one.
    """
    released = root / RELEASE
    if released.exists():
        return json.loads(released.read_text(encoding="utf-8"))
    return {
        "url": provenance.repository_url(repository),
        "commit": provenance.commit(),
        "epoch": provenance.commit_time(),
    }
