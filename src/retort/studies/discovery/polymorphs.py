"""Polymorphs ordered by what was learned of other formulas, and by what stands beside the crystals.

Ten folds by formula inside one run: the records of a fold are predicted by who saw neither them nor their formula, but
all other crystals and the pairs of the other folds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from retort.runs import RunInputs
from retort.studies.discovery.data import Materials, predictions
from retort.studies.discovery.heads import Task, predict
from retort.studies.discovery.pairs import folds, pairs
from retort.studies.discovery.represent import arm
from retort.training.run import Outcome, RunContext

POOL = "pairs"  # how predictions of records of pairs are told from others
INNER = 5  # folds of the training formulas that choose a penalty


@dataclass(frozen=True)
class Fold:
    """Records of pairs whose order is asked for, and those that may be learned from.

    Attributes:
        materials: all crystals, N of them.
        columns: (N, W) float64.
        labels: (N,) float64.
        asked: (M,) row numbers of this fold.
        seen: (S,) row numbers of the other folds.
    """

    materials: Materials
    columns: np.ndarray
    labels: np.ndarray
    asked: np.ndarray
    seen: np.ndarray


def run(materials: Materials, inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Predict the records of test, fold by fold; the median calls all of them equal.

    `regression` learns energies, `difference` from which vector the less stable polymorph differs in which direction:
    a logistic regression on the differences of pairs, whose score of a record orders it.

    Raises:
        ValueError: an unknown learner, or a perceptron, whose checkpoint would go from one fold to the next.
    """
    chosen, learners = settings["pairs"], {"regression": _regression, "difference": _difference}
    if chosen["learner"] not in learners:
        raise ValueError(f"learner {chosen['learner']!r}, expected one of {', '.join(learners)}.")
    if settings["head"] == "mlp":
        raise ValueError("the head 'mlp' has no folds of polymorphs. Hint: take ridge or boosting.")
    if settings["method"] == "median":
        test = materials.rows_of("test")
        return _outcome(
            materials, test, np.full(len(test), np.median(materials.labels()[materials.train])), {}
        )
    trees = chosen["learner"] == "regression" and settings["head"] == "boosting"
    width = None if trees else settings["width"]
    columns = arm(settings["reads"], materials, inputs, settings, context.seed, width=width)
    test, labels = materials.rows_of("test"), materials.labels()
    names = materials.table["composition"].to_list()
    fold = folds([names[row] for row in test], chosen["folds"], context.seed)
    values = np.zeros(len(test))
    for number in np.unique(fold):
        asked, seen = test[fold == number], test[fold != number]
        one = Fold(materials, columns, labels, asked, seen)
        values[fold == number] = learners[chosen["learner"]](one, settings, context)
    return _outcome(materials, test, values, {"folds": int(fold.max()) + 1, "columns": columns.shape[1]})


def _outcome(materials: Materials, test: np.ndarray, values: np.ndarray, facts: dict) -> Outcome:
    assert materials.target is not None
    table = predictions(materials, test, materials.target, values).with_columns(pool=pl.lit(POOL))
    return Outcome({}, table, facts=facts)


def _regression(fold: Fold, settings: dict, context: RunContext) -> np.ndarray:
    """Energies (M,) of the asked rows, learned from train and the pairs of the other folds."""
    materials = fold.materials
    assert materials.target is not None
    learned = np.sort(np.concatenate([materials.train, fold.seen]))
    task = Task(fold.columns, fold.labels, learned, materials.held(context.seed), materials.target)
    return predict(settings["head"], task, settings, context).values[fold.asked]


def _difference(fold: Fold, settings: dict, context: RunContext) -> np.ndarray:
    """Scores (M,) of the asked rows, higher for the less stable one; the penalty is chosen by folds of formulas."""
    from sklearn.linear_model import LogisticRegressionCV

    names = fold.materials.table["composition"].gather(fold.seen).to_list()
    found = pairs(names, fold.labels[fold.seen])
    if len({names[row] for row in found[:, 0]}) < 2 * INNER:
        return np.zeros(len(fold.asked))  # nothing to learn an order from: all is tied
    rows = fold.columns * np.sqrt(fold.columns.shape[1])
    gaps = rows[fold.seen[found[:, 0]]] - rows[fold.seen[found[:, 1]]]
    # Each pair both ways, and no intercept: the order in which two are named says nothing.
    doubled, which = np.concatenate([gaps, -gaps]), np.repeat([1, 0], len(gaps))
    inner = np.tile(folds([names[row] for row in found[:, 0]], INNER, context.seed), 2)
    cuts = [(np.flatnonzero(inner != part), np.flatnonzero(inner == part)) for part in range(INNER)]
    with threadpool_limits(1):
        model = LogisticRegressionCV(
            Cs=settings["pairs"]["strengths"],
            cv=cuts,
            fit_intercept=False,
            l1_ratios=(0,),
            scoring="neg_log_loss",
            max_iter=2000,
            use_legacy_attributes=False,
        ).fit(doubled, which)
        return rows[fold.asked] @ model.coef_[0]


def ordered(materials: Materials, inputs: RunInputs, settings: dict) -> Outcome:
    """Order the records of test by what is no physics, or hardly any: nothing is learned.

    `later-id`: the higher number in the id is the less stable one (a date, in this database); `shorter-text`;
    `fewer-sites`; `larger-volume` per atom.
    """
    by: dict[str, Callable[[Materials, RunInputs], np.ndarray]] = {
        "later-id": _number_in_id,
        "shorter-text": _minus_words,
        "fewer-sites": lambda materials, inputs: -materials.table["sites"].to_numpy().astype(float),
        "larger-volume": _volume_per_atom,
    }
    values = by[settings["order"]](materials, inputs)
    test = materials.rows_of("test")
    return _outcome(materials, test, values[test], {})


def _number_in_id(materials: Materials, inputs: RunInputs) -> np.ndarray:
    return np.array([float(re.sub(r"\D", "", name) or "nan") for name in materials.ids])


def _minus_words(materials: Materials, inputs: RunInputs) -> np.ndarray:
    texts = materials.texts(inputs.features.get("descriptions"), "text")
    return np.array([np.nan if text is None else -float(len(text.split())) for text in texts])


def _volume_per_atom(materials: Materials, inputs: RunInputs) -> np.ndarray:
    cells = np.array(materials.table["lattice"].to_list(), np.float64).reshape(-1, 3, 3)
    return np.abs(np.linalg.det(cells)) / materials.table["sites"].to_numpy()
