"""Which pieces of a window are hidden, and by what: fifteen of a hundred, single ones or whole words in a row."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from retort.studies.scitext.pieces import MASK, SPECIALS


@dataclass(frozen=True)
class Hidden:
    """Windows with hidden pieces.

    Attributes:
        seen: (M, L) pieces as the model sees them.
        places: (M, Q) in rising order, what is to be guessed.
        answers: (M, Q) the pieces that were there.
    """

    seen: Tensor
    places: Tensor
    answers: Tensor

    def to(self, device: torch.device | str) -> "Hidden":
        """The same on a device."""
        return replace(
            self,
            seen=self.seen.to(device),
            places=self.places.to(device),
            answers=self.answers.to(device),
        )


def hide(
    windows: np.ndarray, begins: np.ndarray, share: float, ngram: int, rng: np.random.Generator
) -> Hidden:
    """Hide `share` of every window's pieces, rounded, but at least one; ends of documents only if nothing else is left.

    Of the hidden, 80 % become the mask, 10 % a piece drawn evenly, 10 % stay (Devlin et al. 2019).

    Args:
        windows: (M, L) pieces.
        begins: (vocabulary,) bool, which pieces begin a word.
        ngram: most words that are hidden together, n of them with a chance in proportion to 1/n (as DeBERTa does); 0
            hides single pieces, whose neighbours in the word may be seen. The last word of a window's share may be
            hidden in part, so that every window has equally many places.
        rng: of all that is drawn.
    """
    many, length = windows.shape
    count = max(1, round(share * length))
    lots = rng.random((many, length)) if ngram == 0 else _of_words(windows, begins, ngram, rng)
    lots = np.where(windows < SPECIALS, 2.0, lots)
    # Stable, so that of pieces with one lot, which are one word's, the first come first.
    places = np.sort(np.argsort(lots, axis=1, kind="stable")[:, :count], axis=1)
    answers = np.take_along_axis(windows, places, axis=1)
    fate = rng.random((many, count))
    strangers = rng.integers(SPECIALS, len(begins), (many, count))
    shown = np.where(fate < 0.8, MASK, np.where(fate < 0.9, strangers, answers))
    seen = windows.copy()
    np.put_along_axis(seen, places, shown, axis=1)
    return Hidden(*(torch.from_numpy(each) for each in (seen, places, answers)))


def _of_words(windows: np.ndarray, begins: np.ndarray, ngram: int, rng: np.random.Generator) -> np.ndarray:
    """(M, L) a lot for every piece: its word's, or a lower one of a word before it whose run of words reaches it."""
    many, length = windows.shape
    word = np.cumsum(
        begins[windows], axis=1
    )  # of each piece, counted in its window; 0 where the first is cut off
    chances = 1 / np.arange(1, ngram + 1)
    lots = rng.random((many, length + 1))
    runs = rng.choice(np.arange(1, ngram + 1), (many, length + 1), p=chances / chances.sum())
    best = lots.copy()
    for back in range(1, ngram):
        reaching = np.where(runs[:, :-back] > back, lots[:, :-back], 2.0)
        best[:, back:] = np.minimum(best[:, back:], reaching)
    return np.take_along_axis(best, word, axis=1)
