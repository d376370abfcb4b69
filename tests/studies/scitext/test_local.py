"""Encoders from a folder: what is refused; where transformers is installed, tiny ones of both layouts are read."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from retort.nn.deberta import Deberta
from retort.studies.scitext import local
from retort.studies.scitext.encoder import build, renew

CONFIG = {
    "model_type": "deberta-v2",
    "vocab_size": 30,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "hidden_act": "gelu",
    "relative_attention": True,
    "position_biased_input": False,
    "pos_att_type": "c2p|p2c",
    "max_relative_positions": -1,
    "max_position_embeddings": 16,
    "type_vocab_size": 0,
    "share_att_key": True,
    "pad_token_id": 0,
}
PIECES = torch.randint(1, 30, (2, 9), generator=torch.Generator().manual_seed(0))


def saved(folder: Path, **changes) -> Deberta:
    """Our own network in the layout of v2, and what lies in the folder."""
    torch.manual_seed(0)
    network = Deberta(30, 8, 2, 2, 16, 0.0, inner=20)
    save_file(
        {f"deberta.{name}": value for name, value in network.state_dict().items()},
        folder / "model.safetensors",
    )
    (folder / "config.json").write_text(json.dumps(CONFIG | changes), encoding="utf-8")
    return network


def test_a_folder_is_an_encoder_like_any_other(tmp_path):
    network = saved(tmp_path)
    encoder = build({"kind": "local", "folder": str(tmp_path), "longest": 12, "dropout": 0.1}, 4000).eval()
    assert (encoder.width, encoder.longest, encoder.vocabulary) == (8, 12, 30)
    torch.testing.assert_close(encoder.states(PIECES), network.states(PIECES))
    assert renew(encoder, {"layers": [2], "scope": "ffn_in"}, 0)["changes"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "bert"}, "model_type"),
        ({"relative_attention": False}, "relative_attention"),
        ({"position_biased_input": True}, "position_biased_input"),
        ({"position_buckets": 256}, "position_buckets"),
        ({"norm_rel_ebd": "layer_norm"}, "norm_rel_ebd"),
        ({"vocab_size": 31}, "word_embeddings"),
        ({"num_hidden_layers": 3}, "missing"),
    ],
)
def test_another_network_is_refused(tmp_path, change, said):
    saved(tmp_path, **change)
    with pytest.raises(ValueError, match=f"(?s){said}.*Hint"):
        local.deberta(tmp_path, 0.0)


def test_a_missing_file_is_named(tmp_path):
    saved(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors is missing.*Hint.*save_pretrained"):
        local.deberta(tmp_path, 0.0)


def test_rows_of_a_fused_matrix_by_hand():
    """Two heads of one number each: rows are query, key and value of the first head, then those of the second."""
    stored = {"encoder.layer.0.attention.self.in_proj.weight": torch.arange(6.0).view(6, 1).repeat(1, 2)}
    found = {name.rsplit(".", 2)[1]: rows[:, 0].tolist() for name, rows in local.split(stored, 2).items()}
    assert found == {"query_proj": [0, 3], "key_proj": [1, 4], "value_proj": [2, 5]}


@pytest.mark.parametrize("version", [1, 2])
def test_what_transformers_saves_is_read(tmp_path, version):
    transformers = pytest.importorskip(
        "transformers", reason="needs transformers: pip install -e .[reference]"
    )
    given = {name: value for name, value in CONFIG.items() if name != "model_type"}
    given |= {
        "pos_att_type": ["c2p", "p2c"],
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "layer_norm_eps": 1e-7,
    }
    if version == 1:
        theirs = transformers.DebertaModel(transformers.DebertaConfig(**given)).eval()
    else:
        theirs = transformers.DebertaV2Model(transformers.DebertaV2Config(**given)).eval()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.3 * torch.randn(weight.shape, generator=generator)
    theirs.save_pretrained(tmp_path)
    ours = local.deberta(tmp_path, 0.0).eval()
    real = torch.arange(9) < torch.tensor([[9], [5]])
    wanted = theirs(PIECES, attention_mask=real.long()).last_hidden_state
    torch.testing.assert_close(ours.states(PIECES, real)[real], wanted[real], rtol=1e-5, atol=1e-5)
    fixed = [name for name, weight in ours.named_parameters() if not weight.requires_grad]
    assert len(fixed) == (4 if version == 1 else 0)  # biases that v1 lacks, in two layers
