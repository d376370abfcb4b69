"""The process on kernels: against scikit-learn's, a kernel by hand, and a sigma that rises for what was never seen."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import PairwiseKernel, WhiteKernel

from retort.datasets.views.component_descriptors import NOTHING
from retort.datasets.views.reaction_molecules import ARRAYS
from retort.studies.yields import kernels
from retort.studies.yields.data import read
from retort.studies.yields.tabular import Slots
from tests.studies.yields.small_plate import inputs

FEATURES = inputs().features
COUNTS = np.array([[1, 2, 0], [1, 1, 1], [0, 0, 0]], np.float32)


def records():
    return read(inputs().prepared, inputs().split)


def alike(slots, rows=range(48)):
    counts = load_file(FEATURES["reaction_fingerprints"] / ARRAYS)["ecfp"].astype(np.float32)
    return kernels.similarities(slots, FEATURES, counts, np.array(rows))


def test_similarities_by_hand():
    assert kernels.tanimoto(COUNTS) == pytest.approx(np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]))
    seen = np.array([True, True, True, False])
    found = kernels.gaussian(np.array([[0.0], [1.0], [2.0], [0.0]]), seen)
    # Squared distances among the seen ones are 1, 1 and 4 (in units of the spread 2/3): the median is 1.
    assert found[0] == pytest.approx([1, np.exp(-0.5), np.exp(-2), 1])
    same = kernels.gaussian(np.zeros((3, 2)), seen[:3])
    assert same == pytest.approx(np.ones((3, 3)))


def test_the_kernel_of_reactions():
    slots = Slots.read(FEATURES)
    every = np.arange(48)
    similar = alike(slots)
    assert set(similar) == {0, 1, 2, 3}
    whole = kernels.gram(slots, similar, every, every)
    assert np.diag(whole) == pytest.approx(np.ones(48))
    assert whole == pytest.approx(whole.T)
    assert np.linalg.eigvalsh(whole).min() > -1e-9
    assert whole.min() > 0
    # Rows 0 and 1 differ in the solvent alone.
    one, other = slots.molecules[0, 3], slots.molecules[1, 3]
    assert whole[0, 1] == pytest.approx((1 + similar[3][0][one, other]) / 2)


def test_an_empty_slot_is_like_an_empty_one_alone():
    slots = Slots.read(FEATURES)
    molecules = slots.molecules.copy()
    molecules[:2, 3] = NOTHING
    emptied = replace(slots, molecules=molecules)
    found = kernels.gram(emptied, {3: alike(slots)[3]}, np.arange(3), np.arange(3))
    assert found == pytest.approx(np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]]))


def test_it_is_the_process_of_scikit_learn():
    given = records()
    predicted, facts = kernels.run(given, FEATURES, seed=0)
    slots = Slots.read(FEATURES)
    train, asked = given.rows_of("train"), given.predicted
    similar = alike(slots, given.places[train])
    whole = kernels.gram(slots, similar, np.arange(48), np.arange(48))

    def metric(one, other, **_):
        return whole[int(one[0]), int(other[0])]

    kernel = facts["scale"] * PairwiseKernel(metric=metric) + WhiteKernel(facts["noise"] * facts["scale"])
    theirs = GaussianProcessRegressor(kernel, optimizer=None)
    center = given.yields[train].mean()
    theirs.fit(given.places[train][:, None], given.yields[train] - center)
    mean, sigma = theirs.predict(given.places[asked][:, None], return_std=True)
    assert predicted.mean == pytest.approx(mean + center, abs=1e-5)
    assert np.hypot(predicted.aleatoric, predicted.epistemic) == pytest.approx(sigma, rel=1e-4)


def test_noise_is_found():
    draw = np.random.default_rng(0)
    where = np.linspace(0, 10, 300)
    kernel = np.exp(-((where[:, None] - where) ** 2) / 2)
    true = 4 * kernel + 1 * np.eye(300)
    values = np.linalg.cholesky(true) @ draw.standard_normal(300)
    noise, scale = kernels.fitted(kernel, values)
    assert noise * scale == pytest.approx(1, rel=0.25)
    assert 1 < scale < 16


def test_what_was_never_seen_is_in_doubt():
    given = records()
    molecules = Slots.read(FEATURES).molecules[given.places, 0]
    held = molecules == molecules[0]
    part = given.table["part"].to_numpy().copy()
    part[held & (part == "train")] = "unlabelled"
    fewer = replace(given, table=given.table.with_columns(part=part))
    (before, told), (after, facts) = (kernels.run(each, FEATURES, seed=0) for each in (given, fewer))
    # In units of the process, whose spread is fitted anew.
    more = after.epistemic / np.sqrt(facts["scale"]) - before.epistemic / np.sqrt(told["scale"])
    unseen = held[fewer.predicted]
    assert more[unseen].min() > 0
    assert more[unseen].mean() > more[~unseen].mean()
