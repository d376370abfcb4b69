"""Pre-training end to end: every pretext with every backbone that it can have, and interrupted runs."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from retort.studies.molecules import pretrain as module
from retort.studies.molecules.backbones import make
from retort.studies.molecules.pretrain import molecules, pretrain
from retort.studies.molecules.targets import Targets
from retort.training.batches import FullBatches
from retort.training.seeding import seed_everything

from ...training.in_folder import context
from . import sixty_molecules

PAIRS = [(pretext, kind) for pretext, (_, kinds) in module.PRETEXTS.items() for kind in kinds]
COLLAPSE = {"teacher_entropy", "kl_uniform", "kl_uniform_each", "feature_sd"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return sixty_molecules.store(tmp_path_factory.mktemp("view"))


def run(store, folder, settings, seed=0, fingerprint="a"):
    seed_everything(seed)
    targets = known(store) if settings["pretext"] in module.TOLD else None
    return pretrain(store, sixty_molecules.parts(), settings, context(folder, seed, fingerprint), targets)


def known(store):
    """The length of each string, where it is even, and whether it has a nitrogen."""
    lengths = np.array([len(text) for text in store.standard], np.float32)
    nitrogen = ["n" in text.lower() for text in store.standard]
    values = np.stack([np.where(lengths % 2 == 0, lengths, np.nan), nitrogen], axis=1)
    return Targets(values.astype(np.float32), np.array([False, True]))


def test_all_seven_pretexts_are_there():
    assert sorted(PAIRS) == [
        ("cbow", "walks"),
        ("contrast", "gin"),
        ("contrast", "smiles"),
        ("descriptors", "gin"),
        ("descriptors", "smiles"),
        ("dino", "gin"),
        ("dino", "smiles"),
        ("mlm", "smiles"),
        ("molclr", "gin"),
        ("supervised", "gin"),
        ("supervised", "smiles"),
    ]


@pytest.mark.parametrize(("pretext", "kind"), PAIRS)
def test_every_pretext_trains_and_its_backbone_loads(store, tmp_path, pretext, kind):
    settings = sixty_molecules.settings(pretext=pretext, backbone=kind)
    weights, history, facts = run(store, tmp_path, settings)
    assert facts["steps"] == 3
    assert (facts["molecules"], facts["held_out"], facts["molecules_seen"]) == (48, 12, 48)
    assert all(name.startswith("backbone.") for name in weights)
    backbone = make(settings)
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    backbone.load_state_dict({name.removeprefix("backbone."): value for name, value in weights.items()})
    after = backbone.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in after)
    assert all(torch.isfinite(value).all() for value in weights.values() if value.is_floating_point())
    valid = history.filter(pl.col("part") == "valid", pl.col("term") == "total")
    assert valid["step"].to_list() == [0, 2, 3]
    wanted = COLLAPSE | {"total", "momentum", "learning_rate"} if pretext == "dino" else {"total"}
    assert wanted <= set(history.filter(part="train")["term"])
    if pretext == "dino":
        entropy = history.filter(term="teacher_entropy")["value"]
        assert entropy.is_between(0, math.log(24)).all()


@pytest.mark.parametrize("pretext", module.TOLD)
def test_what_is_told_is_learned(store, tmp_path, pretext):
    settings = sixty_molecules.settings(
        pretext=pretext, pretraining={"epochs": 40, "learning_rate": 1e-2, "warmup": 0.1}
    )
    _, history, _ = run(store, tmp_path, settings)
    for term in ("squared_error", "cross_entropy"):
        course = history.filter(part="train", term=term).sort("step")["value"]
        assert course[-1] < 0.5 * course[0], term


def test_pretexts_that_are_told_something_need_it_and_others_have_none(store, tmp_path):
    for pretext, targets in (("descriptors", None), ("dino", known(store))):
        settings = sixty_molecules.settings(pretext=pretext)
        with pytest.raises(ValueError, match=pretext):
            pretrain(store, sixty_molecules.parts(), settings, context(tmp_path, 0, "a"), targets)


def test_dino_goes_without_local_crops(store, tmp_path):
    _, history, _ = run(store, tmp_path, sixty_molecules.settings(crops={"locals": 0}))
    assert history.filter(part="train", term="total")["value"].is_finite().all()


@pytest.mark.parametrize("norm", ["layer", "batch"])
def test_an_interrupted_run_ends_with_the_same_bytes(store, tmp_path, monkeypatch, norm):
    """Teacher, centre and statistics lie in the checkpoint, and the average of a step is taken exactly once."""
    settings = sixty_molecules.settings(gin={"norm": norm}, pretraining={"epochs": 2})
    whole = run(store, tmp_path / "whole", settings)

    of = module.Budget.of
    often = staticmethod(lambda *sizes: replace(of(*sizes), checkpoint_seconds=0.0))
    monkeypatch.setattr(module.Budget, "of", often)
    draw = FullBatches.__call__

    def killed(self, step):
        if step == 3:
            raise KeyboardInterrupt
        return draw(self, step)

    monkeypatch.setattr(FullBatches, "__call__", killed)
    with pytest.raises(KeyboardInterrupt):
        run(store, tmp_path / "cut", settings)
    monkeypatch.setattr(FullBatches, "__call__", draw)
    shown = []
    monkeypatch.setattr(FullBatches, "__call__", lambda self, step: shown.append(step) or draw(self, step))
    resumed = run(store, tmp_path / "cut", settings)
    assert shown == [3, 4, 5]
    again = run(store, tmp_path / "cut", settings)  # finished: only what follows training is done anew
    for other in (resumed, again):
        assert other[0].keys() == whole[0].keys()
        assert all(torch.equal(other[0][name], whole[0][name]) for name in whole[0])
        assert other[1].equals(whole[1])


def test_the_teacher_is_what_is_kept(store, tmp_path):
    """With a momentum of 1 it never moves, whatever the student learns."""
    settings = sixty_molecules.settings(dino={"momentum": 1.0})
    weights, _, _ = run(store, tmp_path, settings)
    seed_everything(0)
    first = make(settings).state_dict()
    assert all(torch.equal(weights[f"backbone.{name}"], value) for name, value in first.items())


def test_seeds_differ_and_repeat(store, tmp_path):
    settings = sixty_molecules.settings()
    one, other, again = (
        run(store, tmp_path / str(n), settings, seed)[1].filter(term="total")["value"].to_list()
        for n, seed in enumerate((0, 1, 0))
    )
    assert one == again
    assert one != other


def test_a_part_of_the_corpus_is_a_subset_of_more(store):
    parts = sixty_molecules.parts()
    few, held = molecules(store, parts, 10, seed=0)
    more, same = molecules(store, parts, 20, seed=0)
    everything, _ = molecules(store, parts, None, seed=0)
    assert set(few) < set(more) < set(everything)
    assert held.tolist() == same.tolist()
    assert not set(held) & set(everything)
    assert (len(few), len(more), len(everything), len(held)) == (10, 20, 48, 12)
    assert molecules(store, parts, 10, seed=1)[0].tolist() != few.tolist()


def test_pretexts_that_cannot_be_are_refused(store, tmp_path):
    for changes in (
        {"pretext": "mlm"},
        {"pretext": "molclr", "backbone": "smiles"},
        {"pretext": "byol"},
        {"pretext": "cbow"},
    ):
        with pytest.raises(ValueError, match="Hint"):
            run(store, tmp_path, sixty_molecules.settings(**changes))
    with pytest.raises(ValueError, match=r"'valid'.*Hint"):
        molecules(store, sixty_molecules.parts(held=0), None, seed=0)
