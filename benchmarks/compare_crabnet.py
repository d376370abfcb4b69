"""One pass of training of the published CrabNet against ours: the same formulas, sizes and batch, one thread.

Theirs runs once with AdamW, as ours, and once with the optimizer that it is published with. Both jitter the amounts.
"""

import common  # isort: skip

import contextlib
import io
import sys
import types

import numpy as np
import torch
from torch import nn

from retort.nn.robust import robust_l1
from retort.studies.transfer.benchmark import operations, trainer
from retort.studies.transfer.crabnet import CrabNet
from retort.studies.transfer.formulas import Formulas
from retort.training.batches import MixedBatches
from retort.training.seeding import generator


def main() -> None:
    parser = common.arguments(__doc__, table="data/prepared/mp.parquet", count=2000, batch=128)
    parser.add_argument(
        "--slots", type=int, help="elements that theirs pads to; by default the most of any formula"
    )
    chosen = parser.parse_args()
    sample = common.formulas(chosen.table, chosen.count)
    sampler = MixedBatches(len(sample.numbers), chosen.batch, seed=0)
    batches = [sampler(step) for step in range(sampler.steps_per_epoch)]
    Published, Lamb, Lookahead, SWA, PublishedLoss = _published(chosen)

    torch.manual_seed(0)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.chdir(chosen.checkout):
        theirs = Published(compute_device=torch.device("cpu"))
    known = theirs.encoder.embed.cbfv.weight
    vectors = torch.zeros(119, known.shape[1])
    vectors[: min(119, len(known))] = known[:119]
    ours = CrabNet(vectors)
    print("parameters:", *common.parameters(theirs, ours))
    copy(theirs, ours)
    _check(theirs, ours, sample)

    # As published: padded to the longest formula of the data, jittered, renormalised.
    slots = max(chosen.slots or 0, sample.numbers.shape[1])
    wider = ((0, 0), (0, slots - sample.numbers.shape[1]))
    numbers = torch.from_numpy(np.pad(sample.numbers, wider).astype(np.int64))
    fractions = torch.from_numpy(np.pad(sample.fractions, wider))
    target = torch.from_numpy(sample.target)

    def their_loss(rows: np.ndarray) -> torch.Tensor:
        elements, amounts = numbers[rows], fractions[rows]
        amounts = (amounts * (1 + 0.02 * torch.randn_like(amounts))).clamp(0, 1)
        amounts[elements == 0] = 0
        amounts = amounts / amounts.sum(dim=1, keepdim=True)
        mean, log_std = theirs(elements, amounts).chunk(2, dim=-1)
        return PublishedLoss(mean.view(-1), log_std.view(-1), target[rows])

    def our_loss(rows: np.ndarray) -> torch.Tensor:
        batch = Formulas.from_arrays(sample.numbers[rows], sample.fractions[rows])
        return robust_l1(ours(batch.jitter(generator(0, int(rows[0])))), target[rows])

    published = SWA(Lookahead(base_optimizer=Lamb(params=theirs.parameters())))
    schedule = torch.optim.lr_scheduler.CyclicLR(
        published, base_lr=1e-4, max_lr=6e-3, cycle_momentum=False, step_size_up=len(batches)
    )
    passes = {
        "ours": trainer(ours, our_loss, batches),
        "published, AdamW": common.plain_pass(
            torch.optim.AdamW(theirs.parameters(), lr=1e-4), theirs, their_loss, batches
        ),
        "published": common.plain_pass(published, theirs, their_loss, batches, schedule),
    }
    counted = {name: operations(our_loss if name == "ours" else their_loss, batches) for name in passes}
    common.compare(passes, counted, count=chosen.count, rounds=chosen.rounds, unit="formulas")


def _published(chosen) -> tuple:
    """The published model, its optimizers and its loss; what they import for plots alone is replaced by nothing."""
    sys.modules["seaborn"] = types.ModuleType("seaborn")
    vars(np)["float"] = float  # gone from NumPy since the code was written
    sys.path.insert(0, str(chosen.checkout.resolve()))
    with contextlib.chdir(chosen.checkout):
        from crabnet.kingcrab import CrabNet as Published
        from utils.optim import SWA
        from utils.utils import Lamb, Lookahead
        from utils.utils import RobustL1 as PublishedLoss
    return Published, Lamb, Lookahead, SWA, PublishedLoss


def copy(theirs: nn.Module, ours: CrabNet) -> None:
    """Give ours the weights of the published model."""
    ours.embedding.load_state_dict(theirs.encoder.embed.fc_mat2vec.state_dict())
    for target, source in zip(ours.encoder, theirs.encoder.transformer_encoder.layers, strict=True):
        target.project.weight.data.copy_(source.self_attn.in_proj_weight)
        target.project.bias.data.copy_(source.self_attn.in_proj_bias)
        for layer, other in (
            (target.mix, source.self_attn.out_proj),
            (target.wide, source.linear1),
            (target.narrow, source.linear2),
            (target.attention_norm, source.norm1),
            (target.output_norm, source.norm2),
        ):
            layer.load_state_dict(other.state_dict())
    for target, sources in (
        (ours.residual.layers, theirs.output_nn.fcs),
        (ours.residual.skips, theirs.output_nn.res_fcs),
    ):
        for layer, source in zip(target, sources, strict=True):
            layer.load_state_dict(source.state_dict())
    ours.last.load_state_dict(theirs.output_nn.fc_out.state_dict())


def _check(theirs: nn.Module, ours: CrabNet, sample: common.Sample) -> None:
    numbers, fractions = sample.numbers[:300], sample.fractions[:300]
    with torch.no_grad():
        expected = theirs.eval()(torch.from_numpy(numbers.astype(np.int64)), torch.from_numpy(fractions))
        common.report_difference(ours.eval()(Formulas.from_arrays(numbers, fractions)), expected)


if __name__ == "__main__":
    main()
