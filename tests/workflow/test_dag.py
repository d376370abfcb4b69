"""The DAG: which jobs there are at each scale, and what a change reruns. Nothing more, nothing less."""

import os
import time
from pathlib import Path

import pytest

from retort.configuration import load
from retort.plan import Plan

from ..report.records import OVERVIEW_TABLES, OVERVIEWS
from .project import RESULTS, SMALL

ROOT = Path(__file__).resolve().parents[2]
RUNS = 4  # two variants, two seeds


def touch_edit(path: Path, text: str = "\n# edited\n"):
    """Change a file and make sure that its time is later than that of everything made so far."""
    path.write_text(path.read_text() + text)
    later = time.time() + 2
    os.utime(path, (later, later))


@pytest.fixture
def edit(finished):
    """Edit files of the finished project for the length of one test."""
    undo = []

    def change(name, text="\n# edited\n"):
        path = finished.folder / name
        undo.append((path, path.read_bytes(), path.stat().st_mtime))
        touch_edit(path, text)

    yield change
    for path, content, modified in reversed(undo):
        path.write_bytes(content)
        os.utime(path, (modified, modified))


@pytest.mark.parametrize("scale", ["smoke", "laptop", "full"])
def test_a_scale_trains_every_run_of_its_grid_and_what_those_stand_on(untouched, scale):
    config = load(ROOT / "workflow/config", scale)
    plan = Plan(config)
    expected = set()
    waiting = [run for study in config["study"] for run in plan.runs(study)]
    while waiting:
        run = waiting.pop()
        if run not in expected:
            expected.add(run)
            waiting += [used for runs in plan.uses(run).values() for used in runs]
    jobs = untouched.jobs(scale=scale, overrides=[])
    assert jobs["train"] == len(expected)
    for rule in ("lay_out", "score", "illustrate", "summarize"):
        assert jobs[rule] == len(config["study"]), rule
    assert jobs["compile_paper"] == 1
    overviews = set(OVERVIEWS) - set(OVERVIEW_TABLES)
    assert jobs["plot_figure"] == len(overviews) + sum(
        len(block["figures"]) for block in config["study"].values()
    )
    assert ("download" in jobs) == (scale != "smoke")
    assert ("generate" in jobs) == (scale == "smoke")


def test_a_second_run_has_nothing_to_do(finished):
    output = finished.snakemake(RESULTS, "precursors").stdout
    assert "Nothing to be done" in output


def test_the_model_reruns_training_and_all_that_follows_but_no_data(finished, edit):
    edit("src/retort/studies/precursors/model.py")
    jobs = finished.jobs(RESULTS)
    assert jobs == {"train": RUNS, "score": 1, "summarize": 1}


def test_the_scoring_module_reruns_no_training(finished, edit):
    edit("src/retort/studies/precursors/score.py")
    assert finished.jobs(RESULTS) == {"score": 1, "summarize": 1}


def test_a_map_is_drawn_anew_without_scoring(finished, edit):
    edit("src/retort/studies/precursors/illustrations.py")
    jobs = finished.jobs("precursors")
    assert jobs.keys() == {"illustrate", "plot_figure", "render_table", "precursors"}


def test_a_number_of_the_prose_redraws_nothing(finished, edit):
    edit("workflow/config/numbers/precursors.yaml", "PrecursorsAnother: {metric: success@1, percent: true}\n")
    assert finished.jobs("src/tex/output/numbers.tex").get("collect_numbers") == 1
    assert finished.jobs("precursors") == {}


def test_a_title_reruns_no_run_and_no_score(finished):
    changed = [*SMALL, "study.precursors.variants.selector.title=Another"]
    jobs = finished.jobs("precursors", overrides=changed)
    assert jobs["lay_out"] == 1
    assert not {"train", "score", "illustrate", "measure", "collect_costs"} & set(jobs)


def test_the_times_of_files_mean_nothing(finished):
    later = time.time() + 10
    for path in (finished.folder / "src/retort").rglob("*.py"):
        os.utime(path, (later, later))
    assert finished.jobs(RESULTS, "precursors") == {}


def test_the_statistics_rerun_the_summary_and_what_is_printed_of_it_only(finished, edit):
    for module in ("cells", "summary", "contrasts", "gains"):
        edit(f"src/retort/statistics/{module}.py")
    jobs = finished.jobs(RESULTS, "precursors")
    assert jobs.pop("summarize") == 1
    assert jobs.keys() == {"plot_figure", "render_table", "precursors"}


def test_the_intervals_rerun_what_of_scoring_has_intervals_of_its_own_and_no_training(finished, edit):
    edit("src/retort/statistics/components.py")
    assert finished.jobs(RESULTS) == {"score": 1, "summarize": 1}


def test_a_figure_script_redraws_that_figure_only(finished, edit):
    edit("src/scripts/precursors_losses.py")
    assert finished.jobs("precursors") == {"plot_figure": 1, "precursors": 1}


def test_a_view_reruns_itself_and_the_runs_that_read_it(finished, edit):
    edit("src/retort/datasets/views/composition.py")
    jobs = finished.jobs(RESULTS)
    # The view magpie takes functions of this one, and is made anew, too.
    assert (jobs["featurize"], jobs["train"]) == (2, RUNS)
    assert not {"prepare", "split", "generate"} & set(jobs)


def test_a_view_that_no_run_reads_reruns_none(finished, edit):
    edit("src/retort/datasets/views/magpie.py")
    jobs = finished.jobs(RESULTS)
    assert (jobs["featurize"], jobs.get("train", 0)) == (1, 0)


def test_a_comment_elsewhere_reruns_nothing(finished, edit):
    edit("README.md", "\nMore.\n")
    assert finished.jobs(RESULTS, "precursors") == {}


def test_a_setting_of_one_variant_reruns_that_variant_and_what_stands_on_it(finished):
    changed = [*SMALL, "+study.precursors.variants.raw-mpc-first.settings.proposals=9"]
    assert finished.jobs(RESULTS, overrides=changed)["train"] == 2
    changed = [*SMALL, "study.precursors.run.training.batch=33"]
    assert finished.jobs(RESULTS, overrides=changed)["train"] == RUNS


def test_targets_by_name(untouched):
    figures = load(ROOT / "workflow/config")["study"]["precursors"]["figures"]
    assert (
        untouched.jobs("precursors")["plot_figure"]
        == len(figures)
        <= untouched.jobs("figures")["plot_figure"]
    )
    one = untouched.jobs("src/tex/figures/precursors_losses.pdf")
    assert one["plot_figure"] == 1
    assert "compile_paper" not in one


def test_what_is_switched_off_in_snakemake_is_still_there():
    """`onstart` in common.smk takes the scheduler's rate limiter away; where it is gone, so should be those lines."""
    from snakemake.scheduling.job_scheduler import JobScheduler

    assert "job_rate_limiter" in JobScheduler.__init__.__code__.co_names
    assert "Timer" in JobScheduler._schedule_reevalutation.__code__.co_names
