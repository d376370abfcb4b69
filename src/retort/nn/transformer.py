"""A RoBERTa encoder of tokens, its states averaged over those that are no padding."""

from typing import Any

import torch
from torch import Tensor

from retort.nn.backbone import Backbone
from retort.nn.tokens import PAD, SMILES, TokenBatch, Vocabulary


class Transformer(Backbone):
    """Strings to vectors. Weights come from torch's global generator.

    Args:
        width: of states and output, a multiple of `heads`; the feed-forward layers are four times as wide.
        layers, heads: of the encoder.
        longest: most tokens of a string, start and end included.
        dropout: of states. Attention weights have none: torch's fast kernel on a CPU knows none.
        vocabulary: of the strings.
    """

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        longest: int,
        dropout: float = 0.0,
        vocabulary: Vocabulary = SMILES,
    ):
        super().__init__()
        # Here, because importing transformers takes seconds.
        from transformers import RobertaConfig, RobertaModel

        if width % heads:
            raise ValueError(
                f"{width=} is no multiple of {heads=}. Hint: change one of them in the run's settings."
            )
        config = RobertaConfig(
            vocab_size=vocabulary.size,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=4 * width,
            hidden_act="gelu_pytorch_tanh",
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=0.0,
            max_position_embeddings=longest + 1,  # position 0 is that of padding
            type_vocab_size=1,
            pad_token_id=PAD,
            bos_token_id=vocabulary.start,
            eos_token_id=vocabulary.end,
            attn_implementation="sdpa",
        )
        self.roberta = RobertaModel(config, add_pooling_layer=False)
        self.vocabulary = vocabulary
        self.width = width
        self.longest = longest

    def forward(self, batch: TokenBatch) -> Tensor:
        """M strings to (M, width)."""
        real = batch.real[:, :, None]
        return (self.states(batch) * real).sum(dim=1) / real.sum(dim=1)

    def states(self, batch: TokenBatch) -> Tensor:
        """The last layer's states, (M, L, width); those of padding mean nothing."""
        return self.roberta(**self._inputs(batch)).last_hidden_state

    def attention(self, batch: TokenBatch) -> Tensor:
        """Attention weights (layers, M, heads, L, L): row = who looks, column = at whom; rows of padding are zero."""
        self.roberta.set_attn_implementation("eager")  # the fast kernels never make the weights
        try:
            maps = torch.stack(self.roberta(**self._inputs(batch), output_attentions=True).attentions)
        finally:
            self.roberta.set_attn_implementation("sdpa")
        return maps * batch.real[None, :, None, :, None]

    def _inputs(self, batch: TokenBatch) -> dict[str, Any]:
        length = batch.tokens.shape[1]
        if length > self.longest:
            raise ValueError(
                f"{length} tokens, expected {self.longest=} at most. Hint: batch with that length."
            )
        real = batch.real
        return {
            "input_ids": batch.tokens,
            "position_ids": torch.arange(1, length + 1, device=real.device) * real,
            # Without padding torch needs no mask, and is faster.
            "attention_mask": None if bool(real.all()) else real.long(),
        }
