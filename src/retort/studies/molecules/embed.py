"""`retort embed FILE -o VECTORS.npy`: one vector a molecule, by a pre-trained encoder.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse
import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from retort.asking import (
    AskError,
    Given,
    add_input,
    finished_runs,
    model_hint,
    name_bad,
    rows_of_file,
    runs,
    usable,
)
from retort.files import whole
from retort.studies.molecules.given import MOLECULE, Molecule, read, read_run, reader

if TYPE_CHECKING:
    import numpy as np

    from retort.nn.backbone import Backbone

NAMED_AT_MOST = 20  # bad rows of a file; the others are counted
AT_ONCE = 256


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `embed` to the `retort` command line."""
    parser = subparsers.add_parser(
        "embed",
        help="turn molecules into vectors with a pre-trained encoder",
        description="Write one float32 vector a molecule, in the order of the file. A row that cannot be read is "
        "named on standard error and becomes a row of NaN, so that row n of the vectors is row n of the file. A vector "
        "is a description, not a prediction: it has no interval.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a .smi file (a SMILES, then perhaps a name, on each line), a .csv file, or - for standard input",
    )
    add_input(
        parser, MOLECULE, words=False, output="VECTORS", what="a .npy, or a .csv that keeps all columns"
    )
    parser.add_argument(
        "--model", default="dino", metavar="VARIANT", help="its newest pre-training run (default: dino)"
    )
    parser.add_argument(
        "--run", type=Path, metavar="FOLDER", dest="folder", help="one pre-training run instead"
    )
    parser.add_argument("--batch", type=int, default=AT_ONCE, help=f"molecules at once (default: {AT_ONCE})")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Write the vectors; 0 when all rows were read, 1 when some are NaN."""
    if arguments.batch < 1:
        raise AskError(f"--batch {arguments.batch}: expected at least 1")
    folder = arguments.folder
    encoder = Embedding.best(arguments.model) if folder is None else Embedding.of(folder)
    given = rows_of_file(arguments.file, arguments.column, MOLECULE)
    molecules = read([one.text for one in given])
    shape = encoder.write(molecules, given, arguments.output, arguments.batch)
    bad = name_bad(((one.row, one.smiles, one.error) for one in molecules), NAMED_AT_MOST)
    print(
        f"{arguments.output}: {shape[0]} vectors of {shape[1]} numbers by {encoder.in_words}", file=sys.stderr
    )
    return bad


class Embedding:
    """A pre-trained encoder of molecules.

    Args:
        folder, record: its run.
    """

    def __init__(self, folder: Path, record: dict):
        self.folder, self.record = folder, record

    @classmethod
    def best(cls, variant: str = "dino") -> Self:
        """The newest pre-training run of a variant.

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
        return f"{self.folder}: {told['variant']} pre-trained on {told['dataset']}{generated}"

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


def newest_encoder(variant: str) -> Path:
    """The folder of the pre-training run of this variant that was finished last.

    Raises:
        AskError: there is none.
    """
    encoders = [
        (folder, record["variant"])
        for folder, record in finished_runs("molecules")
        if record["settings"]["method"] == "pretrain"
    ]
    fitting = [folder for folder, name in encoders if name == variant]
    if not fitting:
        others = ", ".join(sorted({name for _, name in encoders}))
        hint = f"--model is one of {others}" if others else f"make one with: {model_hint('embed')}"
        raise AskError(f"no pre-training run of {variant!r} under {runs('molecules')}. Hint: {hint}")
    return max(fitting, key=lambda folder: ((folder / "run.json").stat().st_mtime, folder.as_posix()))
