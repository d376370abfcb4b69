"""The encoders of the study behind one interface: DeBERTa, its rival BERT, and weights of others from a folder.

What fine-tunes an encoder knows `width`, `longest`, `states` and `renewable`, and nothing of its kind.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from retort.nn.deberta import SPREAD, Deberta
from retort.nn.mask_decoder import EnhancedMaskDecoder, picked, plain
from retort.nn.roberta import Roberta
from retort.sealed import read_tensors

SCOPES = ("none", "control", "ffn_in", "block")
PREFIX = "encoder."  # of the encoder's weights among those of a pre-training run


class Encoder(nn.Module):
    """Pieces of a sentence to states.

    Attributes:
        width: of the states.
        longest: most pieces of a sequence.
        vocabulary: number of pieces.
    """

    width: int
    longest: int
    vocabulary: int

    def states(self, pieces: Tensor, real: Tensor | None = None, causal: bool = False) -> Tensor:
        """The last layer's states.

        Args:
            pieces: (M, L) long, L at most `longest`.
            real: (M, L) bool, where there is no padding; None where there is none at all.
            causal: whether a piece hears those before it and itself alone.

        Returns:
            (M, L, width); those of padding mean nothing.
        """
        raise NotImplementedError

    def guesses(self, pieces: Tensor, places: Tensor) -> Tensor:
        """(M, L) pieces without padding to states (M, Q, width) at the places (M, Q) that a decoder guesses."""
        raise NotImplementedError

    @property
    def renewable(self) -> list[nn.Module]:
        """The layers, the lowest first."""
        raise NotImplementedError

    @property
    def embeddings(self) -> Tensor:
        """(vocabulary, width) of the pieces."""
        raise NotImplementedError


class DebertaEncoder(Encoder):
    """DeBERTa, with the decoder that its pre-training guesses by.

    Args:
        deberta: the encoder itself.
        longest: most pieces of a sequence; there is no limit of the network's own.
    """

    def __init__(self, deberta: Deberta, longest: int):
        super().__init__()
        self.deberta = deberta
        self.width, self.longest = deberta.width, longest
        self.vocabulary = len(self.embeddings)
        self.decoder: EnhancedMaskDecoder | None = None

    def decode(self, positions: int) -> None:
        """Guess by the enhanced mask decoder, for sequences of so many pieces, and no longer by the plain one."""
        self.decoder = EnhancedMaskDecoder(self.width, positions)

    def states(self, pieces: Tensor, real: Tensor | None = None, causal: bool = False) -> Tensor:
        return self.deberta.states(pieces, real, causal)

    def guesses(self, pieces: Tensor, places: Tensor) -> Tensor:
        if self.decoder is None:
            return plain(self.deberta, pieces, places)
        return self.decoder(self.deberta, pieces, places)

    @property
    def renewable(self) -> list[nn.Module]:
        return list(self.deberta.layers)

    @property
    def embeddings(self) -> Tensor:
        return self.deberta.embeddings.word_embeddings.weight


class BertEncoder(Encoder):
    """BERT with learned positions; in training, places begin at a random one, so that every position is learned.

    Args:
        roberta: with `longest` + 1 positions, of which 0 is padding's.
        longest: most pieces of a sequence.
    """

    def __init__(self, roberta: Roberta, longest: int):
        super().__init__()
        self.roberta = roberta
        self.width, self.longest = self.embeddings.shape[1], longest
        self.vocabulary = len(self.embeddings)
        self.wandering = False  # whether positions begin at a random place: while it is pre-trained

    def states(self, pieces: Tensor, real: Tensor | None = None, causal: bool = False) -> Tensor:
        many, length = pieces.shape
        if length > self.longest:
            raise ValueError(
                f"{length} pieces, expected {self.longest} at most. Hint: cut them, or raise encoder.longest."
            )
        positions = torch.arange(1, length + 1, device=pieces.device).expand(many, -1)
        if self.wandering and self.training:
            positions = positions + torch.randint(self.longest - length + 1, (many, 1)).to(pieces.device)
        if real is not None:
            positions = positions * real
        if not causal:
            return self.roberta(pieces, positions, real)
        past = torch.ones(length, length, dtype=torch.bool, device=pieces.device).tril()
        mask = past[None, None] if real is None else past & real[:, None, None, :]
        states = self.roberta.embeddings(pieces, positions)
        for layer in self.renewable:
            states = layer(states, mask)
        return states

    def guesses(self, pieces: Tensor, places: Tensor) -> Tensor:
        return picked(self.states(pieces), places)

    @property
    def renewable(self) -> list[nn.Module]:
        return list(self.roberta.encoder["layer"].children())

    @property
    def embeddings(self) -> Tensor:
        return self.roberta.embeddings.word_embeddings.weight


def build(settings: Mapping, vocabulary: int) -> Encoder:
    """The encoder that the block `encoder` of the settings describes; weights from torch's global generator.

    Args:
        settings: `kind` (deberta, bert, local), `width, layers, heads, longest, dropout`, of DeBERTa `reach, terms,
            share`; of `local` the `folder`, and of the rest `longest` and `dropout` alone.
        vocabulary: number of pieces; a local encoder has its own.

    Raises:
        ValueError: an unknown kind, or values that no encoder has.
    """
    kind, longest, dropout = settings["kind"], settings["longest"], settings["dropout"]
    if kind == "local":
        from retort.studies.scitext import local

        return DebertaEncoder(local.deberta(Path(settings["folder"]), dropout), longest)
    width, layers, heads = settings["width"], settings["layers"], settings["heads"]
    if kind == "deberta":
        terms, share = settings.get("terms", ("c2p", "p2c")), settings.get("share", True)
        return DebertaEncoder(
            Deberta(vocabulary, width, layers, heads, settings["reach"], dropout, terms, share), longest
        )
    if kind == "bert":
        return BertEncoder(Roberta(vocabulary, longest + 1, width, layers, heads, dropout), longest)
    raise ValueError(
        f"encoder.kind {kind!r}, expected deberta, bert or local. Hint: see settings.schema.yaml."
    )


def load(encoder: Encoder, folder: Path) -> None:
    """Give the encoder the weights of a finished pre-training run.

    What the run learned besides, its decoder and its last weights, stays there.

    Raises:
        ValueError: it is an encoder of another kind or size.
        DamagedFile: the file changed since it was written.
    """
    path = Path(folder) / "model.safetensors"
    given = {
        name.removeprefix(PREFIX): value
        for name, value in read_tensors(path).items()
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}decoder.")
    }
    own = {name: value for name, value in encoder.state_dict().items() if not name.startswith("decoder.")}
    for name in sorted(own.keys() | given.keys()):
        shapes = [tuple(each[name].shape) if name in each else "none" for each in (given, own)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"{path}: {name} is {shapes[0]}, expected {shapes[1]}. "
                "Hint: `encoder` of both runs' settings must agree."
            )
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(given[name])


def renew(encoder: Encoder, settings: Mapping, seed: int) -> dict:
    """Draw weights of some layers anew, from a generator of their own, so that the order of the data stays.

    Args:
        settings: `layers`, counted from 1 at the bottom; `scope`: `ffn_in`, the weights into the perceptrons by
            Xavier's normal (Jeong & Kim's released code, where it never runs); `block`, whole layers as Zhang et al.
            2021 do, by N(0, 0.02), biases 0, norms 1 and 0; `control`, which draws what `ffn_in` would and drops it,
            as that code does; `none`.

    Returns:
        For run.json: `scope`, `layers`, and by the name of every weight in scope the L2 norm of its change.

    Raises:
        ValueError: an unknown scope, or a layer that the encoder lacks.
    """
    scope, layers = settings["scope"], list(settings["layers"])
    count = len(encoder.renewable)
    if scope not in SCOPES:
        raise ValueError(
            f"renew.scope {scope!r}, expected one of {', '.join(SCOPES)}. Hint: see settings.schema.yaml."
        )
    for number in layers:
        if not 1 <= number <= count:
            raise ValueError(
                f"renew.layers has {number}, expected 1 to {count}. Hint: they are counted from the bottom."
            )
    generator = torch.Generator().manual_seed(seed)
    changes: dict[str, float] = {}
    for number in layers if scope != "none" else []:
        layer = encoder.renewable[number - 1]
        if scope == "block":
            drawn = _block(layer, generator)
        else:
            drawn = {
                "intermediate.dense.weight": _xavier(
                    layer.get_parameter("intermediate.dense.weight"), generator
                )
            }
        for name, value in drawn.items():
            weight = layer.get_parameter(name)
            value = value.to(weight.device) if scope != "control" else weight.detach().clone()
            changes[f"{number}.{name}"] = float((value - weight.detach()).norm())
            with torch.no_grad():
                weight.copy_(value)
    return {"scope": scope, "layers": layers, "changes": changes}


def _xavier(weight: Tensor, generator: torch.Generator) -> Tensor:
    return nn.init.xavier_normal_(torch.empty(weight.shape), generator=generator)


def _block(layer: nn.Module, generator: torch.Generator) -> dict[str, Tensor]:
    """New values of all weights of a layer, by name."""
    drawn = {}
    for name, weight in layer.named_parameters():
        if name.endswith("bias"):
            drawn[name] = torch.zeros(weight.shape)
        elif "LayerNorm" in name:
            drawn[name] = torch.ones(weight.shape)
        else:
            drawn[name] = torch.empty(weight.shape).normal_(0, SPREAD, generator=generator)
    return drawn
