"""The classical methods, against scikit-learn called plainly and against what can be told by hand."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.svm import SVC, SVR

from retort.chemistry.molecules import ecfp
from retort.studies.molecules import baselines
from retort.studies.molecules.data import Records

SETTINGS = {"forest": {"trees": 20}, "svm": {"c": 1.0}, "ngram": {"longest": 4, "c": 10.0}}
METHODS = ("forest", "svm", "ngram")
# Acids and amines of growing chains, with a ring or without.
ACIDS = [
    f"{'C' * n}{ring}C(=O)O" for n in range(1, 7) for ring in ("", "c1ccc(cc1)", "C1CCC(CC1)", "c1ccc(s1)")
]
AMINES = [f"{'C' * n}{ring}CN" for n in range(1, 7) for ring in ("", "c1ccc(cc1)", "C1CCC(CC1)", "c1ccc(s1)")]


def records_of(texts, labels, kind="classification", names=None):
    """Every fifth molecule is valid, every fifth after it test."""
    labels = np.asarray(labels, np.float64).reshape(len(texts), -1)
    parts = [{3: "valid", 4: "test"}.get(row % 5, "train") for row in range(len(texts))]
    table = pl.DataFrame(
        {
            "id": [f"{row:03d}" for row in range(len(texts))],
            "part": parts,
            **{text: list(texts) for text in ("standard", "canonical", "smiles")},
        }
    )
    names = names or tuple(f"label {number}" for number in range(labels.shape[1]))
    return Records(table, labels, names, kind)


def run(records, method, seed=0, **changes):
    settings = SETTINGS | {"method": method, "text": "standard"} | changes
    return baselines.run(records, settings, seed=seed, progress=False)


@pytest.fixture
def acids():
    """Which of two functional groups a molecule has: all methods must see it."""
    texts = [text for pair in zip(ACIDS, AMINES, strict=True) for text in pair]
    return records_of(texts, [text.endswith("O") for text in texts])


def plainly(model, records, label=0):
    """A scikit-learn model of the dense fingerprints, on the measured training rows."""
    bits = ecfp(records.texts, 2, 2048).astype(np.float64)
    rows = records.rows_of("train")
    rows = rows[~np.isnan(records.labels[rows, label])]
    return model.fit(bits[rows], records.labels[rows, label]), bits[records.predicted]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns_what_the_text_shows(acids, method):
    values, facts = run(acids, method)
    wanted = acids.labels[acids.predicted, 0]
    assert values.shape == (len(acids.predicted), 1)
    assert values[wanted == 1, 0].min() > values[wanted == 0, 0].max()
    assert facts == {"training_rows": len(acids.rows_of("train")), "constant_labels": []}


def test_the_forest_is_scikit_learns(acids):
    noise = np.random.default_rng(0).random(len(acids)) < 0.3
    records = records_of(acids.texts, np.where(noise, 1 - acids.labels[:, 0], acids.labels[:, 0]))
    forest = RandomForestClassifier(20, class_weight="balanced", random_state=3)
    forest, bits = plainly(forest, records)
    np.testing.assert_array_equal(run(records, "forest", seed=3)[0][:, 0], forest.predict_proba(bits)[:, 1])
    assert (run(records, "forest", seed=4)[0] != run(records, "forest", seed=3)[0]).any()


def test_the_forest_of_vectors_is_scikit_learns(acids):
    """On given vectors the same forest, dense, and no fingerprint is read."""
    vectors = np.random.default_rng(0).normal(size=(len(acids), 30)).astype(np.float32)
    vectors[:, 3] += acids.labels[:, 0]
    settings = SETTINGS | {"method": "forest", "text": "standard"}
    values, _ = baselines.run(acids, settings, vectors, seed=3, progress=False)
    forest = RandomForestClassifier(20, class_weight="balanced", random_state=3)
    train = acids.rows_of("train")
    forest.fit(vectors[train], acids.labels[train, 0])
    np.testing.assert_array_equal(values[:, 0], forest.predict_proba(vectors[acids.predicted])[:, 1])


def test_the_kernel_machine_is_scikit_learns(acids):
    noise = np.random.default_rng(0).random(len(acids)) < 0.3
    records = records_of(acids.texts, np.where(noise, 1 - acids.labels[:, 0], acids.labels[:, 0]))
    machine, bits = plainly(SVC(class_weight="balanced"), records)
    np.testing.assert_allclose(run(records, "svm")[0][:, 0], machine.decision_function(bits), atol=1e-9)


def test_the_kernel_is_that_of_the_definition():
    bits = (np.random.default_rng(1).random((30, 64)) < 0.2).astype(np.uint8)
    bits[3] = 0
    distances = baselines.Distances.of(bits)
    rows, columns = np.array([3, 0, 29]), np.arange(5, 25)
    gamma = distances.gamma(columns, 64)
    assert gamma == pytest.approx(1 / (64 * bits[columns].astype(float).var()), rel=1e-12)
    difference = bits[rows][:, None].astype(float) - bits[columns]
    wanted = np.exp(-gamma * (difference**2).sum(axis=2))
    np.testing.assert_allclose(distances.kernel(gamma, rows, columns), wanted, rtol=1e-14)


def test_numbers_are_in_the_labels_unit():
    """A shifted and scaled label gives shifted and scaled values; the forest's and the machine's are scikit-learn's."""
    lengths = np.array([len(text) for text in ACIDS], float)
    one = records_of(ACIDS, lengths, "regression")
    other = records_of(ACIDS, 100 + 7 * lengths, "regression")
    for method in METHODS:
        values = run(one, method)[0]
        np.testing.assert_allclose(run(other, method)[0], 100 + 7 * values, rtol=1e-6)
        assert np.abs(values[:, 0] - lengths[one.predicted]).mean() < lengths.std()
    forest, bits = plainly(RandomForestRegressor(20, max_features=1 / 3, random_state=0), one)
    np.testing.assert_allclose(run(one, "forest")[0][:, 0], forest.predict(bits), rtol=1e-12)
    train = lengths[one.rows_of("train")]
    machine, bits = plainly(SVR(), records_of(ACIDS, (lengths - train.mean()) / train.std(), "regression"))
    wanted = train.mean() + train.std() * machine.predict(bits)
    np.testing.assert_allclose(run(one, "svm")[0][:, 0], wanted, atol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_unmeasured_rows_do_not_count(acids, method):
    """Labels that are measured on some rows only are as if the other rows were not there; labels do not mix."""
    gone = np.arange(len(acids)) % 10 == 1  # training rows
    labels = np.where(gone, np.nan, acids.labels[:, 0])
    both = records_of(acids.texts, np.stack([labels, acids.labels[:, 0]], axis=1))
    kept = np.flatnonzero(~gone)
    without = Records(acids.table[kept], acids.labels[kept], acids.names, acids.kind)
    values = run(both, method)[0]
    np.testing.assert_allclose(values[:, 0], run(without, method)[0][:, 0], rtol=1e-9)
    np.testing.assert_allclose(values[:, 1], run(acids, method)[0][:, 0], rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_label_of_one_class_gives_a_constant(acids, method):
    train = acids.table["part"].to_numpy() == "train"
    positive = np.where(train, 1.0, acids.labels[:, 0])
    unmeasured = np.where(train, np.nan, acids.labels[:, 0])
    records = records_of(acids.texts, np.stack([positive, unmeasured], axis=1), names=("all", "none"))
    values, facts = run(records, method)
    assert (values[:, 0] == 1).all()
    assert (values[:, 1] == 0.5).all()
    assert facts["constant_labels"] == ["all", "none"]


def test_the_ngrams_read_letters_case_and_the_chosen_text_only():
    """Aromatic and Kekulé forms of the same molecules differ in nothing but how they are written."""
    from rdkit import Chem

    aromatic = [text for text in ACIDS + AMINES if "c1" in text]
    written = []
    for row, text in enumerate(aromatic):
        molecule = Chem.MolFromSmiles(text)
        if row % 2:
            Chem.Kekulize(molecule, clearAromaticFlags=True)
        written.append(Chem.MolToSmiles(molecule))
    records = records_of(written, np.arange(len(written)) % 2)
    wanted = records.labels[records.predicted, 0] == 1
    values = run(records, "ngram")[0][:, 0]
    assert values[wanted].min() > values[~wanted].max()
    same = records_of(aromatic, records.labels)
    np.testing.assert_array_equal(run(records, "forest")[0], run(same, "forest")[0])


def test_too_many_molecules_for_the_kernel_are_refused(acids, monkeypatch):
    monkeypatch.setattr(baselines, "MOST_SVM_ROWS", 10)
    with pytest.raises(ValueError, match=r"48 molecules for the SVM, expected at most 10.*Hint"):
        run(acids, "svm")


def test_the_forest_reads_fingerprints_as_a_sparse_array():
    found = baselines._bits(ACIDS)
    assert sparse.issparse(found)
    np.testing.assert_array_equal(found.toarray(), ecfp(ACIDS, 2, 2048))
