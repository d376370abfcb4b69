"""A short run does not pay for a compiler that it never uses."""

import subprocess
import sys

STEP = """
import sys, torch
from retort.training.seeding import seed_everything
from retort.training.startup import without_compiler

without_compiler()
seed_everything(0)
assert torch.are_deterministic_algorithms_enabled()
assert torch.is_deterministic_algorithms_warn_only_enabled()
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
before = model.weight.detach().clone()
optimizer.zero_grad()
model(torch.ones(3, 2)).sum().backward()
optimizer.step()
schedule.step()
optimizer.load_state_dict(optimizer.state_dict())
assert not torch.equal(before, model.weight)
print("torch._dynamo" in sys.modules)
"""


def test_a_run_is_seeded_and_an_optimiser_used_without_the_compiler():
    done = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
