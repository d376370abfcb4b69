"""Random formulas for the students' tests."""

import numpy as np


def draw(formulas: int, longest: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and fractions of random formulas of 1 to `longest` elements."""
    generator = np.random.default_rng(seed)
    counts = generator.integers(1, longest + 1, formulas)
    present = np.arange(longest) < counts[:, None]
    numbers = np.argsort(generator.random((formulas, 90)), axis=1)[:, :longest] + 1
    fractions = generator.uniform(0.05, 1, (formulas, longest)) * present
    return numbers * present, fractions / fractions.sum(axis=1, keepdims=True)
