"""What is said of a training while it runs."""

import io

import pytest

from retort.training import progress
from retort.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the test moves: seconds."""
    now = [0.0]
    monkeypatch.setattr(progress, "perf_counter", lambda: now[0])
    return now


def trained(clock, seconds, *, steps=10, done=0, shown=True):
    with Progress(steps, done, shown=shown) as said:
        for step in range(done, steps):
            clock[0] += seconds
            if step % 2:
                said.note(loss=1 / step, best=float("inf"))
            said.advance()


def test_in_a_log_there_is_a_line_at_least_every_half_minute(clock, capsys):
    trained(clock, 8)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "step 3 of 10, loss 1, 00:56 left",
        "step 6 of 10, loss 0.2, 00:32 left",
        "step 9 of 10, loss 0.1429, 00:08 left",
    ]


def test_time_left_is_counted_from_where_an_interrupted_run_goes_on(clock, capsys):
    trained(clock, 20, steps=100, done=98)
    assert capsys.readouterr().err.splitlines()[0] == "step 99 of 100, 00:20 left"


@pytest.mark.parametrize(("seconds", "shown"), [(1.9, True), (100, False)])
def test_quick_runs_and_tests_say_nothing(clock, capsys, seconds, shown):
    trained(clock, seconds, shown=shown)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_it_is_a_bar(clock, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    trained(clock, 40)
    assert "\r" in terminal.getvalue()
    assert " left" not in terminal.getvalue()
