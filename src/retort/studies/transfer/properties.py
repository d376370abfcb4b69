"""What the commands predict: a property that the study's own materials have, or any that a data set measures."""

from pathlib import Path
from typing import ClassVar, Self

from retort.asking import AskError, Place, Rivals, project, usable
from retort.sealed import read_table
from retort.studies.transfer.trained import STUDY, Trained, able


class StudyProperty(Trained):
    """A property that the study's own materials have, with all labels."""

    NAME: ClassVar[str]  # of the command
    SPLIT: ClassVar[str]  # under which its runs lie

    @classmethod
    def best(cls) -> Self:
        """The variant that did best on valid, on the largest set of real materials.

        Raises:
            AskError: none has been trained.
        """
        return cls.best_of(
            Rivals.of(
                STUDY, cls.NAME, lambda _, record: record["split"] == cls.SPLIT and able(record)
            ).largest()
        )


class FormationEnergy(StudyProperty):
    """Formation energies in eV/atom, from formulas."""

    NAME, SPLIT = "formation-energy", "formation"


class FormulaProperty(Trained):
    """A property that any data set of formulas measures, in its own unit."""

    NAME = "formula-property"

    @classmethod
    def best(cls, dataset: str, target: str | None = None) -> Self:
        """The variant that did best on valid, where most labels of the property may be learned from.

        Args:
            target: the property, as the data set's YAML calls it; may be left out where models have learned only one.

        Raises:
            AskError: none has been trained on this data set, or none for this property.
        """
        places = Rivals.of(STUDY, cls.NAME, lambda _, record: able(record), dataset).places
        names: dict[Place, str] = {
            place: next(iter(variants.values()))[0][1]["settings"]["target"]
            for place, variants in places.items()
        }
        known = sorted(set(names.values()))
        if target not in known and (target is not None or len(known) > 1):
            asked = (
                "which property is asked for is not said" if target is None else f"no model for {target!r}"
            )
            raise AskError(f"{dataset}: {asked}. Hint: --property with one of {', '.join(known)}")
        wanted = target or known[0]

        def standing(place: Place) -> tuple:
            folder, record = next(iter(places[place].values()))[0]
            with usable(STUDY, folder):
                split = (project(folder, record) or Path()) / record["inputs"]["split"]
                return -int((read_table(split, columns=["part"])["part"] == "train").sum()), place

        return cls.best_of(places[min((one for one in places if names[one] == wanted), key=standing)])


class BandGap(StudyProperty):
    """Band gaps in eV, from formulas."""

    NAME, SPLIT = "band-gap", "gap"
