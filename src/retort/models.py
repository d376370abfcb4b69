"""The models that `retort` answers with, for Python: the very classes that the command line uses.

    from retort.models import Precursors

    model = Precursors.best()  # or Precursors.of(Path("data/runs/precursors/..")), in the project's folder
    print(model("Li7La3Zr2O12"), model.description)

A model is asked one question, or a list of them, and says of each what `retort` prints: see the attributes of what it
returns. A study is imported when its model is asked for. This is no part of `retort/__init__.py`, since what stands
there is code of every training, and a change of it would train everything anew.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retort.studies.discovery.rankers import Rankers as Rankers
    from retort.studies.discovery.similar import Pool as Pool
    from retort.studies.molecules.embedding import Embedding as Embedding
    from retort.studies.molecules.trained import Property as Property
    from retort.studies.precursors.trained import Precursors as Precursors
    from retort.studies.scitext.trained import Extraction as Extraction
    from retort.studies.transfer.properties import BandGap as BandGap
    from retort.studies.transfer.properties import FormationEnergy as FormationEnergy
    from retort.studies.transfer.properties import FormulaProperty as FormulaProperty
    from retort.studies.yields.trained import Yield as Yield

HOMES = {
    "BandGap": "transfer.properties",
    "Embedding": "molecules.embedding",
    "Extraction": "scitext.trained",
    "FormationEnergy": "transfer.properties",
    "FormulaProperty": "transfer.properties",
    "Pool": "discovery.similar",
    "Precursors": "precursors.trained",
    "Property": "molecules.trained",
    "Rankers": "discovery.rankers",
    "Yield": "yields.trained",
}


def __getattr__(name: str) -> type:
    if name not in HOMES:
        raise AttributeError(f"retort.models has no {name!r}, but {', '.join(HOMES)}.")
    return getattr(importlib.import_module(f"retort.studies.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(HOMES)
