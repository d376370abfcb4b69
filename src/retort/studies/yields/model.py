"""The networks: encoders of graphs, strings and human features, and a head that knows how unsure it is.

UAM (Chen et al., AAAI 2024) has all three; the MPNN of Kwon et al. (J. Cheminf. 14, 2 (2022)) graphs alone; a
transformer in the manner of YieldBERT (Schwaller et al. 2021) strings alone. The encoders of graphs and strings draw
nothing: dropout is in the encoder of human features and in the head, row by row. So it is in UAM's code, but for a
layer of its first release that gave bonds a further feature, with dropout 0.5: left out here, as in the second.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from retort.chemistry.smiles_tokens import VOCABULARY
from retort.nn.edge_messages import EdgeMessages
from retort.nn.experts import Experts, ResidualExperts
from retort.nn.reaction_strings import ReactionTransformer
from retort.nn.set2set import Set2Set
from retort.studies.yields.reactions import START, Batch, given

ENCODERS = ("graph", "sequence")  # what pre-training lends
SIDES = ("reactants", "products")


class GraphEncoder(nn.Module):
    """Molecules to (M, readout)."""

    def __init__(self, atom: int, bond: int, width: int, steps: int, iterations: int, readout: int):
        super().__init__()
        self.messages = EdgeMessages(atom, bond, width, steps)
        self.set2set = Set2Set(2 * width, iterations)
        self.out = nn.Sequential(nn.Linear(4 * width, readout), nn.PReLU())
        self.width = readout

    def forward(self, batch: Batch) -> Tensor:
        """(M, readout) of the molecules of a batch."""
        graphs = given(batch.graphs)
        states = self.messages(graphs)
        return self.out(self.set2set(states, graphs.molecule, len(graphs.sizes)))

    @staticmethod
    def reaction(batch: Batch, molecules: Tensor) -> Tensor:
        """(B, 2 readout): the sum over reactants and the sum over products, side by side."""
        return torch.cat((batch.sides[0] @ molecules, batch.sides[1] @ molecules), dim=1)


class SequenceEncoder(nn.Module):
    """Reactions as strings to (B, width)."""

    def __init__(self, longest: int, width: int, layers: int, heads: int, attention: str):
        super().__init__()
        self.transformer = ReactionTransformer(len(VOCABULARY), START, longest, width, layers, heads)
        self.attention = attention
        self.width = width

    def forward(self, batch: Batch) -> Tensor:
        """(B, width)."""
        if self.attention == "components":
            return self.transformer.of_components(given(batch.strings), given(batch.members))
        return self.transformer.of_reactions(given(batch.tokens))


class FeatureEncoder(nn.Module):
    """Human features, summed over the molecules of a reaction, to (B, width), in two parts: what nothing is drawn in,
    and what dropout makes different in every pass.

    Args:
        inputs: width of the features of a molecule.
        experts: of each mixture; 0 puts plain layers of the same depth in their place.
        mixtures, dense: layers of either kind (published 2 and 4).
        dropout: of all layers but the first one, which has `entry`.
    """

    def __init__(
        self, inputs: int, width: int, experts: int, mixtures: int, dense: int, dropout: float, entry: float
    ):
        super().__init__()
        self.linear = nn.Linear(inputs, width)
        self.norm = nn.BatchNorm1d(width)
        self.dropout = nn.Dropout(entry)
        self.mixtures = nn.ModuleList(
            ResidualExperts(width, experts, dropout) if experts else layer(width, width, dropout)
            for _ in range(mixtures)
        )
        self.dense = nn.Sequential(*(layer(width, width, dropout) for _ in range(dense)))
        self.out = nn.Linear(width, width)
        self.width = width

    def enter(self, batch: Batch) -> Tensor:
        """(B, width) after the first layer, which is linear in the molecules, and before its dropout."""
        sums = torch.linalg.multi_dot((batch.sides.sum(dim=0), given(batch.features), self.linear.weight.T))
        return self.norm(sums + self.linear.bias).relu()

    def forward(self, entered: Tensor) -> tuple[Tensor, Tensor]:
        """(B, width), and how unbalanced the use of the experts is."""
        rows, unbalanced = self.dropout(entered), entered.new_zeros(())
        for mixture in self.mixtures:
            if isinstance(mixture, ResidualExperts):
                rows, more = mixture(rows)
                unbalanced = unbalanced + more / len(self.mixtures)
            else:
                rows = mixture(rows)
        return self.out(self.dense(rows)), unbalanced

    def usage(self, entered: Tensor) -> list[list[float]]:
        """For each mixture, the share of all weight that each expert has, over the rows; without experts, nothing."""
        rows, shares = self.dropout(entered), []
        for mixture in self.mixtures:
            if not isinstance(mixture, ResidualExperts):
                continue
            experts: Experts = mixture.experts
            weights = experts.weights(experts.gate(mixture.linear(rows)).softmax(dim=1))
            shares.append(weights.mean(dim=0).tolist())
            rows, _ = mixture(rows)
        return shares


def layer(inputs: int, width: int, dropout: float) -> nn.Sequential:
    """Linear, batch norm, rectifier, dropout."""
    return nn.Sequential(nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout))


@dataclass(frozen=True)
class Encoded:
    """What no dropout touches of B reactions.

    Attributes:
        known: (B, W) what graphs and strings give to the first layer of the head, its bias included.
        features: (B, W) after the first layer of their encoder, or None.
    """

    known: Tensor
    features: Tensor | None

    def repeated(self, times: int) -> "Encoded":
        """The same reactions several times, one copy after the other."""
        features = None if self.features is None else self.features.repeat(times, 1)
        return Encoded(self.known.repeat(times, 1), features)


class YieldNet(nn.Module):
    """Reactions to the mean and the log variance of their yields, in standard units of the training yields.

    Args:
        network: block `network` of the settings.
        widths: of the inputs, as `Reactions.widths` has them.
    """

    def __init__(self, network: dict, widths: dict[str, int]):
        super().__init__()
        self.views = network["views"]
        inputs: dict[str, int] = {}
        if "graph" in self.views:
            self.graph = GraphEncoder(widths["atom"], widths["bond"], **network["graph"])
            inputs |= dict.fromkeys(SIDES, self.graph.width)
        if "sequence" in self.views:
            self.sequence = SequenceEncoder(**network["sequence"])
            inputs["sequence"] = self.sequence.width
        if "features" in self.views:
            chosen = {name: value for name, value in network["features"].items() if name != "source"}
            self.features = FeatureEncoder(widths["features"], **chosen)
            inputs["features"] = self.features.width
        head = network["head"]
        # The first layer of the head, in the parts of what it reads: no gradient is then put together from slices.
        self.first = nn.ModuleDict(
            {name: nn.Linear(width, head["width"], bias=False) for name, width in inputs.items()}
        )
        self.bias = nn.Parameter(torch.empty(head["width"]))
        bound = sum(inputs.values()) ** -0.5
        for weight in self.first.parameters():
            nn.init.uniform_(weight, -bound, bound)  # as torch draws one layer that reads all parts
        nn.init.uniform_(self.bias, -bound, bound)
        self.rest = nn.Sequential(
            nn.PReLU(),
            nn.Dropout(head["dropout"]),
            nn.Linear(head["width"], head["width"]),
            nn.PReLU(),
            nn.Dropout(head["dropout"]),
            nn.Linear(head["width"], 2),
        )

    def encode(self, batch: Batch) -> Encoded:
        """The part of the network that is the same in every pass."""
        known = self.bias.expand(batch.count, -1)
        if "graph" in self.views:
            molecules = self.graph(batch)
            for name, side in zip(SIDES, batch.sides, strict=True):
                # The layer of a sum over molecules: linear, so the cheaper order of both products is taken.
                weight = self.first[name].weight
                known = known + torch.linalg.multi_dot((side, molecules, weight.T))
        if "sequence" in self.views:
            known = known + self.first["sequence"](self.sequence(batch))
        return Encoded(known, self.features.enter(batch) if "features" in self.views else None)

    def head(self, encoded: Encoded) -> tuple[Tensor, Tensor, Tensor]:
        """Mean (B,), log variance (B,), and the imbalance of the experts."""
        total, unbalanced = encoded.known, encoded.known.new_zeros(())
        if encoded.features is not None:
            rows, unbalanced = self.features(encoded.features)
            total = total + self.first["features"](rows)
        mean, log_variance = self.rest(total).unbind(dim=1)
        return mean, log_variance, unbalanced

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        return self.head(self.encode(batch))
