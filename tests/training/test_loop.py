"""The loop: learns, stops early, records every term, and ends with the same bytes after being killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from retort.training import checkpoint
from retort.training.loop import Budget, Descent, TrainingError, fit
from retort.training.seeding import generator, seed_everything

from ..flips import flipped
from .in_folder import context

SLOPE, OFFSET = 3.0, -1.0


class Line(torch.nn.Module):
    """y = a x + b with dropout on the input, so that the global random state matters."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(torch.zeros(()))
        self.b = torch.nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return self.a * torch.nn.functional.dropout(x, 0.1, self.training) + self.b


def problem(seed=0):
    seed_everything(seed)
    model = Line()
    points = torch.linspace(-1, 1, 16)

    def batch(step):
        return torch.rand(32, generator=generator(seed, step)) * 2 - 1

    def loss(model, x):
        error = (model(x) - (SLOPE * x + OFFSET)).pow(2).mean()
        return {"total": error, "size": model.a.abs()}

    def validate(model):
        return {"error": float((model(points) - (SLOPE * points + OFFSET)).pow(2).mean())}

    return {
        "model": model,
        "batch": batch,
        "loss": loss,
        "validate": validate,
        "descent": Descent(torch.optim.Adam(model.parameters(), lr=0.05)),
        "select": "error",
    }


def train(folder, steps=200, seconds=1e9, fingerprint="same", **changes):
    arguments = problem() | {"budget": Budget(steps, 20, 10, checkpoint_seconds=seconds)} | changes
    return fit(context=context(folder, fingerprint=fingerprint), **arguments)


def test_learns_a_line_and_keeps_the_best(tmp_path):
    done = train(tmp_path, steps=600)
    # Dropout 0.1 shrinks nothing on average; the validation optimum is the true line.
    assert done.best["a"].item() == pytest.approx(SLOPE, abs=0.3)
    assert done.best["b"].item() == pytest.approx(OFFSET, abs=0.3)
    valid = done.history.filter(part="valid", term="error")
    assert valid["step"].to_list() == list(range(0, 601, 20))
    assert valid["value"].min() == pytest.approx(done.facts["best_error"])
    assert valid.row(valid["value"].arg_min(), named=True)["step"] == done.best_step > 0
    assert set(done.history.filter(part="train")["term"]) == {"total", "size"}


def test_training_terms_are_averages_over_the_log_interval(tmp_path):
    arguments = problem()
    values = []

    def loss(model, x):
        terms = arguments["loss"](model, x)
        values.append(terms["total"].item())
        return terms

    done = fit(**(arguments | {"loss": loss}), context=context(tmp_path), budget=Budget(30, 30, 10))
    logged = done.history.filter(part="train", term="total")["value"].to_list()
    assert logged == pytest.approx([sum(values[i : i + 10]) / 10 for i in (0, 10, 20)])


def test_a_model_that_was_not_trained_is_never_the_best(tmp_path):
    values = iter([0.1, 3.0, 2.0, 2.5])
    arguments = problem() | {"validate": lambda model: {"error": next(values)}}
    done = fit(**arguments, context=context(tmp_path), budget=Budget(30, 10, 10))
    assert done.best_step == 20
    assert done.facts["best_error"] == 2.0
    assert done.history.filter(part="valid")["value"].to_list() == [0.1, 3.0, 2.0, 2.5]


def test_stops_when_patience_is_spent(tmp_path):
    arguments = problem() | {"validate": lambda model: {"error": float(next(counter))}}
    counter = iter([3.0, 2.0, 2.0, 5.0, 1.0, 0.0])
    done = fit(**arguments, context=context(tmp_path), budget=Budget(1000, 10, 10, patience=2))
    # Validations: 3 (step 0), 2 (best, step 10), 2 (a tie is no improvement), 5 -> stop before 1.0 is ever seen.
    assert (done.steps, done.best_step) == (30, 10)


def slowing(optimizer):
    return Descent(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step)))


def test_a_schedule_steps_once_per_step_and_survives_a_resume(tmp_path):
    arguments = problem()
    arguments["descent"] = slowing(arguments["descent"].optimizer)
    fit(**arguments, context=context(tmp_path), budget=Budget(30, 10, 10))
    assert arguments["descent"].schedule.last_epoch == 30
    again = problem()
    again["descent"] = slowing(again["descent"].optimizer)
    fit(**again, context=context(tmp_path), budget=Budget(40, 10, 10))
    assert again["descent"].schedule.last_epoch == 40


def test_a_checkpoint_of_another_fingerprint_or_a_broken_one_is_ignored(tmp_path):
    reference = train(tmp_path / "reference")
    train(tmp_path / "other", fingerprint="something else")
    assert_same(train(tmp_path / "other"), reference)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "checkpoint.safetensors").write_bytes(b"\x00" * 100)
    assert_same(train(tmp_path / "broken"), reference)
    (tmp_path / "foreign").mkdir()
    save_file({"x": torch.zeros(1)}, tmp_path / "foreign" / "checkpoint.safetensors")
    assert_same(train(tmp_path / "foreign"), reference)


def test_a_checkpoint_with_a_flipped_bit_is_reported_and_training_starts_over(tmp_path, capsys):
    reference = train(tmp_path / "reference")
    train(tmp_path / "half", steps=100, seconds=0)
    path = tmp_path / "half/checkpoint.safetensors"
    assert checkpoint.read(path, "same").step > 0
    capsys.readouterr()
    noticed = sum(checkpoint.read(path, "same") is None for _ in flipped(path, times=300))
    assert noticed == 300
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 300
    assert {line.rpartition("; ")[2] for line in said} == {"the run starts over"}
    for _ in flipped(path, times=1):
        assert_same(train(tmp_path / "half"), reference)


def test_a_non_finite_loss_names_term_and_step(tmp_path):
    def loss(model, x):
        return {"total": model.a * float("nan")}

    with pytest.raises(TrainingError, match=r"'total' is nan at step 10.*Hint"):
        train(tmp_path, loss=loss)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"evaluate_every": -1}, {"log_every": 0}])
def test_an_impossible_budget_is_named(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"Budget.{name}="):
        Budget(**({"steps": 1, "evaluate_every": 1, "log_every": 1} | wrong))


def test_a_budget_is_shared_out_evenly():
    assert Budget.of(101, 25) == Budget(101, 5, 2)
    assert Budget.of(10, 3, logs=100) == Budget(10, 4, 1)


def test_interrupting_anywhere_changes_nothing(tmp_path):
    """An exception between any two steps, then a resume: weights, history and best step are the same."""
    reference = train(tmp_path / "reference")
    for stop in (1, 19, 20, 21, 133):
        arguments = problem()

        def batch(step, stop=stop, draw=arguments["batch"]):
            if step == stop:
                raise KeyboardInterrupt
            return draw(step)

        folder = tmp_path / f"stop{stop}"
        with pytest.raises(KeyboardInterrupt):
            fit(
                **(arguments | {"batch": batch}),
                context=context(folder),
                budget=Budget(200, 20, 10, checkpoint_seconds=0),
            )
        kept = checkpoint.read(folder / "checkpoint.safetensors", "same")
        assert kept.step == stop
        assert_same(train(folder), reference)


SCRIPT = """
import sys, time
sys.path.insert(0, {root!r})
from tests.training import in_folder, test_loop
from retort.training.loop import Budget, fit
arguments = test_loop.problem()
draw = arguments["batch"]
arguments["batch"] = lambda step: (time.sleep(0.01), draw(step))[1]
print("training", flush=True)
fit(**arguments, context=in_folder.context(sys.argv[1]), budget=Budget(200, 20, 10, checkpoint_seconds=0))
"""


def test_kill_9_in_the_middle_then_resume_gives_the_same_bytes(tmp_path):
    reference = train(tmp_path / "reference")
    folder = tmp_path / "killed"
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(root=str(Path(__file__).parents[2])))
    process = subprocess.Popen([sys.executable, script, folder], stdout=subprocess.PIPE, env=os.environ)
    path = folder / "checkpoint.safetensors"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        kept = checkpoint.read(path, "same")
        if kept is not None and kept.step > 40:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    kept = checkpoint.read(path, "same")
    assert process.returncode == -signal.SIGKILL
    assert 40 < kept.step < 200, "the kill must fall into the middle of training"
    assert_same(train(folder), reference)


WRITER = """
import sys
from pathlib import Path
import torch
from retort.training import checkpoint
path = Path(sys.argv[1])
for step in range(100_000):
    weights = {"w": torch.full((1000,), float(step))}
    # Headers of changing length move the tensors about in the file.
    notes = {"step": float(step), "padding": "-" * (step * 37 % 5000)}
    state = {"state": {}, "param_groups": []}
    checkpoint.write(path, checkpoint.Checkpoint(step, weights, weights, state, None, notes), "same")
    if step == 0:
        print("writing", flush=True)
"""


def test_a_reader_never_sees_parts_of_two_checkpoints(tmp_path):
    path, script = tmp_path / "checkpoint.safetensors", tmp_path / "script.py"
    script.write_text(WRITER)
    process = subprocess.Popen([sys.executable, script, path], stdout=subprocess.PIPE, env=os.environ)
    try:
        assert process.stdout.readline() == b"writing\n"
        seen, reads, deadline = set(), 0, time.monotonic() + 60
        while (reads < 1000 or len(seen) <= 10) and time.monotonic() < deadline:
            kept = checkpoint.read(path, "same")
            assert kept.model["w"].unique().tolist() == [kept.step] == [kept.notes["step"]]
            seen.add(kept.step)
            reads += 1
        assert process.poll() is None, "the writer must be at work meanwhile"
        assert len(seen) > 10
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def assert_same(one, other):
    assert one.best_step == other.best_step
    assert one.history.equals(other.history)
    assert {name: value.numpy().tobytes() for name, value in one.best.items()} == {
        name: value.numpy().tobytes() for name, value in other.best.items()
    }


def test_histories_are_written_without_nulls(tmp_path):
    done = train(tmp_path)
    assert done.history.schema == {
        "step": pl.Int64,
        "part": pl.String,
        "term": pl.String,
        "value": pl.Float64,
    }
    assert done.history.null_count().sum_horizontal().item() == 0
    json.dumps(done.facts)


def test_without_a_term_to_select_on_the_last_model_is_kept(tmp_path):
    model, values = torch.nn.Linear(1, 1), iter([0.1, 0.2, 0.3])
    before = model.weight.detach().clone()
    done = fit(
        model=model,
        loss=lambda model, batch: {"total": (model(batch) ** 2).mean()},
        batch=lambda step: torch.ones(4, 1),
        validate=lambda model: {"worse": next(values)},
        descent=Descent(torch.optim.SGD(model.parameters(), lr=0.1)),
        budget=Budget(steps=4, evaluate_every=2, log_every=1),
        select=None,
        context=context(tmp_path),
    )
    assert done.best_step == 4
    assert not torch.equal(model.weight, before)
    assert "best_None" not in done.facts
