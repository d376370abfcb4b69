"""The two losses of PrecursorSelector and how they are weighed (He et al. 2023, supplementary text)."""

import torch
import torch.nn.functional as F
from torch import Tensor

SCALE = 64.0  # gamma
MARGIN = 0.25
COMPOSITION_SHARE = 0.1
# Below its row's largest exponent by this much, a term is lost in single precision.
NEGLIGIBLE = -30.0
# The log of an empty sum: whatever is added to it, softplus makes zero of it.
EMPTY = -1e4


def circle_loss(logits: Tensor, members: Tensor) -> Tensor:
    """Circle loss of each row (Sun et al., CVPR 2020, eq. 6), for a set instead of one class.

    Members are pushed above 0.75, the others below 0.25, each the harder the further off it is. The paper's
    logits are not cosines and may leave [-1, 1]; the same formula then still settles them near 1 and 0.

    Args:
        logits: (B, V).
        members: (B, V) boolean, the whole set.

    Returns:
        (B,); zero for a row without members, about which the loss has nothing to say.
    """
    error = torch.where(members, 1 - logits, logits)  # distance from the ideal, 1 or 0
    pace = SCALE * F.relu(error.detach() + MARGIN)  # a weight, not a path for the gradient
    exponents = pace * (error - MARGIN)  # (B, V)
    # log sum exp over the members and over the others, with one exp for both. What is negligible is cut off
    # first: exp of it would be a denormal number, on which processors are a hundred times slower.
    fixed = exponents.detach()
    peak_in = fixed.masked_fill(~members, EMPTY).amax(dim=1, keepdim=True)
    peak_out = fixed.masked_fill(members, EMPTY).amax(dim=1, keepdim=True)
    terms = (exponents - torch.where(members, peak_in, peak_out)).clamp(min=NEGLIGIBLE).exp()
    inside = members.to(terms.dtype)
    sum_in = (terms * inside).sum(dim=1).clamp(min=1e-30)
    sum_out = (terms * (1 - inside)).sum(dim=1).clamp(min=1e-30)
    return F.softplus(sum_in.log() + sum_out.log() + (peak_in + peak_out).squeeze(1))


def composition_loss(recovered: Tensor, fractions: Tensor) -> Tensor:
    """Squared errors (B, E) summed over the elements, times 0.1: one value per row (B,)."""
    return COMPOSITION_SHARE * (recovered - fractions).square().sum(dim=1)


def weigh(losses: list[Tensor], log_variance: Tensor) -> Tensor:
    """Adaptive weighting of tasks, S1: the sum over tasks i of exp(-s_i) L_i + s_i, with s_i = log sigma_i^2."""
    return sum(torch.exp(-s) * loss + s for loss, s in zip(losses, log_variance, strict=True))
