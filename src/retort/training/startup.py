"""What torch does before the first step that no run here needs."""

import torch


def without_compiler() -> None:
    """Keep torch from importing its compiler at the first step of an optimiser: nothing here is compiled.

    Torch wraps methods of its optimisers so that the compiler passes them by, and the first call of one imports the
    compiler, which takes two seconds: as long as the whole training of a small run. Unwrapped they do the same. A torch
    that wraps them otherwise, or not at all, is left as it is.
    """
    for name in ("add_param_group", "load_state_dict", "state_dict", "zero_grad"):
        method = getattr(torch.optim.Optimizer, name)
        setattr(torch.optim.Optimizer, name, getattr(method, "__wrapped__", method))
    for kind in (torch.optim.Adam, torch.optim.AdamW):
        if hasattr(kind.step, "__wrapped__") and not hasattr(kind.step, "hooked"):
            # What the wrapper does besides, for an optimiser that is not differentiated through.
            kind.step = torch.no_grad()(kind.step.__wrapped__)  # type: ignore[method-assign]
