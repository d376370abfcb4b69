"""What guesses hidden pieces from an encoder's states: the enhanced mask decoder, the plain one, the last weights.

Of the last layer only the hidden places are computed besides keys and values: nobody looks at another's state there.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.nn.deberta import EPSILON, Deberta, Layer, draw


class EnhancedMaskDecoder(nn.Module):
    """The last layer, run twice with shared weights, by states that know where they stand (He et al. 2021, sec. 3.2).

    Keys and values are the states H below the last layer both times. What asks is H plus the absolute position first,
    then the answer to that.

    Args:
        width: of the states.
        positions: number of places that a sequence may have.
    """

    def __init__(self, width: int, positions: int):
        super().__init__()
        self.position_embeddings = nn.Embedding(positions, width)
        self.apply(draw)

    def forward(self, deberta: Deberta, pieces: Tensor, places: Tensor, real: Tensor | None = None) -> Tensor:
        """States (M, Q, width) of the pieces (M, L) at the places (M, Q).

        Raises:
            ValueError: sequences with more places than there are positions.
        """
        positions = self.position_embeddings.num_embeddings
        if pieces.shape[1] > positions:
            raise ValueError(
                f"{pieces.shape[1]} pieces, expected {positions} at most. Hint: shorten `pretraining.length`."
            )
        below, layer = _below(deberta, pieces, real)
        memory = layer.remember(below, deberta.table, real)
        asking = picked(below, places) + self.position_embeddings(places)
        return layer(layer(asking, memory, places), memory, places)


def plain(deberta: Deberta, pieces: Tensor, places: Tensor, real: Tensor | None = None) -> Tensor:
    """The last layer's states at some places: those of `Deberta.states`, of the places alone."""
    below, layer = _below(deberta, pieces, real)
    return layer(picked(below, places), layer.remember(below, deberta.table, real), places)


def _below(deberta: Deberta, pieces: Tensor, real: Tensor | None) -> tuple[Tensor, Layer]:
    """The states below the last layer, and that layer."""
    layers = len(deberta.layers) - 1
    return deberta.climbed(pieces, real, layers)[-1], deberta.layers[-1]


def picked(states: Tensor, places: Tensor) -> Tensor:
    """(M, L, width) at (M, Q) to (M, Q, width)."""
    rows = torch.arange(len(states), device=states.device)[:, None]
    return states[rows, places]


class LanguageHead(nn.Module):
    """States to logits of the vocabulary, with the embeddings as the last weights (tied).

    Args:
        width: of the states.
        logarithms: (vocabulary,) log shares of the pieces, with which the bias begins: what is left to learn is what
            the context says, and training does not rest on the plateau of the unigram entropy.
    """

    def __init__(self, width: int, logarithms: Tensor):
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.LayerNorm = nn.LayerNorm(width, EPSILON)
        self.apply(draw)
        self.bias = nn.Parameter(logarithms.clone())

    def forward(self, states: Tensor, embeddings: Tensor) -> Tensor:
        """(n, width) and (vocabulary, width) to (n, vocabulary)."""
        return F.linear(self.LayerNorm(F.gelu(self.dense(states))), embeddings, self.bias)
