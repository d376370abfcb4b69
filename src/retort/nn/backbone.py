"""What all molecular backbones are to those that train and use them."""

from torch import nn


class Backbone(nn.Module):
    """A batch of M molecules, or crops of them, to (M, `width`)."""

    width: int
