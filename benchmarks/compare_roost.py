"""One pass of training of aviary's Roost against ours: the same formulas, sizes and batch, one thread.

Of aviary only the model's modules are loaded: its core wants Weights & Biases, and its data set reads files. The
graphs of the formulas are made beforehand, as its data set caches them; collating them is part of a pass.
"""

import common  # isort: skip

import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import torch
from torch import nn

from retort.nn.robust import robust_l1
from retort.studies.transfer.benchmark import operations, trainer
from retort.studies.transfer.formulas import Formulas
from retort.studies.transfer.roost import Roost, WeightedAttention
from retort.training.batches import MixedBatches

WIDTH = 200  # of an element's vector, as matscholar's


def main() -> None:
    chosen = common.arguments(__doc__, table="data/prepared/mp.parquet", count=2000, batch=128).parse_args()
    sample = common.formulas(chosen.table, chosen.count)
    sampler = MixedBatches(len(sample.numbers), chosen.batch, seed=0)
    batches = [sampler(step) for step in range(sampler.steps_per_epoch)]
    torch.manual_seed(0)
    vectors = torch.randn(119, WIDTH)  # what they say of an element costs nothing
    Published = _published(chosen.checkout, vectors)
    theirs, ours = Published(robust=True, n_targets=[1]), Roost(vectors)
    print("parameters:", *common.parameters(theirs, ours), "(ours without the biases that a softmax ignores)")
    with torch.no_grad():
        copy(theirs, ours)
    graphs, target = _graphs(sample), torch.from_numpy(sample.target)
    with torch.no_grad():
        expected = theirs(*_collate(graphs[:300]))[0]
        found = ours(Formulas.from_arrays(sample.numbers[:300], sample.fractions[:300]))
        common.report_difference(found, expected)

    def their_loss(rows: np.ndarray) -> torch.Tensor:
        return robust_l1(theirs(*_collate([graphs[row] for row in rows]))[0], target[rows])

    def our_loss(rows: np.ndarray) -> torch.Tensor:
        return robust_l1(
            ours(Formulas.from_arrays(sample.numbers[rows], sample.fractions[rows])), target[rows]
        )

    optimizer = torch.optim.AdamW(theirs.parameters(), lr=1e-4)
    passes = {
        "ours": trainer(ours, our_loss, batches),
        "published": common.plain_pass(optimizer, theirs, their_loss, batches),
    }
    counted = {"ours": operations(our_loss, batches), "published": operations(their_loss, batches)}
    common.compare(passes, counted, count=chosen.count, rounds=chosen.rounds, unit="formulas")


def _published(checkout: Path, vectors: torch.Tensor) -> type[nn.Module]:
    """aviary's Roost, with stand-ins for its base class (which logs) and for its reader of element vectors."""

    class Base(nn.Module):
        def __init__(self, robust: bool, **_: object):
            super().__init__()
            self.robust, self.model_params = robust, {}

    def module(name: str, **contents: object) -> None:
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(contents)

    folder = checkout / "aviary"
    module("aviary", __path__=[str(folder)], PKG_DIR=str(folder))
    module("aviary.core", BaseModelClass=Base)
    module("aviary.utils", get_element_embedding=lambda _: nn.Embedding.from_pretrained(vectors))
    for name in ("networks", "scatter", "segments"):
        spec = importlib.util.spec_from_file_location(f"aviary.{name}", folder / f"{name}.py")
        sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[spec.name])
    from aviary.roost.model import Roost as Published

    return Published


def _graphs(sample: common.Sample) -> list[tuple[torch.Tensor, ...]]:
    """Amounts (k, 1), elements (k,) and all ordered pairs of a formula's k elements, (k * k,) twice."""
    graphs = []
    for numbers, fractions in zip(sample.numbers, sample.fractions, strict=True):
        count = int((numbers > 0).sum())
        every = torch.arange(count)
        graphs.append(
            (
                torch.from_numpy(fractions[:count])[:, None],
                torch.from_numpy(numbers[:count].astype(np.int64)),
                every.repeat_interleave(count),
                every.repeat(count),
            )
        )
    return graphs


def _collate(graphs: list[tuple[torch.Tensor, ...]]) -> tuple[torch.Tensor, ...]:
    """One graph of several, as aviary collates them: formula by formula."""
    amounts, elements, first, second, owner = [], [], [], [], []
    before = 0
    for row, (amount, element, one, other) in enumerate(graphs):
        amounts.append(amount)
        elements.append(element)
        first.append(one + before)
        second.append(other + before)
        owner.append(torch.tensor([row] * len(element)))
        before += len(element)
    return tuple(torch.cat(parts) for parts in (amounts, elements, first, second, owner))


def copy(theirs: nn.Module, ours: Roost) -> None:
    """Give ours the weights of the published model."""
    published = [*theirs.material_nn.graphs, theirs.material_nn.cry_pool]
    for source, target in zip(published, [*ours.messages, ours.pooling], strict=True):
        _copy_attention(source, target)
    ours.embedding.load_state_dict(theirs.material_nn.embedding.state_dict())
    for target, source in ((ours.trunk, theirs.trunk_nn), (ours.tail, theirs.output_nns[0])):
        for layer in range(2):
            target.layers[layer].load_state_dict(source.fcs[layer].state_dict())
            target.skips[layer].load_state_dict(source.res_fcs[layer].state_dict())
    ours.out.load_state_dict(theirs.trunk_nn.fc_out.state_dict())
    ours.last.load_state_dict(theirs.output_nns[0].fc_out.state_dict())


def _copy_attention(source: nn.Module, target: WeightedAttention) -> None:
    heads, hidden = target.heads, target.hidden
    features = target.message.shape[0]
    pairs = target.own is not None
    for head, published in enumerate(source.pooling if pairs else source):
        for kind, network in enumerate((published.gate_nn, published.message_nn)):
            rows = slice((kind * heads + head) * hidden, (kind * heads + head + 1) * hidden)
            weight = network.fcs[0].weight
            if pairs:
                target.own.weight[rows] = weight[:, :features]
                weight = weight[:, features:]
            target.other.weight[rows] = weight
            target.other.bias[rows] = network.fcs[0].bias
        target.gate[head] = published.gate_nn.fc_out.weight[0]
        target.message[:, head * hidden : (head + 1) * hidden] = published.message_nn.fc_out.weight
        target.bias[head] = published.message_nn.fc_out.bias
        target.power[head] = published.pow[0]


if __name__ == "__main__":
    main()
