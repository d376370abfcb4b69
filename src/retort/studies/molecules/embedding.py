"""A pre-trained encoder of molecules: its vectors, and what is said beside them.

Only the standard library is imported before it is asked, so that `retort --help` stays quick.
"""

import csv
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from retort.asking import Answer, AskError, Found, Given, finished_runs, model_hint, project, runs, usable
from retort.files import whole
from retort.studies.molecules.given import MOLECULE, Molecule, read, read_run, reader
from retort.studies.molecules.probed import Standing, standing

if TYPE_CHECKING:
    import numpy as np

    from retort.nn.backbone import Backbone

AT_ONCE = 256
NEAREST = 3  # training molecules that are told


@dataclass(frozen=True, kw_only=True)
class Embedded(Answer):
    """What is said of one molecule beside its vector.

    Attributes:
        near: the nearest training molecules: `smiles, id, similarity` (Tanimoto, Morgan fingerprints) and `same`.
    """

    near: tuple[dict, ...] = ()

    def told(self) -> dict:
        return {"nearest": list(self.near)}


class Embedding:
    """A pre-trained encoder of molecules.

    Args:
        folder, record: its run.
    """

    def __init__(self, folder: Path, record: dict):
        self.folder, self.record = folder, record

    @classmethod
    def best(cls, variant: str | None = None) -> Self:
        """The newest pre-training run of a variant; by default that whose vectors did best on validation.

        Raises:
            AskError: there is none.
        """
        return cls.of(newest_encoder(variant))

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The run that the user named."""
        return cls(folder, read_run(folder, ("pretrain",)))

    @property
    def in_words(self) -> str:
        told = self.record
        generated = ", generated molecules" if told["generated"] else ""
        said = f"; {self.standing.in_words()}" if self.standing else ""
        return f"{self.folder}: {told['variant']} pre-trained on {told['dataset']}{generated}{said}"

    @cached_property
    def standing(self) -> Standing | None:
        """How good its vectors are beside those of other encoders; None where it is not known."""
        return standing(self.record)

    @property
    def description(self) -> dict:
        """Which encoder it is and what it was trained on, for programs."""
        told = {
            key: self.record[key] for key in ("study", "dataset", "split", "variant", "seed", "generated")
        }
        molecules = self.record["facts"].get("molecules")
        stands = asdict(self.standing) if self.standing else None
        return told | {
            "runs": [self.folder.as_posix()],
            "training_molecules": molecules,
            "standing": stands,
        }

    def about(self, molecules: list[Molecule], given: list[Given], count: int = NEAREST) -> list[Embedded]:
        """What is told of each molecule beside its vector.

        Args:
            count: nearest training molecules of each.

        Raises:
            AskError: the data that the encoder was trained on are gone.
        """
        good = [molecule for molecule in molecules if molecule.error is None]
        near: dict[int, list[dict]] = {}
        if good and count:
            from retort.studies.molecules.seen import nearest, seen

            root = project(self.folder, self.record)
            if root is None:
                raise AskError(
                    f"{self.folder}: {self.record['inputs']['prepared']} is gone, so that no nearest molecules are "
                    "known. Hint: -k 0 tells none"
                )
            with usable("molecules", self.folder):
                found = nearest([one.standard for one in good], seen(root, self.record), count)
            near = dict(zip((one.row for one in good), found, strict=True))
        return [
            Embedded(row=one.row, given=asked, error=one.error, near=tuple(near.get(one.row, ())))
            for one, asked in zip(molecules, given, strict=True)
        ]

    def __call__(self, smiles: Iterable[str]) -> "np.ndarray":
        """(N, width) float32 in the order of the molecules; NaN where one cannot be read."""
        import numpy as np

        molecules = read(list(smiles))
        backbone = self._backbone()
        vectors = np.full((len(molecules), backbone.width), np.nan, np.float32)
        self._fill(vectors, molecules, backbone, AT_ONCE)
        return vectors

    def write(
        self, molecules: list[Molecule], given: list[Given], output: Path, batch: int = AT_ONCE
    ) -> tuple[int, int]:
        """Write the vectors of `molecules` as float32 (N, width) to `output`, and return this shape.

        The file appears when it is complete. A .npy is filled on disk: any number of molecules fits in memory.

        Raises:
            AskError: the run lacks its model, or `output` cannot be written.
        """
        import numpy as np

        backbone = self._backbone()
        shape = (len(molecules), backbone.width)
        table = output.suffix.lower() == ".csv"
        try:
            output.parent.resolve(strict=True)  # a folder that is misspelt is not to be made
            with whole(output) as part:
                vectors = (
                    np.empty(shape, np.float32)
                    if table
                    else np.lib.format.open_memmap(part, "w+", np.float32, shape)
                )
                vectors[:] = np.nan
                self._fill(vectors, molecules, backbone, batch)
                if table:
                    _write_table(part, given, molecules, vectors)
                elif isinstance(vectors, np.memmap):
                    vectors.flush()
                del vectors
        except OSError as error:
            raise AskError(f"{output}: {error.strerror or error}") from None
        return shape

    def _backbone(self) -> "Backbone":
        from retort.studies.molecules.backbones import load

        with usable("molecules", self.folder):
            return load(self.folder, self.record["settings"]).eval()

    def _fill(
        self, vectors: "np.ndarray", molecules: list[Molecule], backbone: "Backbone", batch: int
    ) -> None:
        import numpy as np
        import torch
        from tqdm import tqdm

        from retort.studies.molecules.data import by_size

        good = [molecule for molecule in molecules if molecule.error is None]
        lines = np.array([molecule.row - 1 for molecule in good], np.int64)
        if not good:
            return
        texts = [molecule.standard for molecule in good]  # what every pretext sees
        with reader(self.record["settings"], good, texts) as molecules_of, torch.inference_mode():
            batches = list(by_size(texts, np.arange(len(good)), batch))
            for rows in tqdm(batches, desc="embed", unit="batch", disable=None):
                vectors[lines[rows]] = backbone(molecules_of(rows)).float().numpy()


def _write_table(part: Path, given: list[Given], molecules: list[Molecule], vectors: "np.ndarray") -> None:
    """The user's columns, the numbers of each vector, and what is wrong with a row."""
    own = list(given[0].cells) or [MOLECULE.name]
    names = [f"vector_{number}" for number in range(vectors.shape[1])]
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*own, *names, "error"])
        for one, molecule, vector in zip(given, molecules, vectors.tolist(), strict=True):
            cells = list(one.cells.values()) or [one.text]
            numbers = [""] * len(vector) if molecule.error else [f"{number:.6g}" for number in vector]
            writer.writerow([*cells, *numbers, molecule.error or ""])


def newest_encoder(variant: str | None = None) -> Path:
    """The folder of the pre-training run of this variant, or of the best one, that was finished last.

    Runs on real molecules go before those on generated ones.

    Raises:
        AskError: there is none.
    """
    encoders = [each for each in finished_runs("molecules") if each[1]["settings"]["method"] == "pretrain"]
    if variant is None and encoders:
        variant = min(encoders, key=lambda each: _order(each[1]))[1]["variant"]
    fitting = [each for each in encoders if each[1]["variant"] == variant]
    if not fitting:
        others = ", ".join(sorted({record["variant"] for _, record in encoders}))
        hint = f"--model is one of {others}" if others else f"make one with: {model_hint('embed')}"
        wanted = f" of {variant!r}" if variant else ""
        raise AskError(f"no pre-training run{wanted} under {runs('molecules')}. Hint: {hint}")

    def latest(each: Found) -> tuple:
        folder, record = each
        return not record["generated"], (folder / "run.json").stat().st_mtime, folder.as_posix()

    return max(fitting, key=latest)[0]


def _order(record: dict) -> tuple[bool, float, str]:
    """By which the best variant comes first, and of those that were not probed the first by name."""
    stands = standing(record)
    return record["generated"], stands.rank if stands else math.inf, record["variant"]
