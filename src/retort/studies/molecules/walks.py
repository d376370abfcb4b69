"""N-gram graph (Liu, Demirel, Liang, NeurIPS 2019, arXiv 1806.09206): a molecule as sums over its walks, no network.

An atom's vector f_i is the sum of one embedding row for each of its attributes. A walk of n atoms has the elementwise
product of their vectors. A molecule has, for n = 1..T, the sum over all its walks of n atoms, which are not listed:

    F_1 = f,    F_n = (A F_{n-1}) * f,    vector = [sum_i F_1[i], ..., sum_i F_T[i]]

with the adjacency matrix A. A walk may turn back, and one that is not its own reverse counts twice, once from each end.

Rows are learned without labels (CBoW): from the sum of its neighbours' vectors, an atom's attributes are guessed.

As in the authors' code (github.com/chao1224/n_gram_graph): the walks, r = 100, T = 6, one hidden layer of 20 for each
attribute, the sum of the cross-entropies, atoms without a bond left out. What differs, and why:

- The rows are learned on the study's corpus, as all its encoders are. Theirs are learned on the molecules of the
  labelled set itself, the training folds without their labels, in 100 epochs of 128 atoms a step.
- Attributes are those of the study's graph network: number (119 rows where they have 10 elements), chirality, charge,
  hydrogens, aromaticity. They have degree, implicit valence, acceptor and donor besides, and no chirality. An element
  that the corpus lacks keeps its random row; they have one row for all other elements.
- Rows are drawn so that f has unit variance, since the sum over walks of n atoms grows with its n-th power.
- AdamW with a warm-up and a falling rate, as for every pretext here; theirs is Adam at 0.003 throughout.
- The last model is kept; they keep the one of the lowest training loss.
- The forest on top has the settings of the study's other one. Theirs has its own for each task: 400 to 4,000 trees,
  which most often choose among all numbers at each split.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retort.chemistry.molecular_graphs import ATOM_SIZES
from retort.nn.backbone import Backbone
from retort.nn.folding import Product, matrix
from retort.nn.molecular_graphs import Graphs


class Walks(Backbone):
    """Graphs to vectors (M, `self.width`), r numbers for each length of walks.

    Args:
        width: r, of an atom's vector (published 50 and 100).
        longest: T, atoms of the longest walks (published 6).
    """

    def __init__(self, width: int = 100, longest: int = 6):
        super().__init__()
        self.atom_width, self.longest = width, longest
        self.width = width * longest
        self.atoms = nn.ModuleList(nn.Embedding(size, width) for size in ATOM_SIZES.values())
        for table in self.atoms:
            nn.init.normal_(table.get_parameter("weight"), std=len(self.atoms) ** -0.5)

    def vectors(self, graphs: Graphs) -> Tensor:
        """f (A, r)."""
        return sum(table(graphs.atoms[:, column]) for column, table in enumerate(self.atoms))

    def forward(self, graphs: Graphs) -> Tensor:
        """(M, T r): the sums over walks of one atom first."""
        f, bonded = self.vectors(graphs), adjacency(graphs)
        walks, sums = f, []
        for length in range(1, self.longest + 1):
            if length > 1:
                walks = (
                    Product.apply(walks, bonded, bonded) * f
                )  # (A, r), over the walks that end at each atom
            total = torch.zeros(graphs.count, self.atom_width, device=f.device)
            sums.append(total.index_add(0, graphs.molecule, walks))
        return torch.cat(sums, dim=1)


def adjacency(graphs: Graphs) -> Tensor:
    """A (A, A), sparse: 1 for each bond, whatever its kind. It is its own transpose."""
    count = len(graphs.atoms)
    ones = torch.ones(len(graphs.neighbours), device=graphs.atoms.device)
    return matrix(graphs.starts, graphs.neighbours, ones, (count, count))


class CBoW(nn.Module):
    """What the vectors of an atom's neighbours say of it.

    Args:
        hidden: width of the layer before the categories of each attribute (published 20).
    """

    def __init__(self, backbone: Walks, hidden: int = 20):
        super().__init__()
        self.backbone = backbone
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(backbone.atom_width, hidden), nn.ReLU(), nn.Linear(hidden, size))
            for size in ATOM_SIZES.values()
        )

    def forward(self, graphs: Graphs) -> list[Tensor]:
        """For each attribute the logits (A, categories) of all atoms."""
        bonded = adjacency(graphs)
        context = Product.apply(self.backbone.vectors(graphs), bonded, bonded)  # (A, r)
        return [head(context) for head in self.heads]


def cbow_loss(model: CBoW, graphs: Graphs) -> dict[str, Tensor]:
    """Over atoms with a bond. `total`: cross-entropies in nats, summed over attributes; `accuracy`: their mean share
    guessed right."""
    bonded = graphs.starts.diff() > 0
    count = bonded.sum().clamp(min=1)  # a batch of single atoms has no context, and teaches nothing
    answers = graphs.atoms[bonded]
    total, right = torch.zeros((), device=answers.device), torch.zeros((), device=answers.device)
    for column, logits in enumerate(model(graphs)):
        total = total + F.cross_entropy(logits[bonded], answers[:, column], reduction="sum") / count
        right = right + (logits[bonded].argmax(dim=1) == answers[:, column]).sum() / count
    return {"total": total, "accuracy": right.detach() / len(model.heads)}
