"""What tests of several files read: the results that a record gives, made once."""

import pytest

from . import records


@pytest.fixture(scope="session")
def results(once):
    """`results(scale)`: the folder of all results of a record."""
    return lambda scale: once(f"results-{scale}", lambda folder: records.make(scale, folder))
