"""The import graph, and what is said of a checkout."""

import os
import subprocess
from pathlib import Path

import pytest

from retort import provenance
from retort.files import NoRoomError
from retort.journal import journal

from .full_disk import no_file_beyond

ROOT = Path(__file__).resolve().parent.parent


def names(*entries):
    return {path.relative_to(provenance.SOURCE).as_posix() for path in provenance.imported_modules(*entries)}


def test_the_import_graph_follows_imports_through_modules_and_packages(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import os\n\ndef late():\n    from retort.training import checkpoint\n")
    assert names(script) == {
        "retort/__init__.py",
        "retort/training/__init__.py",
        "retort/training/checkpoint.py",
        "retort/files.py",
        "retort/sealed.py",
    }


def test_a_module_given_by_name_is_included_and_a_missing_one_is_not():
    assert "retort/plan.py" in names("retort.plan")
    assert names("retort.no_such_module") == {"retort/__init__.py"}
    assert names("numpy.linalg") == set()


def test_training_does_not_depend_on_how_results_are_reported():
    files = names(ROOT / "workflow/scripts/train.py", "retort.studies.precursors.train")
    assert "retort/studies/precursors/model.py" in files
    assert not any(name.startswith(("retort/report/", "retort/statistics/")) for name in files)


def test_the_digest_follows_content_and_imports_but_no_times(tmp_path, monkeypatch):
    package = tmp_path / "retort"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "low.py").write_text("X = 1\n")
    (package / "high.py").write_text("from retort import low\n")
    script = tmp_path / "job.py"
    script.write_text("from retort.high import low\n")
    monkeypatch.setattr(provenance, "SOURCE", tmp_path)

    def digest():
        for cached in (provenance.digest, provenance._sha256, provenance._direct, provenance._files):
            cached.cache_clear()
        return provenance.digest(script)

    before = digest()
    os.utime(package / "low.py", (1, 1))
    assert digest() == before
    (package / "other.py").write_text("")
    assert digest() == before
    (package / "low.py").write_text("X = 2\n")
    assert digest() != before
    monkeypatch.undo()
    digest()


def test_what_a_file_imports_is_remembered_by_its_content(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "_imports", provenance._Imports())
    kept, script = tmp_path / "imports.json", tmp_path / "script.py"
    script.write_text("import retort.plan\n")
    provenance.remember_imports(kept)
    for cached in (provenance.digest, provenance._direct):
        cached.cache_clear()
    provenance.digest(script)
    monkeypatch.setattr(provenance, "_imports", provenance._Imports())
    provenance.remember_imports(kept)
    monkeypatch.setattr(provenance, "_imported_names", None)  # nothing is parsed again
    for cached in (provenance.digest, provenance._direct):
        cached.cache_clear()
    provenance.digest(script)


def test_the_repository_url_is_the_remote_on_the_web(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert provenance.repository_url("https://example.org/x", tmp_path) == "https://example.org/x"
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", "git@github.com:a/b.git"], check=True)
    assert provenance.repository_url("https://example.org/x", tmp_path) == "https://github.com/a/b"


def test_a_job_that_fails_prints_one_line_and_logs_the_traceback(tmp_path, capsys):
    log = tmp_path / "job.log"

    def work():
        with journal(log, seed=3):
            print("working")
            raise ValueError("file.csv: row 3: 'x' is no number. Hint: mend it.")

    with pytest.raises(SystemExit) as stop:
        work()
    assert stop.value.code == 1
    assert capsys.readouterr().err == "error: file.csv: row 3: 'x' is no number. Hint: mend it.\n"
    first, *rest = log.read_text().splitlines()
    assert first.startswith("commit=")
    assert "seed=3" in first
    assert "working" in rest
    assert any("Traceback" in line for line in rest)


def test_a_log_on_a_full_disk_does_not_take_the_message_with_it(tmp_path, capsys):
    def work():
        with no_file_beyond(0), journal(tmp_path / "job.log"):
            print("working")
            raise ValueError("no room. Hint: make some.")

    with pytest.raises(SystemExit):
        work()
    assert capsys.readouterr() == ("working\n", "error: no room. Hint: make some.\n")
    with no_file_beyond(0), journal(tmp_path / "job.log"):
        print("a job without a log may end well")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "memory is used up. Hint: start fewer jobs"),
        (OSError(28, "No space left on device"), "no space left on device. Hint: make room there"),
        (NoRoomError("x: no room. Hint: y."), "error: x: no room. Hint: y.\n"),
        (RuntimeError("cannot write: No space left on device (os error 28)"), "Hint: make room there"),
        (ValueError(), "error: ValueError\n"),
    ],
)
def test_where_memory_or_disk_is_used_up_a_job_says_so(tmp_path, capsys, error, words):
    def work():
        with journal(tmp_path / "job.log"):
            raise error

    with pytest.raises(SystemExit):
        work()
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
