"""Sentences as an encoder reads them, for the models that judge words and pairs one sentence at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from retort.runs import RunInputs
from retort.studies.scitext import encoder as encoders
from retort.studies.scitext.encoder import Encoder
from retort.studies.scitext.pieces import Tokenizer, tokenizer_of

RENEWAL = 1  # what a generator of its own is for, as in `finetune`


def started(inputs: RunInputs, settings: dict, seed: int) -> tuple[Encoder, Tokenizer, dict]:
    """The encoder that a run tunes or reads, with its tokenizer and facts of its renewal.

    Its weights are those of the run that plays `encoder`, else random (of a local one from its folder); then layers are
    renewed. Raises ValueError where they do not fit.
    """
    tokenizer = tokenizer_of(settings["encoder"], inputs.features)
    encoder = encoders.build(settings["encoder"], tokenizer.size)
    for folder in inputs.uses.get("encoder", ()):
        encoders.load(encoder, folder)
    own = int(np.random.default_rng([seed, RENEWAL]).integers(2**62))
    return encoder, tokenizer, encoders.renew(encoder, settings["renew"], own)


@dataclass(frozen=True)
class Pieced:
    """S sentences as pieces.

    Attributes:
        pieces: (P,) long of each, at most as many as the encoder reads.
        first, last: (W,) the first and the last piece of each word; of words behind the cut the last piece there is.
        read: (S,) words that are read as a whole, at least one.
        padding: the piece that fills up.
    """

    pieces: list[Tensor]
    first: list[Tensor]
    last: list[Tensor]
    read: np.ndarray
    padding: int

    @classmethod
    def of(cls, sentences: Sequence[Sequence[str]], tokenizer: Tokenizer, longest: int) -> "Pieced":
        """Cut to `longest` pieces."""
        pieces, first, last, read = [], [], [], []
        for words in sentences:
            own, begins, ends = tokenizer.encode_words(words)
            pieces.append(torch.from_numpy(own[:longest]))
            room = min(longest, len(own)) - 1
            first.append(torch.from_numpy(np.minimum(begins, room)))
            last.append(torch.from_numpy(np.minimum(ends, room)))
            read.append(max(1, int((ends < longest).sum())))
        return cls(pieces, first, last, np.array(read, np.int64), tokenizer.padding)

    def states(self, encoder: Encoder, rows: np.ndarray, device: torch.device) -> Tensor:
        """(M, P, width) of some sentences; those of padding mean nothing."""
        own = pad_sequence([self.pieces[row] for row in rows], batch_first=True, padding_value=self.padding)
        lengths = torch.tensor([len(self.pieces[row]) for row in rows])
        real = torch.arange(own.shape[1])[None] < lengths[:, None]
        whole = bool(real.all())
        return encoder.states(own.to(device), None if whole else real.to(device))

    def words(self, encoder: Encoder, rows: np.ndarray, device: torch.device) -> Tensor:
        """(M, L, width) the state of the first piece of each word that is read, as in BERT; L words at most."""
        first = pad_sequence([self.first[row][: self.read[row]] for row in rows], batch_first=True).to(device)
        states = self.states(encoder, rows, device)
        return states.gather(1, first[..., None].expand(-1, -1, states.shape[-1]))
