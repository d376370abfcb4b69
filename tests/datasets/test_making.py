"""What costs seconds each is made once, and kept as it comes."""

import pytest

from retort.datasets import making
from retort.datasets.making import kept, make

CALLS = []


def shout(word, times):
    CALLS.append(word)
    if word == "no":
        raise RuntimeError("I will not")
    return word.upper() * times


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    CALLS.clear()
    monkeypatch.setattr(making, "CHUNK", 2)


def test_results_by_key_and_nothing_twice(tmp_path):
    wanted = {"a": ("yes", 1), "b": ("so", 2), "c": ("on", 1)}
    made = make(shout, wanted, tmp_path, title="words", workers=1)
    assert made == {"a": "YES", "b": "SOSO", "c": "ON"}
    assert kept(tmp_path) == made
    assert len(CALLS) == 3
    assert make(shout, wanted | {"d": ("and", 1)}, tmp_path, title="words", workers=1)["d"] == "AND"
    assert CALLS[3:] == ["and"]


def test_a_failure_costs_no_other_result(tmp_path):
    wanted = {key: (word, 1) for key, word in zip("abcd", ("yes", "no", "so", "on"), strict=True)}
    with pytest.raises(ValueError, match=r"words: 1 of 4 failed, the first \(b\): RuntimeError: I will not"):
        make(shout, wanted, tmp_path, title="words", workers=1)
    assert kept(tmp_path) == {"a": "YES", "c": "SO", "d": "ON"}


def test_what_was_interrupted_keeps_whole_chunks(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    wanted = {key: (word, 1) for key, word in zip("abcd", ("yes", "it", "so", "on"), strict=True)}
    written = making.write_table
    monkeypatch.setattr(making, "write_table", lambda *given: (written(*given), stop()))
    with pytest.raises(KeyboardInterrupt):
        make(shout, wanted, tmp_path, title="words", workers=1)
    assert len(kept(tmp_path)) == 2
    monkeypatch.setattr(making, "write_table", written)
    CALLS.clear()
    assert len(make(shout, wanted, tmp_path, title="words", workers=1)) == 4
    assert len(CALLS) == 2


def test_a_long_making_says_how_far_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(making, "SAYING", 0.0)
    make(shout, {"a": ("yes", 1), "b": ("so", 1), "c": ("on", 1)}, tmp_path, title="words", workers=1)
    assert "words: 2 of 3, about 0 minutes left" in capsys.readouterr().out
