"""Warm jobs: a script run in a fork of the zygote ends, prints and fails as `python script` does."""

import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from .project import ROOT, Project, program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every job starts cold")
warm = program("warm")

ENDINGS = {
    "nothing": "",
    "output": "import sys\nprint('out')\nprint('err', file=sys.stderr)",
    "status 3": "raise SystemExit(3)",
    "status 256 + 3": "raise SystemExit(259)",
    "a text": "import sys\nsys.exit('no such file')",
    "an exception": "def f():\n    raise ValueError('a value')\nf()",
    "an exception from another": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError from e",
    "no Python": "def f(:\n    pass",
    "killed": "import os, signal\nprint('out', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)",
    "ended": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "interrupted": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)",
    "what it sees": """
        import os, sys
        print(__name__, __file__, sys.argv, os.getcwd(), sys.path[0], sys.modules['__main__'].__file__)
        print(sorted(name for name in vars() if name[0] != '_'))
        print(sorted(os.environ.items()))
    """,
    "a process of its own": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'])",
    "a thread": "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.2), print('late'))).start()",
    "exit functions": "import atexit\natexit.register(print, 'left')\nprint('going')",
    "workers": """
        import joblib
        print(joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(number) for number in (-1, -2)))
    """,
}


def our_files():
    return [path for folder in ("workflow/scripts", "src") for path in ROOT.glob(f"{folder}/**/*.py")]


@pytest.fixture
def this_checkout(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))


@pytest.fixture
def start(this_checkout):
    """A function, to be called in the test itself: jobs print where the zygote does, which pytest moves until then."""
    started = []

    def call(modules=("json",)):
        started.append(warm.Zygote(modules))
        return started[-1]

    yield call
    for zygote in started:
        zygote.close()


def script(folder: Path, text: str) -> str:
    path = folder / "job.py"
    path.write_text(textwrap.dedent(text))
    return str(path)


def environment() -> dict[str, str]:
    return warm.environment(1, None)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_warm_job_ends_as_a_cold_one(tmp_path, capfd, start, ending):
    path = script(tmp_path, ENDINGS[ending])
    cold = subprocess.run(
        [sys.executable, path], env=environment(), capture_output=True, text=True, check=False
    )
    status = start().run(path, environment(), None)
    printed = capfd.readouterr()
    assert status == cold.returncode
    assert (printed.out, printed.err) == (cold.stdout, cold.stderr)


def test_nothing_passes_from_one_job_to_the_next(tmp_path, capfd, start):
    zygote = start()
    path = script(
        tmp_path,
        "import json, os, random\nprint(getattr(json, 'left', None), os.environ.get('LEFT'))\n"
        "json.left = 1\nos.environ['LEFT'] = '1'",
    )
    for _ in range(2):
        zygote.run(path, environment(), None)
    assert capfd.readouterr().out == "None None\n" * 2


def alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_nothing_outlives_the_process_that_asked(tmp_path, this_checkout):
    numbers = tmp_path / "numbers"
    path = script(
        tmp_path,
        f"""
        import os, subprocess, time
        child = subprocess.Popen(["sleep", "60"], start_new_session=True)
        with open({str(numbers)!r}, "w") as file:
            file.write(f"{{os.getppid()}} {{os.getpid()}} {{child.pid}}\\n")
        time.sleep(60)
        """,
    )
    asking = f"import sys; sys.path.insert(0, {str(ROOT / 'workflow')!r}); import os, warm\n"
    asking += f"warm.Zygote(['json']).run({path!r}, dict(os.environ), None)"
    asker = subprocess.Popen([sys.executable, "-c", asking], env=environment())
    wait_for(lambda: numbers.exists() and numbers.read_text().endswith("\n"))
    family = [int(number) for number in numbers.read_text().split()]
    assert all(map(alive, family))
    asker.kill()
    asker.wait()
    wait_for(lambda: not any(map(alive, family)), seconds=2)


def test_an_interrupt_while_the_zygote_imports_is_not_lost(tmp_path, start, monkeypatch):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(2)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT / 'src'}")
    zygote = start(["slow"])
    path = script(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')")
    threading.Timer(1, zygote.process.send_signal, [signal.SIGINT]).start()
    assert zygote.run(path, environment(), None) == -signal.SIGINT
    assert not (tmp_path / "ran").exists()


def test_a_job_that_is_over_before_it_is_watched_has_its_time_and_no_more(tmp_path, start, monkeypatch):
    watch = warm.benchmarked

    def late(process, record):
        wait_for(lambda: not Path(f"/proc/{process}").exists())
        return watch(process, record)

    monkeypatch.setattr(warm, "benchmarked", late)
    record = warm.BenchmarkRecord()
    assert start().run(script(tmp_path, "pass"), environment(), record) == 0
    assert record.running_time > 0
    assert "NA" in record.get_benchmarks()


def test_a_job_whose_zygote_is_gone_starts_cold(tmp_path, start):
    zygote = start()
    zygote.process.kill()
    zygote.process.wait()
    assert zygote.run(script(tmp_path, ""), environment(), None) is None


def test_a_job_whose_zygote_goes_has_failed_and_is_not_begun_again(tmp_path, start):
    zygote = start()
    path = script(tmp_path, "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)")
    assert zygote.run(path, environment(), None) == -signal.SIGKILL


def test_what_jobs_import_starts_no_thread_that_a_fork_would_miss(tmp_path, capfd, start):
    modules = warm.modules(our_files())
    assert {"torch.nn.functional", "polars", "sklearn.svm.SVC", "matplotlib.pyplot"} <= set(modules)
    everything = start(modules)
    busy = """
        import polars as pl, torch
        from pathlib import Path
        from sklearn.linear_model import Ridge
        frame = pl.DataFrame({"a": range(10_000)})
        file = Path(__file__).with_name(f"{__import__('os').getpid()}.parquet")
        frame.write_parquet(file)
        total = pl.scan_parquet(file).filter(pl.col("a") % 3 == 0).select(pl.col("a").sum()).collect().item()
        weights = torch.ones(50, 50, requires_grad=True)
        (weights @ weights).sum().backward()
        fitted = Ridge().fit([[0.0], [1.0]], [0.0, 1.0]).coef_[0]
        assert total == 16_668_333 and weights.grad.sum() == 250_000 and 0 < fitted < 1, total
    """
    path = script(tmp_path, busy)
    # None would be a job that was not begun: the zygote refuses to serve beside threads that are at work.
    assert [everything.run(path, environment(), None) for _ in range(20)] == [0] * 20
    assert capfd.readouterr().err == ""


def test_the_zygote_imports_what_its_jobs_do():
    def planned(script, program=None, **wildcards):
        inputs = {"script": program} if program else {}
        return SimpleNamespace(
            rule=SimpleNamespace(script=f"../scripts/{script}.py"), input=inputs, wildcards_dict=wildcards
        )

    def imported(*jobs):
        return {name.split(".")[0] for name in warm.modules(warm.files(jobs, ROOT))}

    assert {"torch", "polars"} <= imported(planned("train", study="precursors"))
    assert "rdkit" in imported(planned("train", study="molecules"), planned("train", study="precursors"))
    assert "rdkit" not in imported(planned("train", study="precursors"))
    assert {"pymatgen", "rdkit"} <= imported(planned("prepare", dataset="mine"))
    drawn = imported(planned("run_program", "src/scripts/precursors_losses.py", figure="precursors_losses"))
    assert "matplotlib" in drawn
    assert not {"sklearn", "rdkit", "pymatgen"} & drawn


def job(**changes):
    usual = {"conda_env": None, "container_img": None, "env_modules": None, "shadow_dir": None, "threads": 1}
    return SimpleNamespace(**usual | {"resources": {}, "bench_record": None} | changes)


def test_where_a_fork_might_differ_a_job_starts_cold():
    started = []

    def ask(**changes):
        asked = SimpleNamespace(run=lambda *_: started.append("warm") or 0)
        warm.execute_script(asked, lambda *_: started.append("cold"), job(**changes), "job.py")
        return started.pop()

    assert ask() == "warm"
    for name, value in (
        ("threads", 2),
        ("conda_env", "e"),
        ("container_img", "i"),
        ("env_modules", "m"),
        ("shadow_dir", "s"),
    ):
        assert ask(**{name: value}) == "cold", name


@pytest.mark.parametrize("why", ["switched off", "another platform", "few jobs"])
def test_where_it_is_not_worth_it_no_zygote_is_started(monkeypatch, why):
    monkeypatch.setattr(warm, "Zygote", lambda *_: pytest.fail("started"))
    count = 1 if why == "few jobs" else 100
    if why == "switched off":
        monkeypatch.setenv("RETORT_WARM", "0")
    if why == "another platform":
        monkeypatch.setattr(sys, "platform", "darwin")
    jobs = [SimpleNamespace(is_script=True, threads=1)] * count
    warm.install(SimpleNamespace(dag=SimpleNamespace(needrun_jobs=lambda: jobs)), ROOT)


def test_on_a_cluster_the_first_job_asks_for_the_zygote(monkeypatch):
    from snakemake.script import PythonScript

    done, started = [], []
    monkeypatch.setattr(PythonScript, "execute_script", lambda *_: done.append("cold"))
    warm.install_late(SimpleNamespace(), ROOT)
    assert not started

    def install(*_):
        started.append(True)
        PythonScript.execute_script = lambda *_: done.append("warm")

    monkeypatch.setattr(warm, "install", install)
    # As Snakemake's threads do: each asks the class.
    for _ in range(3):
        PythonScript.execute_script(job(), "job.py")
    assert (len(started), done) == (1, ["warm"] * 3)


def test_what_is_replaced_in_snakemake_is_still_there():
    """Where one of these fails, `workflow/warm.py` and `workflow/alone.py` must follow Snakemake."""
    from snakemake.benchmark import benchmarked
    from snakemake.script import PythonScript
    from snakemake.shell import shell

    assert PythonScript.execute_script.__code__.co_varnames[:3] == ("self", "fname", "edit")
    assert "execute_script" in PythonScript.evaluate.__code__.co_names
    assert benchmarked.__wrapped__.__code__.co_varnames[:2] == ("pid", "benchmark_record")
    assert shell._process_args == {} or set(shell._process_args) <= {"executable", "pass_fds"}
    assert "_process_args" in shell.__new__.__code__.co_names
    constants = set(filter(lambda value: isinstance(value, str), shell.__new__.__code__.co_consts))
    assert {name for name in constants if name.endswith("_THREADS")} == {
        name for name in environment() if name.endswith("_THREADS") and name in constants
    }


def test_cold_jobs_give_the_bytes_of_warm_ones(finished, tmp_path):
    cold = Project(tmp_path / "retort")
    shutil.copytree(finished.folder, cold.folder, symlinks=True)
    runs = sorted(path.parent.relative_to(cold.folder) for path in cold.folder.glob("data/runs/**/run.json"))
    assert runs
    shutil.rmtree(cold.folder / "data/runs")
    cold.snakemake(*(f"{run}/run.json" for run in runs), RETORT_WARM="0")
    for run in runs:
        for name in ("history.parquet", "predictions.parquet", "model.safetensors"):
            assert (cold.folder / run / name).read_bytes() == (finished.folder / run / name).read_bytes(), (
                run / name
            )
