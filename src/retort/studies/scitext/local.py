"""Encoders of others from a folder on this machine, in the layout of Hugging Face: config.json, model.safetensors.

Both ways are read in which DeBERTa's weights are stored: that of v1 (microsoft/deberta-base, KISTI-AI/scideberta-cs),
where query, key and value are one matrix, and that of v2 as far as it is the same network: without logarithmic buckets
of distances, norms of them, and convolution. Nothing that is pickled is opened.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from retort.nn.deberta import TERMS, Deberta

CONVERT = (
    "with the package transformers, `AutoModel.from_pretrained(folder).save_pretrained(folder)` and the same of "
    "AutoTokenizer write the files that are needed"
)
# What must be so for the network to be ours; a missing key has transformers' default, which is the first value here.
EXPECTED = {
    "hidden_act": ("gelu", "gelu"),
    "position_biased_input": (True, False),
    "relative_attention": (False, True),
    "type_vocab_size": (0, 0),
    "position_buckets": (-1, -1),
    "norm_rel_ebd": ("none", "none"),
    "conv_kernel_size": (0, 0),
    "talking_head": (False, False),
}


def deberta(folder: Path, dropout: float) -> Deberta:
    """The encoder with its weights.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: it is another network, or weights are missing or of another shape.
    """
    config = json.loads(found(folder, "config.json").read_text(encoding="utf-8"))
    check(config, folder)
    first = config["model_type"] == "deberta"  # v1, which knows no sharing
    network = Deberta(
        vocabulary=config["vocab_size"],
        width=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        reach=reach(config),
        dropout=dropout,
        terms=terms(config),
        share=not first and config.get("share_att_key", False),
        inner=config["intermediate_size"],
        padding=config.get("pad_token_id", 0),
    )
    path = found(folder, "model.safetensors")
    stored = {name.removeprefix("deberta."): value.float() for name, value in load_file(path).items()}
    if first:
        stored = split(stored, config["num_attention_heads"])
        for name, weight in network.named_parameters():
            # v1 has none; those that v2 has stay what they are, so that it is v1 that is tuned.
            if name.endswith(("self.key_proj.bias", "self.pos_key_proj.bias")):
                stored[name] = torch.zeros(weight.shape)
                weight.requires_grad_(False)
    own = network.state_dict()
    for name, value in own.items():
        if name not in stored or stored[name].shape != value.shape:
            given = tuple(stored[name].shape) if name in stored else "missing"
            raise ValueError(
                f"{path}: {name} is {given}, expected {tuple(value.shape)}. Hint: is its config.json of the same model?"
            )
    network.load_state_dict({name: stored[name] for name in own})
    return network


def found(folder: Path, name: str) -> Path:
    """A file of the folder. Raises FileNotFoundError where it lacks."""
    path = Path(folder) / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing, expected a model in Hugging Face's layout. Hint: {CONVERT}."
        )
    return path


def check(config: Mapping, folder: Path) -> None:
    """Refuse what is not this network. Raises ValueError that names the key."""
    path = Path(folder) / "config.json"
    if config.get("model_type") not in ("deberta", "deberta-v2"):
        raise ValueError(
            f"{path}: model_type {config.get('model_type')!r}, expected 'deberta' or 'deberta-v2'. "
            "Hint: other encoders cannot be read."
        )
    for key, (default, expected) in EXPECTED.items():
        given = config.get(key, default)
        if given != expected:
            raise ValueError(
                f"{path}: {key} is {given!r}, expected {expected!r}. Hint: models of the size and kind of "
                "microsoft/deberta-base can be read; v3 cannot."
            )


def reach(config: Mapping) -> int:
    """Distances to either side that have rows of their own."""
    given = config.get("max_relative_positions", -1)
    return given if given > 0 else config["max_position_embeddings"]


def terms(config: Mapping) -> tuple[str, ...]:
    """The position terms: a list, or names between bars."""
    given = config.get("pos_att_type") or []
    given = given.split("|") if isinstance(given, str) else given
    return tuple(term for term in TERMS if term in [each.strip().lower() for each in given])


def split(stored: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """Weights as v1 stores them under the names of v2.

    There `in_proj` has for each head its rows of query, key and value one after the other.
    """
    renamed = {".pos_proj.": ".pos_key_proj.", ".pos_q_proj.": ".pos_query_proj."}
    found: dict[str, Tensor] = {}
    for name, value in stored.items():
        before, self_, last = name.partition(".attention.self.")
        if last == "in_proj.weight":
            parts = value.unflatten(0, (heads, 3, -1)).unbind(1)  # of each (heads, d, width)
            for part, rows in zip(("query", "key", "value"), parts, strict=True):
                found[f"{before}{self_}{part}_proj.weight"] = rows.flatten(0, 1)
        elif last in ("q_bias", "v_bias"):
            part = {"q": "query", "v": "value"}[last[0]]
            found[f"{before}{self_}{part}_proj.bias"] = value
        else:
            for old, new in renamed.items():
                name = name.replace(old, new)
            found[name] = value
    return found
