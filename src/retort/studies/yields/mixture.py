"""What several runs say together."""

import numpy as np

from retort.studies.yields.judged import Judged


def pooled(each: list[Judged]) -> Judged:
    """The mixture of what several runs say of the same rows: how far they are apart is doubt of the model, too.

    Of runs without sigmas it is none, since those that draw nothing are not apart at all.
    """
    one = each[0]
    if len(each) == 1:
        return one
    means = np.stack([run.mean for run in each])
    doubts = [run.epistemic for run in each if run.epistemic is not None]
    noises = [run.aleatoric for run in each if run.aleatoric is not None]
    doubt = np.mean(np.square(doubts), axis=0) if len(doubts) == len(each) else 0.0
    apart = np.sqrt(doubt + means.var(axis=0))
    return Judged(
        ids=one.ids,
        truth=one.truth,
        mean=means.mean(axis=0),
        aleatoric=np.sqrt(np.mean(np.square(noises), axis=0)) if len(noises) == len(each) else None,
        epistemic=apart if doubts or noises else None,
        chosen=None,
        peeked=None,
    )
