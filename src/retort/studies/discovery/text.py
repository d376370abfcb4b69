"""Descriptions as words, and their counts as vectors: what a language model is held against."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

_TOKEN = re.compile(r"[A-Za-z]+|\d+\.\d+|\d+|[^\sA-Za-z\d]")
LONGEST_PHRASE = 2  # words and pairs of neighbouring words


def words(text: str) -> list[str]:
    """Words, numbers and signs of a description, in their order; decimal numbers to one place.

    Element symbols differ from words by their capitals, so these stay. A length of 2.45 Å is one of many, one of 2.4 Å
    a word that comes again. Counted and learned vectors are of the same words.
    """
    return [f"{float(token):.1f}" if "." in token[1:] else token for token in _TOKEN.findall(text)]


def vocabulary(texts: Iterable[str], least: int) -> list[str]:
    """The words that occur in at least so many texts, sorted."""
    counts = Counter(word for text in texts for word in set(words(text)))
    return sorted(word for word, count in counts.items() if count >= least)


def counted(texts: Sequence[str], fitted: np.ndarray, width: int) -> np.ndarray:
    """Latent semantic vectors (N, at most `width`): tf-idf of words and pairs, then their leading singular vectors.

    Args:
        texts: N descriptions.
        fitted: rows whose texts teach which words there are, their weights, and the projection; labels play no part.
        width: of the vectors, less where the words or rows do not allow it.

    Raises:
        ValueError: fewer than three texts to fit.
    """
    # Here, because a second of import counts in runs of other methods that take as long.
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    if len(fitted) < 3:
        raise ValueError(f"{len(fitted)} texts to count words of, expected 3. Hint: see the split.")
    vectorizer = TfidfVectorizer(
        tokenizer=words,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, LONGEST_PHRASE),
        sublinear_tf=True,
        min_df=2,
        dtype=np.float64,
    )
    with threadpool_limits(1):  # sums over threads end in other last digits
        seen = vectorizer.fit_transform([texts[row] for row in fitted])
        projection = TruncatedSVD(min(width, *(size - 1 for size in seen.shape)), random_state=0).fit(seen)
        return projection.transform(vectorizer.transform(texts))
