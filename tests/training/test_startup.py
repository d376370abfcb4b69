"""A short run does not pay for a compiler that it never uses."""

import subprocess
import sys

STEP = """
import sys, torch
from retort.training.startup import without_compiler

without_compiler()
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


def test_an_optimiser_is_made_and_used_without_the_compiler():
    done = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
