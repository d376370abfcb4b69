"""Words to pieces: the tokenizer that all data sets share, and the corpus as one stream of pieces.

Byte-level pair encoding (Sennrich et al. 2016) has no unknown word; every word is encoded apart, with the blank before
it, so that it is known which pieces are whose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import load_file

PAD, UNKNOWN, START, END, MASK = range(5)  # the special pieces of the view word_pieces
SPECIALS = 5


class Tokenizer:
    """The tokenizer in a folder: the view `word_pieces`, or a local encoder's.

    Attributes:
        size: number of pieces.
        padding: the number that fills up what is shorter than others.
        start, end: pieces that stand before and after every text of an encoder of others; ours has none.

    Raises:
        FileNotFoundError: there is no tokenizer.json.
    """

    def __init__(self, folder: Path, start: Sequence[str] = (), end: Sequence[str] = ()):
        from tokenizers import (
            Tokenizer as Published,
        )  # half a second, which only those who read text wait for

        path = Path(folder) / "tokenizer.json"
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing. Hint: is {folder} a folder of the view word_pieces?")
        self._published = Published.from_file(str(path))
        self.size = self._published.get_vocab_size()
        self.padding = self._number("[PAD]")
        self.start, self.end = ([self._number(piece) for piece in pieces] for pieces in (start, end))
        self._known: dict[str, list[int]] = {}  # words come again and again

    @property
    def begins(self) -> np.ndarray:
        """(size,) bool, which pieces begin a word: those with its blank, and special ones."""
        names = (self._published.id_to_token(number) for number in range(self.size))
        return np.array([number < SPECIALS or str(name).startswith("Ġ") for number, name in enumerate(names)])

    def encode_words(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pieces of W words, each with the blank before it.

        Returns:
            (P,) int64 numbers; (W,) the first and (W,) the last piece of each word, counted in these.

        Raises:
            ValueError: a word without any piece: it is empty or blank.
        """
        pieces = list(self.start)
        first: list[int] = []
        last: list[int] = []
        for word in words:
            found = self._word(word)
            first.append(len(pieces))
            pieces += found
            last.append(len(pieces) - 1)
        pieces += self.end
        whole, begin, end = (np.array(each, dtype=np.int64) for each in (pieces, first, last))
        return whole, begin, end

    def encode_texts(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Pieces (P,) int32 of each of some plain texts, without start and end."""
        found = self._published.encode_batch(list(texts), add_special_tokens=False)
        return [np.array(each.ids, dtype=np.int32) for each in found]

    def _word(self, word: str) -> list[int]:
        if word not in self._known:
            found = self._published.encode(f" {word}", add_special_tokens=False).ids
            if not found or not word.strip():
                raise ValueError(f"word {word!r} has no piece, expected text. Hint: drop empty words.")
            self._known[word] = found
        return self._known[word]

    def _number(self, piece: str) -> int:
        number = self._published.token_to_id(piece)
        if number is None:
            raise ValueError(f"the tokenizer has no piece {piece}. Hint: is it one of DeBERTa's?")
        return number


def tokenizer_of(settings: Mapping, features: Mapping[str, Path]) -> Tokenizer:
    """The tokenizer that belongs to the block `encoder` of the settings: a local encoder brings its own."""
    if settings["kind"] == "local":
        return Tokenizer(Path(settings["folder"]), start=("[CLS]",), end=("[SEP]",))
    return Tokenizer(features["word_pieces"])


@dataclass(frozen=True)
class Pieces:
    """A corpus of N documents as one stream, in the order of its prepared table.

    Attributes:
        pieces: (P,) int32, all documents one after the other.
        offsets: (N + 1,) int64, where each begins and the last one ends.
        ids, domains: (N,) of the documents.
    """

    pieces: np.ndarray
    offsets: np.ndarray
    ids: np.ndarray
    domains: np.ndarray

    @classmethod
    def of(cls, view: Path) -> "Pieces":
        """The stream in a folder of the view `word_pieces`.

        Raises:
            ValueError: its files do not fit together.
        """
        arrays = load_file(Path(view) / "pieces.safetensors")
        documents = pl.read_parquet(Path(view) / "documents.parquet")
        pieces, offsets = arrays["pieces"], arrays["offsets"]
        if len(offsets) != len(documents) + 1 or offsets[-1] != len(pieces):
            raise ValueError(
                f"{view}: {len(documents)} documents, {len(offsets)} offsets up to {offsets[-1]}, {len(pieces)} "
                f"pieces, expected them to fit. Hint: delete {view}, and the next command makes it again."
            )
        return cls(pieces, offsets, documents["id"].to_numpy(), documents["domain"].to_numpy())

    def joined(self, documents: np.ndarray, between: int = END) -> tuple[np.ndarray, np.ndarray]:
        """Some documents as one stream, with a piece after each.

        Args:
            documents: (n,) their numbers, in the order in which they shall stand.

        Returns:
            (P',) int64 pieces, and (P',) the number of the document that each belongs to.
        """
        starts, lengths = self.offsets[documents], np.diff(self.offsets)[documents] + 1
        ends = np.cumsum(lengths)
        owner = np.repeat(np.arange(len(documents)), lengths)
        within = np.arange(ends[-1] if len(ends) else 0) - (ends - lengths)[owner]
        last = within == lengths[owner] - 1
        stream = self.pieces[np.where(last, 0, starts[owner] + within)].astype(np.int64)
        return np.where(last, between, stream), documents[owner]
