"""The Python interface: the classes of the command line, found without waiting for them."""

import subprocess
import sys

import pytest

from retort import models
from retort.asking import AskError


def test_importing_retort_and_its_models_waits_for_nothing():
    code = (
        "import sys, retort.models; print(sorted({'torch', 'numpy', 'polars', 'rdkit'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


@pytest.mark.parametrize("name", sorted(models.HOMES))
def test_each_model_is_there_and_says_how_one_is_made(here, name):
    answering = getattr(models, name)
    assert (answering.__name__, name in dir(models)) == (name, True)
    asked = {"Property": ["bbbp"], "FormulaProperty": ["my_moduli"]}.get(name, [])
    with pytest.raises(AskError, match=r"make model NAME=|train those .* with: snakemake transfer"):
        answering.best(*asked)


def test_a_name_that_is_none_is_said():
    with pytest.raises(AttributeError, match=r"retort\.models has no 'Alchemy', but BandGap, "):
        _ = models.Alchemy
