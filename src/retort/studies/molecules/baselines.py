"""The classical bar: forest and support vectors on fingerprints, and a linear model on the text's own letters.

The forest and the SVM are MoleculeNet's: ECFP4, one model for each label. The n-gram model knows no chemistry; where
it is good, the way a molecule is *written* gives its label away (ClinTox), and any language model can read it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from retort.chemistry.molecules import ecfp
from retort.studies.molecules.data import CLASSIFICATION, REGRESSION, Records

# scipy and sklearn are imported by what uses them: a second of import counts in runs of other methods that take ten.
if TYPE_CHECKING:
    from scipy import sparse

RADIUS, BITS = 2, 2048
ROWS_AT_ONCE, CACHE_MB = 512, 500
# Bits that a split chooses among: the square root of all for classes, for numbers a third (Breiman's rule).
CHOICE = {CLASSIFICATION: "sqrt", REGRESSION: 1 / 3}
# The kernel of so many molecules takes about 3 GB.
MOST_SVM_ROWS = 18_000


def run(
    records: Records, settings: dict, vectors: np.ndarray | None = None, *, seed: int, progress: bool
) -> tuple[np.ndarray, dict]:
    """Fit the baseline `settings['method']` (forest | svm | ngram), one model for each label.

    A label's unmeasured rows (NaN) are left out. Where the measured training rows have one value only, all rows get
    that value, and without any measured row the middle, 0.5 or 0: a constant score, which ranks nothing.

    Args:
        vectors: (N, W) float32 of the records, which the forest reads instead of fingerprints.

    Returns:
        Values (M, T) of the rows `records.predicted`, and facts for run.json.
        Classification: a score, higher = positive; a probability but for the SVM, whose score is its signed distance
        to the boundary. Regression: in the label's unit.

    Raises:
        ValueError: there are too many molecules for the SVM.
    """
    train, predicted = records.rows_of("train"), records.predicted
    method = settings["method"]
    prepare = {"forest": _bits, "svm": _distances, "ngram": _letters}[method]
    fits: dict[str, Callable[..., np.ndarray]] = {"forest": _forest, "svm": _svm, "ngram": _ngram}
    fit = fits[method]
    classify = records.kind == CLASSIFICATION
    values = np.empty((len(predicted), len(records.names)))
    constant = []
    with threadpool_limits(1):  # sums over threads end in other last digits
        inputs = prepare(records.texts) if vectors is None else vectors
        bar = tqdm(records.names, desc=method, unit="label", disable=None if progress else True)
        for number, name in enumerate(bar):
            labels = records.labels[train, number]
            measured = ~np.isnan(labels)
            rows, labels = train[measured], labels[measured]
            if len(rows) == 0 or (labels == labels[0]).all():
                values[:, number] = labels[0] if len(rows) else 0.5 if classify else 0.0
                constant.append(name)
            else:
                values[:, number] = fit(inputs, rows, predicted, labels, classify, settings[method], seed)
    return values, {"training_rows": len(train), "constant_labels": constant}


def _bits(smiles: list[str]) -> sparse.csr_matrix:
    """ECFP4 in float32 (N, BITS), the trees' own type.

    A molecule sets about 40 of the 2048 bits. sklearn's trees do not look at the others of a sparse array: they come
    out the same, and grow 1.3 (BBBP) to 3.5 (Tox21) times as fast.
    """
    from scipy import sparse

    return sparse.csr_matrix(ecfp(smiles, RADIUS, BITS), dtype=np.float32)


def _forest(
    inputs: np.ndarray | sparse.csr_matrix,
    rows: np.ndarray,
    predicted: np.ndarray,
    labels: np.ndarray,
    classify: bool,
    chosen: dict,
    seed: int,
) -> np.ndarray:
    """Random forest on fingerprints or vectors, each split chosen among so many of their numbers as `CHOICE` says."""
    from scipy import sparse
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    options = {"n_estimators": chosen["trees"], "n_jobs": 1, "random_state": seed}
    seen = inputs[rows].tocsc() if sparse.issparse(inputs) else inputs[rows]
    if classify:
        forest = RandomForestClassifier(
            max_features=CHOICE[CLASSIFICATION], class_weight="balanced", **options
        )
        return forest.fit(seen, labels.astype(int)).predict_proba(inputs[predicted])[:, 1]
    forest = RandomForestRegressor(max_features=CHOICE[REGRESSION], **options)
    return forest.fit(seen, labels).predict(inputs[predicted])


@dataclass(frozen=True)
class Distances:
    """What an RBF kernel needs of N bit vectors: `squared` (N, N) int16 distances and the `set` bits (N,) of each."""

    squared: np.ndarray
    set: np.ndarray

    @classmethod
    def of(cls, bits: np.ndarray) -> Distances:
        """Of 0/1 vectors (N, B): whole numbers, which BLAS gives exactly, in single precision too."""
        vectors, counts = bits.astype(np.float32), bits.sum(axis=1, dtype=np.float32)
        squared = np.empty((len(bits), len(bits)), np.int16)
        for start in range(0, len(bits), ROWS_AT_ONCE):
            some = slice(start, start + ROWS_AT_ONCE)
            squared[some] = counts[some, None] + counts - 2 * (vectors[some] @ vectors.T)
        return cls(squared, counts.astype(np.int64))

    def gamma(self, rows: np.ndarray, width: int) -> float:
        """sklearn's `gamma='scale'` of these rows: 1 / (width * variance), of bits of which a share p is set."""
        share = self.set[rows].sum() / (len(rows) * width)
        return 1 / (width * share * (1 - share))

    def kernel(self, gamma: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """exp(-gamma * squared) as float64 (rows, columns); each exponential is taken once."""
        values = np.exp(-gamma * np.arange(int(self.squared.max()) + 1))
        kernel = np.empty((len(rows), len(columns)))
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = slice(start, start + ROWS_AT_ONCE)
            np.take(values, self.squared[rows[some]][:, columns], out=kernel[some])
        return kernel


def _distances(smiles: list[str]) -> Distances:
    if len(smiles) > MOST_SVM_ROWS:
        raise ValueError(
            f"{len(smiles)} molecules for the SVM, expected at most {MOST_SVM_ROWS}: its kernel would not fit in "
            "memory. Hint: leave the variant `svm` out of this data set's grid block"
        )
    return Distances.of(ecfp(smiles, RADIUS, BITS))


def _svm(
    distances: Distances,
    rows: np.ndarray,
    predicted: np.ndarray,
    labels: np.ndarray,
    classify: bool,
    chosen: dict,
    seed: int,
) -> np.ndarray:
    """Support vectors with sklearn's RBF kernel, `gamma='scale'`; nothing in it is random.

    libsvm takes its kernel bit by bit and pair by pair, and anew for each label: 20 to 50 times slower here.
    """
    from sklearn.svm import SVC, SVR

    gamma = distances.gamma(rows, BITS)
    seen, asked = distances.kernel(gamma, rows, rows), distances.kernel(gamma, predicted, rows)
    if classify:
        model = SVC(C=chosen["c"], kernel="precomputed", class_weight="balanced", cache_size=CACHE_MB)
        return model.fit(seen, labels.astype(int)).decision_function(asked)
    center, scale = labels.mean(), labels.std()
    model = SVR(C=chosen["c"], kernel="precomputed", cache_size=CACHE_MB)
    return center + scale * model.fit(seen, (labels - center) / scale).predict(asked)


def _ngram(
    texts: np.ndarray,
    rows: np.ndarray,
    predicted: np.ndarray,
    labels: np.ndarray,
    classify: bool,
    chosen: dict,
    seed: int,
) -> np.ndarray:
    """Tf-idf of the text's runs of 1 to `longest` letters, then a linear model; nothing in it is random."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge

    # Case is kept: it tells an aromatic atom from an aliphatic one.
    letters = TfidfVectorizer(analyzer="char", ngram_range=(1, chosen["longest"]), lowercase=False)
    seen, asked = letters.fit_transform(texts[rows]), letters.transform(texts[predicted])
    if classify:
        model = LogisticRegression(C=chosen["c"], class_weight="balanced", max_iter=1000)
        return model.fit(seen, labels.astype(int)).predict_proba(asked)[:, 1]
    # The same penalty on the squared error: C sum(error^2) / 2 + |w|^2 / 2.
    center, scale = labels.mean(), labels.std()
    model = Ridge(alpha=1 / chosen["c"], solver="sparse_cg", tol=1e-8)
    return center + scale * model.fit(seen, (labels - center) / scale).predict(asked)


def _letters(texts: list[str]) -> np.ndarray:
    return np.array(texts, dtype=object)
