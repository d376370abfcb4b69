"""How far a training is: a bar on a terminal; elsewhere, as in a job's log, a line now and then."""

import math
import sys
from time import perf_counter

from tqdm import tqdm

SECONDS = 20.0  # between two lines; what a step or a validation takes comes on top


class Progress:
    """A bar of steps on a terminal, lines where standard error is none, and nothing at all unless `shown`.

    The first line comes after `SECONDS`: quick runs say nothing.

    Args:
        total: steps of the whole training.
        done: steps of an earlier, interrupted call.
    """

    def __init__(self, total: int, done: int, *, shown: bool):
        self._bar = tqdm(total=total, initial=done, unit="step", disable=None if shown else True)
        self._lines = shown and self._bar.disable
        self._total, self._first, self._done, self._terms = total, done, done, ""
        self._began = self._said = perf_counter()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *raised: object) -> None:
        self._bar.close()

    def note(self, **terms: float) -> None:
        """What the bar and the lines show beside the step from now on, as far as it is finite."""
        said = {name: f"{value:.4g}" for name, value in terms.items() if math.isfinite(value)}
        self._bar.set_postfix(said)
        self._terms = "".join(f", {name} {value}" for name, value in said.items())

    def advance(self) -> None:
        """One more step is done."""
        self._bar.update()
        self._done += 1
        now = perf_counter()
        if self._lines and now - self._said >= SECONDS:
            self._said = now
            left = (now - self._began) / (self._done - self._first) * (self._total - self._done)
            line = f"step {self._done} of {self._total}{self._terms}, {tqdm.format_interval(left)} left"
            print(line, file=sys.stderr, flush=True)
