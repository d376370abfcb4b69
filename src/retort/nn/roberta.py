"""The encoder of RoBERTa (Liu et al. 2019): BERT's (Devlin et al. 2019) with positions that are counted after padding.

Names and order of the weights, and how they are drawn, are those of the package transformers (Wolf et al. 2020): the
models of either can be read by the other, and a seed gives the same weights. Importing that takes five seconds.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPREAD = 0.02  # standard deviation of all weights at the start
EPSILON = 1e-12  # of the norms


class Embeddings(nn.Module):
    """What a token is, plus where it stands.

    Args:
        vocabulary: number of tokens; 0 is padding, and so is position 0.
        width: of the states.
        positions: number of them.
        dropout: of the result.
    """

    def __init__(self, vocabulary: int, width: int, positions: int, dropout: float):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width, padding_idx=0)
        self.token_type_embeddings = nn.Embedding(1, width)  # BERT's two sentences; here all is one
        self.LayerNorm = nn.LayerNorm(width, EPSILON)
        self.dropout = nn.Dropout(dropout)
        self.position_embeddings = nn.Embedding(positions, width, padding_idx=0)

    def forward(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """(M, L) numbers of both to (M, L, width)."""
        states = self.word_embeddings(tokens) + self.token_type_embeddings(torch.zeros_like(tokens))
        return self.dropout(self.LayerNorm(states + self.position_embeddings(positions)))


class SelfAttention(nn.Module):
    """Every token asks all that are no padding."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """States (M, L, width) to the same shape; the mask (M, 1, L, L) is true at tokens that may be looked at."""
        query, key, value = (
            part(states).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )  # (M, heads, L, width / heads)
        return F.scaled_dot_product_attention(query, key, value, mask).transpose(1, 2).flatten(2)


class Residual(nn.Module):
    """A linear layer whose output is added to what came before the sub-layer, and normalised."""

    def __init__(self, inputs: int, width: int, dropout: float):
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width, EPSILON)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, before: Tensor) -> Tensor:
        """(M, L, inputs) and (M, L, width) to (M, L, width)."""
        return self.LayerNorm(self.dropout(self.dense(states)) + before)


class Layer(nn.Module):
    """Attention, then a perceptron four times as wide, each with its residual."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.attention = nn.ModuleDict(
            {"self": SelfAttention(width, heads), "output": Residual(width, width, dropout)}
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, 4 * width)})
        self.output = Residual(4 * width, width, dropout)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """(M, L, width) to the same; the rest as for `SelfAttention`."""
        states = self.attention["output"](self.attention["self"](states, mask), states)
        return self.output(F.gelu(self.intermediate["dense"](states), approximate="tanh"), states)


class Roberta(nn.Module):
    """Tokens to states. Weights come from torch's global generator.

    Args:
        vocabulary, positions: number of tokens and of positions; 0 is padding in both.
        width: of states, a multiple of `heads`.
        layers, heads: of the encoder.
        dropout: of states; attention weights have none: torch's fast kernel on a CPU knows none.
    """

    def __init__(self, vocabulary: int, positions: int, width: int, layers: int, heads: int, dropout: float):
        super().__init__()
        self.embeddings = Embeddings(vocabulary, width, positions, dropout)
        self.encoder = nn.ModuleDict(
            {"layer": nn.ModuleList(Layer(width, heads, dropout) for _ in range(layers))}
        )
        self.apply(_draw)

    def forward(self, tokens: Tensor, positions: Tensor, real: Tensor | None) -> Tensor:
        """(M, L) numbers to (M, L, width).

        Args:
            real: (M, L) bool, where there is no padding; None where there is none at all, which is faster.
        """
        mask = None if real is None else real[:, None, None, :].expand(-1, 1, tokens.shape[1], -1)
        states = self.embeddings(tokens, positions)
        for layer in self.encoder["layer"].children():
            states = layer(states, mask)
        return states


def _draw(module: nn.Module) -> None:
    """Normal weights; no bias; padding is a vector of zeros."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=SPREAD)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
        with torch.no_grad():
            module.weight[module.padding_idx].zero_()
