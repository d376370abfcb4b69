"""Pre-training of transformers' DeBERTa-v2 against ours: the same size, windows, hidden pieces, optimizer; one thread.

Theirs computes logits at all pieces and has a plain decoder; ours computes the last layer and the logits at hidden
places only, with the plain decoder, which is the same function, and with the enhanced one, which runs it twice.
"""

import common  # isort: skip

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from retort.studies.scitext.encoder import build
from retort.studies.scitext.hiding import Hidden, hide
from retort.studies.scitext.language import LanguageModel, language_loss
from retort.training.memory import keep_freed
from retort.training.optimisation import clipped_adamw

LAYERS, HEADS, REACH = 4, 4, 32
RATE = 1e-3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("packages", type=Path, help="folder with transformers and what it imports")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--vocabulary", type=int, default=4000)
    parser.add_argument("--length", type=int, default=64, help="pieces of a window")
    parser.add_argument("--batch", type=int, default=32, help="windows of a step")
    parser.add_argument("--steps", type=int, default=4, help="of one pass")
    parser.add_argument("--rounds", type=int, default=3, help="passes of each, taken in turns")
    parser.add_argument("--keep", action="store_true", help="let the C library keep freed memory, for both")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if chosen.keep:
        keep_freed()
    batches = drawn(chosen)
    theirs, plain, enhanced = published(chosen), ours(chosen, False), ours(chosen, True)
    copy(theirs, plain)
    print("parameters:", *common.parameters(theirs, plain, enhanced))
    check(theirs, plain, batches[0])

    def of_ours(batch: Hidden, model: LanguageModel) -> Tensor:
        return language_loss(model, batch)["total"]

    passes = {
        "ours, enhanced decoder": one_pass(enhanced, of_ours, batches),
        "ours, plain decoder": one_pass(plain, of_ours, batches),
        "published": one_pass(theirs, their_loss, batches),
    }
    pieces = chosen.steps * chosen.batch * chosen.length
    common.compare(passes, {}, count=pieces, rounds=chosen.rounds, unit="pieces")


def drawn(chosen: argparse.Namespace) -> list[Hidden]:
    """Random windows with pieces hidden: what a piece is changes no time."""
    rng = np.random.default_rng(0)
    begins = np.ones(chosen.vocabulary, dtype=bool)
    shape = (chosen.batch, chosen.length)
    return [
        hide(rng.integers(5, chosen.vocabulary, shape), begins, 0.15, 0, rng) for _ in range(chosen.steps)
    ]


def ours(chosen: argparse.Namespace, enhanced: bool) -> LanguageModel:
    """The language model of the study, as it is pre-trained."""
    settings = {"kind": "deberta", "width": chosen.width, "layers": LAYERS, "heads": HEADS, "reach": REACH}
    encoder = build(settings | {"longest": chosen.length, "dropout": 0.0}, chosen.vocabulary)
    if enhanced:
        encoder.decode(chosen.length)
    return LanguageModel(encoder, torch.zeros(chosen.vocabulary))


def published(chosen: argparse.Namespace) -> nn.Module:
    """The masked language model of transformers at that size."""
    sys.path.append(str(chosen.packages.resolve()))
    from transformers import DebertaV2Config, DebertaV2ForMaskedLM

    config = DebertaV2Config(
        vocab_size=chosen.vocabulary,
        hidden_size=chosen.width,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=4 * chosen.width,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        relative_attention=True,
        position_biased_input=False,
        pos_att_type=["c2p", "p2c"],
        max_relative_positions=REACH,
        position_buckets=-1,
        share_att_key=True,
        type_vocab_size=0,
        layer_norm_eps=1e-7,
    )
    return DebertaV2ForMaskedLM(config)


def copy(theirs: nn.Module, model: LanguageModel) -> None:
    """Give ours the weights of the published encoder, whose names are the same."""
    model.encoder.deberta.load_state_dict(theirs.deberta.state_dict())


def check(theirs: nn.Module, model: LanguageModel, batch: Hidden) -> None:
    """Compare the two encoders on the same windows."""
    with torch.no_grad():
        expected = theirs.deberta(batch.seen).last_hidden_state
        common.report_difference(model.encoder.states(batch.seen), expected)


def their_loss(batch: Hidden, model: nn.Module) -> Tensor:
    labels = torch.full_like(batch.seen, -100).scatter_(1, batch.places, batch.answers)
    return model(input_ids=batch.seen, labels=labels).loss


def one_pass(
    model: nn.Module, loss: Callable[[Hidden, nn.Module], Tensor], batches: list[Hidden]
) -> Callable[[], None]:
    """Some steps of training: forward, backward, clip, step. The optimizer is the same for all."""
    optimizer = clipped_adamw(model, RATE, 0.01, 1.0)
    return common.plain_pass(optimizer, model, lambda batch: loss(batch, model), batches)


if __name__ == "__main__":
    main()
