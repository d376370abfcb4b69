"""Snakemake's report as a release has it: without the times of jobs, which no second build would have again."""

import re

TIMES = re.compile(r'(var (?:runtimes|timeline)_spec = [^\n]*?"data": \{"values": )\[[^\]]*\]')
SPECS = 2


def without_times(html: str) -> str:
    """The report with empty plots of runtimes and of the timeline.

    Raises:
        ValueError: it holds them in another form than that of Snakemake 9.
    """
    told, found = TIMES.subn(r"\1[]", html)
    if found != SPECS:
        raise ValueError(
            f"the report holds {found} lists of times, expected {SPECS}. "
            "Hint: see retort.release.report; Snakemake may write its report otherwise now."
        )
    return told
