"""A training step of the published ALIGNN against ours: the same crystals, sizes and batch, one thread.

Their model (`alignn.models.alignn.ALIGNN`, with DGL's kernels) gets their own graphs; so does the later
`alignn_atomwise_pure`, which has no DGL but layer instead of batch normalisation. Ours gets the view
`crystal_graphs` with equal bonds merged, as the study trains, and with nothing merged.
"""

import common  # isort: skip

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import nn

from retort.datasets.views import crystal_graphs
from retort.studies.transfer.alignn import ALIGNN, EdgeGatedConvolution, Embedding
from retort.studies.transfer.benchmark import operations, seconds, trainer
from retort.studies.transfer.graphs import GraphStore

NAMES = ("merged", "unmerged")


def main() -> None:
    parser = common.arguments(__doc__, table="data/prepared/mp20.parquet", count=64, batch=64)
    parser.add_argument("--skip-pure", action="store_true", help="leave out alignn_atomwise_pure")
    chosen = parser.parse_args()
    os.environ["DGLBACKEND"] = "pytorch"  # or else DGL writes into the home folder
    sys.path.append(str(chosen.checkout))
    from alignn.models.alignn import ALIGNN as Published
    from alignn.models.alignn import ALIGNNConfig

    rows = pl.read_parquet(chosen.table).filter(pl.col("published_part") == "train")
    rows = rows.sort("id").sample(chosen.count, seed=0, shuffle=True)
    energies = rows["formation_energy"].to_numpy()
    labels = torch.from_numpy(((energies - energies.mean()) / energies.std()).astype(np.float32))
    batches = np.array_split(np.arange(len(rows)), -(-len(rows) // chosen.batch))
    with tempfile.TemporaryDirectory() as scratch:
        stores, theirs = _draw(rows, Path(scratch))
        torch.manual_seed(0)
        published, vectors = Published(ALIGNNConfig(name="alignn")), _vectors()
        ours = {name: ALIGNN(vectors) for name in NAMES}
        print("parameters:", *common.parameters(published, ours["merged"]))
        for model in ours.values():
            copy(published, model)
        _check(published, ours, stores, batches[0], vectors)

        passes, counted = {}, {}
        for name, model in ours.items():
            loss = _own_loss(model, stores[name], labels)
            passes[f"ours, {name} graphs"] = trainer(model, loss, batches)
            counted[f"ours, {name} graphs"] = operations(loss, batches)
        others = {"published, DGL": (published, _dgl_loss(published, theirs, labels))}
        if not chosen.skip_pure:
            pure = _pure()
            others["published, pure torch"] = (pure, _pure_loss(pure, theirs, labels))
        for name, (model, loss) in others.items():
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
            passes[name] = common.plain_pass(optimizer, model, loss, batches)
            counted[name] = operations(loss, batches)
        common.compare(passes, counted, count=len(rows), rounds=chosen.rounds, unit="crystals")


def _draw(rows: pl.DataFrame, scratch: Path) -> tuple[dict[str, GraphStore], list[tuple]]:
    """Our graphs, with and without merging, and theirs; prints how many bonds they have and how long they took."""
    stores = {}
    for name in NAMES:

        def draw(name: str = name) -> None:
            crystal_graphs.build(rows, scratch / name, merged=name == "merged", workers=1)

        draw()
        taken = seconds(draw)
        stores[name] = GraphStore(scratch / name)
        graphs = stores[name].batch(np.arange(len(rows)), angles=True)
        _report_graphs(f"ours, {name}", len(graphs.source), len(graphs.first), taken, len(rows))
    _published_graphs(rows.head(1))  # the first call also pays for the tables of jarvis
    theirs = []
    taken = seconds(lambda: theirs.extend(_published_graphs(rows)))
    bonds, pairs = (sum(pair[part].num_edges() for pair in theirs) for part in (0, 1))
    _report_graphs("published", bonds, pairs, taken, len(rows))
    return stores, theirs


def _report_graphs(name: str, bonds: int, pairs: int, taken: float, count: int) -> None:
    print(
        f"graphs, {name}: {bonds / count:.0f} bonds and {pairs / count:.0f} pairs of bonds a crystal; "
        f"{taken / count * 1000:.1f} s per 1,000"
    )


def copy(published: nn.Module, ours: ALIGNN) -> None:
    """Give ours the weights of the published model."""

    def embedding(source: nn.Module, target: Embedding) -> None:
        target.linear.load_state_dict(source.layer[0].state_dict())
        norm(source.layer[1], target.norm)

    def norm(source: nn.Module, target: nn.Module) -> None:
        target.weight.data.copy_(source.weight)
        target.bias.data.copy_(source.bias)

    def convolution(source: nn.Module, target: EdgeGatedConvolution) -> None:
        parts = (source.dst_gate, source.src_gate, source.dst_update, source.src_update)
        target.node.weight.data.copy_(torch.cat([part.weight for part in parts]))
        target.node.bias.data.copy_(torch.cat([part.bias for part in parts]))
        target.edge.load_state_dict(source.edge_gate.state_dict())
        norm(source.bn_nodes, target.node_norm)
        norm(source.bn_edges, target.edge_norm)

    embedding(published.atom_embedding, ours.atom)
    for name in ("edge", "angle"):
        target = ours.length if name == "edge" else ours.angle
        for layer in (0, 1):
            embedding(getattr(published, f"{name}_embedding")[layer + 1], target[layer])
    for layer, pair in enumerate(published.alignn_layers):
        convolution(pair.node_update, ours.on_crystal[layer])
        convolution(pair.edge_update, ours.on_lines[layer])
    for layer, single in enumerate(published.gcn_layers, start=len(published.alignn_layers)):
        convolution(single, ours.on_crystal[layer])
    ours.head.load_state_dict(published.fc.state_dict())


def _check(published: nn.Module, ours: dict, stores: dict, rows: np.ndarray, vectors: torch.Tensor) -> None:
    """The published model on our unmerged graphs must say what ours says, with batch statistics."""
    import dgl

    rows = rows[:16]
    whole = stores["unmerged"].batch(rows, angles=True)
    crystal = dgl.graph((whole.source, whole.target), num_nodes=len(whole.numbers))
    crystal.ndata["atom_features"] = vectors[whole.numbers]
    crystal.edata["r"] = nn.functional.pad(whole.length[:, None], (0, 2))
    per_crystal = torch.bincount(whole.crystal, minlength=whole.size)
    crystal.set_batch_num_nodes(per_crystal)
    crystal.set_batch_num_edges(torch.bincount(whole.crystal[whole.target], minlength=whole.size))
    lines = dgl.graph((whole.first, whole.second), num_nodes=len(whole.source))
    lines.edata["h"] = whole.cosine
    with torch.no_grad():
        expected = published((crystal, lines, None))
        for name, model in ours.items():
            found = model(stores[name].batch(rows, angles=True))[:, 0]
            common.report_difference(found, expected, f"ours, {name}")


def _vectors() -> torch.Tensor:
    """CGCNN's 92 numbers of every element, (119, 92), as the published code has them."""
    from jarvis.core.specie import get_node_attributes
    from pymatgen.core import Element

    vectors = torch.zeros(119, 92)
    for number in range(1, 101):
        vectors[number] = torch.tensor(
            get_node_attributes(Element.from_Z(number).symbol, atom_features="cgcnn"), dtype=torch.float32
        )
    return vectors


def _published_graphs(rows: pl.DataFrame) -> list[tuple]:
    """(crystal graph, line graph) of each, as the published settings draw them."""
    from alignn.graphs import Graph
    from jarvis.core.atoms import Atoms
    from pymatgen.core import Element

    return [
        Graph.atom_dgl_multigraph(
            Atoms(
                lattice_mat=np.reshape(lattice, (3, 3)),
                coords=np.reshape(positions, (-1, 3)),
                elements=[Element.from_Z(number).symbol for number in numbers],
                cartesian=False,
            ),
            neighbor_strategy="k-nearest",
            cutoff=8.0,
            max_neighbors=12,
            atom_features="cgcnn",
            compute_line_graph=True,
            use_canonize=True,
        )[:2]
        for lattice, positions, numbers in rows.select("lattice", "positions", "numbers").iter_rows()
    ]


def _own_loss(model: nn.Module, store: GraphStore, labels: torch.Tensor):
    def loss(rows: np.ndarray) -> torch.Tensor:
        return nn.functional.l1_loss(model(store.batch(rows, angles=True))[:, 0], labels[rows])

    return loss


def _dgl_loss(model: nn.Module, graphs: list[tuple], labels: torch.Tensor):
    import dgl

    def loss(rows: np.ndarray) -> torch.Tensor:
        crystal, lines = (dgl.batch([graphs[row][part] for row in rows]) for part in (0, 1))
        return nn.functional.l1_loss(model((crystal, lines, None)), labels[rows])

    return loss


def _pure() -> nn.Module:
    from alignn.models.alignn_atomwise_pure import ALIGNNAtomWisePure, ALIGNNAtomWisePureConfig

    return ALIGNNAtomWisePure(
        ALIGNNAtomWisePureConfig(
            name="alignn_atomwise_pure",
            alignn_layers=4,
            gcn_layers=4,
            atom_input_features=92,
            hidden_features=256,
            calculate_gradient=False,
            gradwise_weight=0.0,
            energy_mult_natoms=False,
            use_penalty=False,
            lg_on_fly=False,
        )
    )


def _pure_loss(model: nn.Module, graphs: list[tuple], labels: torch.Tensor):
    from alignn.torch_graph_builder import batch_torch_graph_pairs, torchgraph_from_dgl

    plain = [tuple(map(torchgraph_from_dgl, pair)) for pair in graphs]

    def loss(rows: np.ndarray) -> torch.Tensor:
        crystal, lines = batch_torch_graph_pairs([plain[row] for row in rows])
        return nn.functional.l1_loss(model((crystal, lines, None))["out"], labels[rows])

    return loss


if __name__ == "__main__":
    main()
