"""The model against its published size, torch's own transformer layer, and its symmetries."""

import numpy as np
import pytest
import torch

from retort.studies.precursors.loss import circle_loss
from retort.studies.precursors.masking import Reactions, some
from retort.studies.precursors.model import Selector
from retort.studies.precursors.train import losses

from . import shelf_of_five


@pytest.fixture
def model() -> Selector:
    torch.manual_seed(0)
    model = Selector(elements=7, precursors=9, decoded=6)
    for parameter in model.context.parameters():  # the initial 0.02 would make every context look alike
        torch.nn.init.normal_(parameter, std=0.5)
    return model.eval()


def vectors(model: Selector, count: int = 4) -> torch.Tensor:
    return model.encode(torch.rand(count, 7, generator=torch.Generator().manual_seed(1)))


def test_published_number_of_parameters():
    model = Selector(elements=83, precursors=417, decoded=82)
    parts = {
        "shift": 1,
        "encoder": (83 * 32 + 32) + 2 * (32 * 32 + 32),  # 4,800
        "table": 417 * 32,
        "bias": 417,  # 13,761 with the table
        # Four projections, two dense layers and two norms: 6,464.
        "context": 4 * (32 * 32 + 32) + 2 * (32 * 32 + 32) + 2 * 2 * 32,
        "decoder": 32 * 82 + 82,  # 2,706
        "log_variance": 2,
    }
    counted = dict.fromkeys(parts, 0)
    for name, parameter in model.named_parameters():
        counted[name.split(".")[0]] += parameter.numel()
    assert counted == parts
    assert sum(counted.values()) == 27_734


def test_context_block_is_a_transformer_layer_read_at_its_first_position(model):
    block = model.context
    layer = torch.nn.TransformerEncoderLayer(
        d_model=32,
        nhead=1,
        dim_feedforward=32,
        dropout=0.1,
        activation=lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
        layer_norm_eps=1e-12,
        batch_first=True,
        norm_first=False,
    ).eval()
    with torch.no_grad():
        parts = (block.query, block.key, block.value)
        layer.self_attn.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        layer.self_attn.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
        for theirs, ours in (
            (layer.self_attn.out_proj, block.mix),
            (layer.norm1, block.attention_norm),
            (layer.linear1, block.wide),
            (layer.linear2, block.narrow),
            (layer.norm2, block.output_norm),
        ):
            theirs.load_state_dict(ours.state_dict())
    target, others = vectors(model), torch.randn(4, 3, 32, generator=torch.Generator().manual_seed(2))
    visible = torch.tensor([[1, 1, 1], [1, 0, 1], [0, 0, 0], [0, 1, 0]], dtype=torch.bool)
    hidden = torch.cat([torch.zeros(4, 1, dtype=torch.bool), ~visible], dim=1)
    expected = layer(torch.cat([target[:, None], others], dim=1), src_key_padding_mask=hidden)[:, 0]
    torch.testing.assert_close(block(target, others, visible), expected, rtol=1e-5, atol=1e-5)


def test_hidden_precursors_leave_no_trace(model):
    target = vectors(model, 1)
    alone = model.complete(target, torch.tensor([[3]]))
    padded = model.complete(target, torch.tensor([[-1, 3, -1, -1]]))
    torch.testing.assert_close(alone, padded)
    assert not torch.allclose(alone, model.complete(target, torch.tensor([[4]]))), "context has no effect"
    assert not torch.allclose(alone, model.complete(target, torch.tensor([[-1]])))


def test_the_order_of_the_chosen_does_not_matter(model):
    target = vectors(model)
    chosen = torch.tensor([[1, 2, 3, -1]]).expand(4, -1)
    torch.testing.assert_close(
        model.complete(target, chosen), model.complete(target, chosen[:, [3, 2, 0, 1]])
    )


def test_vectors_have_unit_length_and_logits_are_clipped(model):
    assert vectors(model).norm(dim=1).tolist() == pytest.approx([1.0] * 4, rel=1e-5)
    with torch.no_grad():
        model.table.mul_(1e4)
        logits = model.complete(vectors(model), torch.full((4, 1), -1))
    assert logits.abs().max() == 10


def test_absent_elements_enter_as_the_learned_shift(model):
    seen = []
    model.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model.encode(torch.tensor([[0.5, 0.5, 0, 0, 0, 0, 0]]))
    assert seen[0].tolist() == [[0.5, 0.5, -1, -1, -1, -1, -1]]


@pytest.mark.parametrize("recover", [True, False])
def test_one_batch_can_be_learned_by_heart(recover):
    torch.manual_seed(0)
    archive = shelf_of_five.archive()
    vocabulary = archive.vocabulary(1)
    reactions = reactions_of(archive, "everything", vocabulary)
    batch = reactions.draw(32, seed=0, step=0)
    model = Selector(elements=len(archive.elements), precursors=len(vocabulary), decoded=5, dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    start = losses(model, batch, recover=recover)
    for _ in range(150):
        optimizer.zero_grad()
        terms = losses(model, batch, recover=recover)
        terms["total"].backward()
        optimizer.step()
    # LiCoO2 has two reported sets, so the bare target cannot be completed without any error.
    assert terms["completion"] < 0.3 * start["completion"]
    with torch.no_grad():
        logits = model.complete(model.encode(batch.fractions), batch.shown)
    one_answer = ~(batch.fractions == torch.from_numpy(archive.target_fractions[archive.target[0]])).all(
        dim=1
    )
    assert ((logits > 0.5) == batch.members)[one_answer].all()
    assert circle_loss(logits, batch.members)[one_answer].max() < 5
    if recover:
        assert terms["composition"] < 0.1 * start["composition"]


def test_fixed_weights_sum_the_terms():
    torch.manual_seed(0)
    archive = shelf_of_five.archive()
    vocabulary = archive.vocabulary(1)
    batch = reactions_of(archive, "random", vocabulary).draw(32, seed=0, step=0)
    model = Selector(elements=len(archive.elements), precursors=len(vocabulary), decoded=5, dropout=0.0)
    with torch.no_grad():
        model.log_variance.add_(torch.tensor([1.0, -2.0]))
    terms = losses(model, batch, recover=True, weights="fixed")
    assert terms["total"].item() == pytest.approx(
        terms["completion"].item() + terms["composition"].item(), rel=1e-6
    )
    terms["total"].backward()
    assert model.log_variance.grad is None
    assert losses(model, batch, recover=False, weights="fixed").keys() == {"completion", "total"}


def test_a_composition_is_the_sum_of_the_vectors_of_its_elements():
    torch.manual_seed(0)
    plain = Selector(elements=7, precursors=9, decoded=6)
    same = Selector(elements=7, precursors=9, decoded=6, vectors=torch.eye(7))
    same.load_state_dict(plain.state_dict(), strict=False)
    fractions = torch.tensor([[0.5, 0.5, 0, 0, 0, 0, 0], [0, 0.2, 0.8, 0, 0, 0, 0]])
    torch.testing.assert_close(same.encode(fractions), plain.encode(fractions))
    drawn = torch.randn(7, 3)
    other = Selector(elements=3, precursors=9, decoded=6, vectors=drawn)
    seen = []
    other.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    other.encode(fractions[:1])
    expected = 0.5 * drawn[:2].sum(dim=0) - drawn[2:].sum(dim=0)  # the shift of those that are absent
    torch.testing.assert_close(seen[0][0], expected)
    assert "vectors" in other.state_dict()
    assert "vectors" not in plain.state_dict()


def reactions_of(archive, mask: str, vocabulary: np.ndarray, seed: int = 0) -> Reactions:
    return Reactions(
        archive,
        "train",
        vocabulary=vocabulary,
        decoded=archive.learned_elements,
        mask=mask,
        device=torch.device("cpu"),
        seed=seed,
    )


def test_masks_hide_one_to_all_and_never_the_answer():
    archive = shelf_of_five.archive()
    reactions = reactions_of(archive, "random", archive.vocabulary(1))
    batch = reactions.draw(4000, seed=3, step=5)
    shown = (batch.shown != -1).sum(dim=1)
    # Of two precursors one or both are hidden, with equal chance.
    assert set(shown.tolist()) == {0, 1}
    assert abs((shown == 0).double().mean() - 0.5) < 0.04
    rows = (batch.shown != -1).nonzero()[:, 0]
    assert batch.members[rows, batch.shown[batch.shown != -1]].all()
    assert (batch.members.sum(dim=1) == 2).all()
    again = reactions.draw(4000, seed=3, step=5)
    assert all(torch.equal(a, b) for a, b in zip(vars(batch).values(), vars(again).values(), strict=True))
    assert not torch.equal(batch.shown, reactions.draw(4000, seed=3, step=6).shown)


@pytest.mark.parametrize("members", [3, 5])
def test_every_number_of_hidden_precursors_is_equally_likely_and_padding_is_not_hidden(members):
    draws = 6000
    real = (torch.arange(7) < members).expand(draws, -1)
    hidden = some(real, torch.Generator().manual_seed(0))
    assert not hidden[~real].any()
    expected = draws / members
    counts = hidden.sum(dim=1).bincount(minlength=members + 1)
    assert counts[0] == 0
    # Pearson's statistic has about as many degrees of freedom as there are numbers; 20 is far in its tail.
    assert ((counts[1:] - expected) ** 2 / expected).sum() < 20
    # Each precursor is hidden in (n + 1) / 2 of n draws, whatever its place.
    share = hidden[:, :members].double().mean(dim=0)
    assert share.tolist() == pytest.approx([(members + 1) / (2 * members)] * members, abs=0.03)


def test_a_static_mask_is_drawn_once_for_each_reaction():
    archive = shelf_of_five.archive()
    vocabulary = archive.vocabulary(1)

    def shown(seed: int) -> dict[tuple, set[tuple]]:
        """What was shown of each (composition, set)."""
        reactions, found = reactions_of(archive, "static", vocabulary, seed), {}
        for step in range(20):
            batch = reactions.draw(30, seed=9, step=step)
            for fractions, members, visible in zip(batch.fractions, batch.members, batch.shown, strict=True):
                key = tuple(fractions.tolist()), tuple(members.tolist())
                found.setdefault(key, set()).add(tuple(visible.tolist()))
        return found

    once = shown(0)
    # LiCoO2 + (Li2CO3, Co3O4) is two reactions, each with its own mask.
    assert sorted(map(len, once.values())) in ([1] * 6, [1] * 5 + [2])
    assert all((np.array(list(masks)) == -1).any(axis=1).all() for masks in once.values())
    assert once == shown(0)
    assert any(once != shown(seed) for seed in (1, 2, 3))


def test_the_ablations_hide_nothing_and_everything():
    archive = shelf_of_five.archive()
    vocabulary = archive.vocabulary(1)
    assert (reactions_of(archive, "nothing", vocabulary).draw(50, 0, 0).shown != -1).sum() == 100
    assert (reactions_of(archive, "everything", vocabulary).draw(50, 0, 0).shown != -1).sum() == 0
    with pytest.raises(ValueError, match="mask"):
        reactions_of(archive, "some", vocabulary)


def test_unknown_precursors_are_neither_shown_nor_asked_for():
    archive = shelf_of_five.archive()
    reactions = reactions_of(archive, "nothing", archive.vocabulary(3))  # LiOH, CoO and Na2CO3 are too rare
    batch = reactions.draw(400, seed=0, step=0)
    assert batch.members.shape[1] == 3
    assert torch.equal((batch.shown != -1).sum(dim=1), batch.members.sum(dim=1))
    assert (batch.members.sum(dim=1) == 0).any(), "LiOH + CoO has no known precursor at all"


def test_reactions_are_drawn_by_their_weight():
    archive = shelf_of_five.archive()
    archive.weight[:] = 1e-9
    archive.weight[4] = 1.0
    batch = reactions_of(archive, "nothing", archive.vocabulary(1e-9)).draw(100, seed=0, step=0)
    expected = torch.from_numpy(archive.target_fractions[archive.target[4]])
    assert (batch.fractions == expected).all()
