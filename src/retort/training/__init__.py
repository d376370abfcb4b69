"""The training loop, checkpoints, seeding and the contract of a run."""
