"""The fault suite itself: what is not survived fails, what is open does not, and all of it is in the table."""

import subprocess

import pytest

from .faults import __main__ as program
from .faults.suite import FAULTS, Bench, Fault, flip, refused, run, table


def fault(inject, known=""):
    return Fault("Group", "a title", "refused", "nothing", inject, known)


def believed(bench):
    raise AssertionError(f"{bench.folder}/fault/retort/data/x | was believed")


def test_a_fault_that_is_believed_fails_and_an_open_one_does_not(tmp_path):
    bench = Bench(tmp_path)
    seen = [
        run(each, bench)
        for each in (fault(lambda bench: "x: no. Hint: y."), fault(believed), fault(believed, "why"))
    ]
    assert [row.fails for row in seen] == [False, True, False]
    page = table(seen)
    assert "| a title | refused | `x: no. Hint: y.` | nothing | 0 |" in page
    assert r"**not survived**: data/x \| was believed | not known |" in page
    assert "**open**: why" in page
    assert "1 open, 1 not survived" in program.report(seen)


@pytest.mark.parametrize(
    ("code", "output", "complaint"),
    [
        (0, "file: wrong. Hint: mend it.", "it was not refused"),
        (1, "file: wrong.", "no line says"),
        (1, "Traceback (most recent call last)\nfile: wrong. Hint: mend it.", "a traceback"),
    ],
)
def test_a_refusal_is_one_line_with_file_and_hint(code, output, complaint):
    done = subprocess.CompletedProcess([], code, stdout=output)
    with pytest.raises(AssertionError, match=complaint):
        refused(done, "file: wrong")
    good = subprocess.CompletedProcess([], 1, stdout="error: file: wrong. Hint: mend it.\n")
    assert refused(good, "file: wrong") == "file: wrong. Hint: mend it."


def test_one_bit_flips_and_the_time_stays(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(10))
    before = file.stat().st_mtime_ns
    flip(file)
    assert sorted(file.read_bytes()) == [0] * 9 + [4]
    assert file.stat().st_mtime_ns == before


def test_each_fault_has_a_title_of_its_own_and_there_are_enough():
    titles = [each.title for each in FAULTS]
    assert len(set(titles)) == len(titles) >= 28
