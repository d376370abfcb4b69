"""Pre-training of the published MolCLR against ours: the same molecules, GIN, augmentation and batch, one thread.

Both read their own data: theirs parses each SMILES string and draws its views atom by atom as its data set is
published, ours cuts batches out of the memory-mapped view, which is made once and timed apart.
"""

import common  # isort: skip

import argparse
import random
import sys
import tarfile
import tempfile
import time
import types
from pathlib import Path

import numpy as np
import polars as pl
import torch
from rdkit import Chem
from torch import nn
from torch.nn import functional as F

from retort.datasets.views import molecular_graphs
from retort.nn.gin import GIN
from retort.nn.molecular_graphs import MoleculeStore
from retort.studies.molecules.contrast import nt_xent
from retort.studies.molecules.molclr import two_views

TEMPERATURE = 0.1
WIDTH = 256  # of the projection; what the contrast sees is half as wide
SETTINGS = {"mask": {"atoms": 0.25, "bonds": 0.25}, "subgraph": {"atoms": 0.25, "bonds": 0.25}}


class Ours(nn.Module):
    """Our GIN at the published size with the published projection."""

    def __init__(self):
        super().__init__()
        self.backbone = GIN(300, 5, "batch", features=("number", "chirality"))
        self.features = nn.Linear(300, WIDTH)
        self.project = nn.Sequential(
            nn.Linear(WIDTH, WIDTH), nn.ReLU(inplace=True), nn.Linear(WIDTH, WIDTH // 2)
        )

    def forward(self, graphs) -> torch.Tensor:
        return self.project(self.features(self.backbone(graphs)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("checkout", type=Path, help="folder of the published code, outside this repository")
    parser.add_argument("packages", type=Path, help="folder with torch_geometric and xxhash")
    parser.add_argument(
        "--corpus", type=Path, default=Path("../shared/datasets/molecules/zinc250k.tar.gz"), help="of ZINC"
    )
    parser.add_argument("--count", type=int, default=1024, help="molecules of one pass of training")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3, help="passes of each, taken in turns")
    parser.add_argument("--kind", choices=sorted(SETTINGS), default="mask", help="augmentation")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    Dataset, DataLoader, Data, Batch, Published, PublishedLoss = _published(chosen)
    strings = molecules(chosen.corpus, chosen.count)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = pl.DataFrame({"id": [str(row) for row in range(len(strings))], "standard": strings})
        start = time.process_time()
        molecular_graphs.build(rows, folder / "view", workers=1)
        made = time.process_time() - start
        print(f"view: {made / chosen.count * 1000:.3f} s per 1,000 molecules, once")
        store = MoleculeStore(folder / "view")
        (folder / "smiles.csv").write_text("\n".join(strings) + "\n", encoding="utf-8")
        dataset = Dataset(str(folder / "smiles.csv"))
        loader = DataLoader(dataset, batch_size=chosen.batch, shuffle=True, drop_last=True, num_workers=0)

        theirs, ours = Published(5, 300, WIDTH, 0, "mean"), Ours()
        print("parameters:", *common.parameters(theirs, ours))
        copy(theirs, ours)
        check(theirs, ours, store, Data, Batch)
        loss = PublishedLoss("cpu", chosen.batch, TEMPERATURE, True)
        known = torch.randn(2, chosen.batch, WIDTH // 2)
        one, other = F.normalize(known[0]), F.normalize(known[1])
        print(f"losses of the same vectors: {loss(one, other):.6f} {nt_xent(*known, TEMPERATURE):.6f}")

        settings = SETTINGS[chosen.kind] | {"kind": chosen.kind}
        rng = np.random.default_rng(0)
        our_optimizer = torch.optim.Adam(ours.parameters(), 5e-4, weight_decay=1e-5, fused=True)
        their_optimizer = torch.optim.Adam(theirs.parameters(), 5e-4, weight_decay=1e-5)

        def our_pass() -> None:
            ours.train()
            order = rng.permutation(chosen.count)
            for first in range(0, chosen.count - chosen.batch + 1, chosen.batch):
                views = two_views(store, order[first : first + chosen.batch], settings, rng)
                our_optimizer.zero_grad()
                nt_xent(*(ours(view) for view in views), TEMPERATURE).backward()
                our_optimizer.step()

        def their_pass() -> None:
            theirs.train()
            for one, other in loader:
                their_optimizer.zero_grad()
                views = [F.normalize(theirs(view)[1], dim=1) for view in (one, other)]
                loss(*views).backward()
                their_optimizer.step()

        def their_loading() -> None:
            for _ in loader:
                pass

        def our_loading() -> None:
            for first in range(0, chosen.count - chosen.batch + 1, chosen.batch):
                two_views(store, np.arange(first, first + chosen.batch), settings, rng)

        passes = {
            "ours": our_pass,
            "published": their_pass,
            "ours, data alone": our_loading,
            "published, data alone": their_loading,
        }
        taken = chosen.count // chosen.batch * chosen.batch
        common.compare(passes, {}, count=taken, rounds=chosen.rounds, unit="molecules")


def molecules(corpus: Path, count: int) -> list[str]:
    """The first molecules of a corpus that have at least two atoms and one bond."""
    found: list[str] = []
    with tarfile.open(corpus) as archive:
        for member in archive:
            if not member.isfile() or not member.name.endswith((".csv", ".smi", ".txt")):
                continue
            for line in archive.extractfile(member):
                text = line.decode().strip().split(",")[0].split()
                mol = Chem.MolFromSmiles(text[0].strip('"')) if text else None
                if mol is not None and mol.GetNumBonds() > 3:
                    found.append(Chem.MolToSmiles(mol))
                if len(found) == count:
                    return found
    raise SystemExit(f"{corpus} has {len(found)} molecules, expected {count}. Hint: lower --count.")


def _published(chosen) -> tuple:
    """The published data set, model and loss; what they import and do not use is replaced by nothing."""
    sys.path[:0] = [str(chosen.checkout.resolve()), str(chosen.packages.resolve())]
    import torch_geometric.data
    from torch_geometric.loader import DataLoader

    torch_geometric.data.DataLoader = DataLoader  # where it was when the code was written

    empty = {
        "torchvision": {},
        "torchvision.transforms": {},
        "torch_scatter": {"scatter": None},
    }
    for name, content in empty.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(content)
    sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"]
    if chosen.kind == "mask":
        from dataset import dataset as published
    else:
        from dataset import dataset_subgraph as published
    from models.ginet_molclr import GINet
    from utils.nt_xent import NTXentLoss

    class Dataset(published.MoleculeDataset):
        # Since then PyG has made these abstract.
        def len(self) -> int:
            return len(self.smiles_data)

        def get(self, index: int):
            return published.MoleculeDataset.__getitem__(self, index)

    return Dataset, DataLoader, torch_geometric.data.Data, torch_geometric.data.Batch, GINet, NTXentLoss


def copy(theirs: nn.Module, ours: Ours) -> None:
    """Give ours the weights of the published model. Its atoms are counted from 0 and its mask is the last."""
    with torch.no_grad():
        ours.backbone.atoms[0].weight.copy_(theirs.x_embedding1.weight.roll(1, 0))
        ours.backbone.atoms[1].weight[:3] = theirs.x_embedding2.weight
        for number, layer in enumerate(theirs.gnns):
            table = ours.backbone.bonds[number]
            table[:4] = layer.edge_embedding1.weight[:4]
            table[5:8] = layer.edge_embedding2.weight
            table[8] = layer.edge_embedding1.weight[4] + layer.edge_embedding2.weight[0]
            ours.backbone.perceptrons[number].load_state_dict(layer.mlp.state_dict())
    ours.backbone.norms.load_state_dict(theirs.batch_norms.state_dict())
    ours.features.load_state_dict(theirs.feat_lin.state_dict())
    ours.project.load_state_dict(theirs.out_lin.state_dict())


def check(theirs: nn.Module, ours: Ours, store: MoleculeStore, Data, Batch) -> None:
    """Compare the two on the same views, batch statistics included."""
    rows = np.arange(200)
    given = []
    for row in rows:
        one = store.arrays(np.array([row]))
        bonds = np.concatenate([one.bonds, one.bonds[:, ::-1]]).T
        atoms = one.atoms[:, :2].astype(np.int64)
        atoms[:, 0] -= 1
        given.append(
            Data(
                x=torch.from_numpy(atoms),
                edge_index=torch.from_numpy(np.ascontiguousarray(bonds)),
                edge_attr=torch.from_numpy(np.concatenate([one.types, one.types]).astype(np.int64)),
            )
        )
    with torch.no_grad():
        expected = theirs.train()(Batch.from_data_list(given))[1]
        common.report_difference(ours.train()(store.batch(rows)), expected)


if __name__ == "__main__":
    main()
