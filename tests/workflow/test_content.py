"""Reruns follow content: what jobs read and their code, whatever the times of files are, and wherever a copy lies."""

import inspect
import os
import random
import re
import shutil
import subprocess
import time

import polars as pl
import pytest

from retort.files import write_manifest

from .project import RESULTS, ROOT, Project

TARGETS = (RESULTS, "precursors")
GENERATOR = "workflow/config/dataset/solid_state_generated.yaml"


@pytest.fixture
def copied(finished, tmp_path) -> Project:
    """The finished project once more, to be changed at will."""
    return Project(shutil.copytree(finished.folder, tmp_path / "retort", symlinks=True))


def git(folder, *arguments):
    person = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *person, "-C", folder, *arguments], check=True, capture_output=True)


def test_touching_whatever_there_is_reruns_nothing(copied):
    paths = [path for path in copied.folder.rglob("*") if ".git" not in path.parts and not path.is_symlink()]
    random.Random(0).shuffle(paths)
    for place, path in enumerate(paths):
        os.utime(path, (time.time() + place / 1000,) * 2)
    assert copied.jobs(*TARGETS) == {}


def test_another_commit_and_back_reruns_nothing(copied):
    git(copied.folder, "rm", "-rq", "src/scripts", "src/retort", "workflow/scripts", "data/record")
    git(copied.folder, "commit", "-qm", "another")
    git(copied.folder, "checkout", "-q", "HEAD~1")
    assert copied.jobs(*TARGETS) == {}


@pytest.mark.parametrize("how", ["-r", "-rp"])
def test_a_copy_of_data_in_a_fresh_clone_renders_only(finished, tmp_path, how):
    git(tmp_path, "clone", "-q", finished.folder, tmp_path / "clone")
    subprocess.run(["cp", how, f"{finished.folder}/data/.", tmp_path / "clone/data"], check=True)
    jobs = Project(tmp_path / "clone").jobs(*TARGETS)
    assert jobs.keys() == {"plot_figure", "render_table", "precursors"}


def ran(output: str) -> set[str]:
    """The first words of what Snakemake says of the jobs that it starts."""
    return set(re.findall(r"^Job \d+: (\w+)", output, re.MULTILINE))


def test_a_yaml_broken_and_mended_reruns_nothing_but_what_it_broke(copied):
    file = copied.folder / GENERATOR
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("generator:", "generator: ["), encoding="utf-8")
    assert copied.snakemake(*TARGETS, check=False).returncode
    file.write_text(text, encoding="utf-8")
    assert copied.jobs(*TARGETS) == {}
    # Found by the job only, which then takes its data along.
    file.write_text(text.replace("papers: ", "papers: -"), encoding="utf-8")
    assert "papers" in copied.snakemake(*TARGETS, check=False).stdout
    assert not (copied.folder / "data/raw/solid_state_generated/manifest.json").exists()
    file.write_text(text, encoding="utf-8")
    output = copied.snakemake(*TARGETS).stdout
    assert "Left out, as what it reads is as before: Preparing solid_state_generated" in output
    assert "2 of 2 steps (100%) done" in output
    assert copied.jobs(*TARGETS) == {}


def test_code_that_makes_the_same_data_retrains_nothing(copied):
    reader = copied.folder / "src/retort/datasets/solid_state_generated.py"
    reader.write_text(reader.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    output = copied.snakemake(*TARGETS).stdout
    assert ran(output) == {"Generating", "Preparing"}
    assert copied.jobs(*TARGETS) == {}


def edit_table(path):
    table = pl.read_parquet(path)
    table[:-1].write_parquet(path)


def test_content_that_changed_reruns_what_stands_on_it(copied):
    items = copied.folder / "data/results/precursors/items"
    edit_table(items / "solid_state_generated-family.parquet")
    write_manifest(items)
    jobs = copied.jobs(*TARGETS)
    assert jobs.pop("summarize") == 1
    assert jobs.keys() == {"plot_figure", "render_table", "precursors"}
    edit_table(copied.folder / "data/prepared/solid_state_generated.parquet")
    jobs = copied.jobs(*TARGETS)
    assert (jobs["split"], jobs["featurize"], jobs["train"], jobs["score"]) == (1, 2, 4, 1)
    assert "generate" not in jobs


def test_every_rule_carries_the_digest_of_its_code():
    """Snakemake's trigger `code` is off: a shell command, or a script without the parameter, could change unseen."""
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        rules = re.split(r"^ *(?=rule \w+:)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        for text in rules:
            assert "script:" in text, text
            assert "code=" in text, text


def test_what_is_relied_on_in_snakemake_is_still_there():
    """Options of the profile, and the two folders of .snakemake that common.smk lays into data/."""
    from snakemake.cli import get_argument_parser
    from snakemake.io import _IOFile
    from snakemake.jobs import Job
    from snakemake.persistence import PersistenceBase
    from snakemake.persistence.file import FilePersistence

    text = inspect.getsource(FilePersistence.__init__)
    assert 'os.path.join(self.path, "metadata")' in text
    assert 'os.path.join(self.path, "incomplete")' in text
    assert 'os.path.abspath(".snakemake")' in inspect.getsource(PersistenceBase.__init__)
    assert "await infile.checksum(self.max_checksum_file_size)" in inspect.getsource(PersistenceBase.finished)
    # A folder has no checksum: rules name manifests.
    assert "not os.path.isdir(self.file)" in inspect.getsource(_IOFile.is_checksum_eligible)
    # Without the trigger `code` the time of a script counts for nothing.
    assert "get_script_mtime" in inspect.getsource(Job.outputs_older_than_script_or_notebook)
    options = {option for action in get_argument_parser()._actions for option in action.option_strings}
    assert {"--rerun-triggers", "--max-checksum-file-size"} <= options
