"""`retort embed FILE -o VECTORS.npy`: one vector a molecule, by a pre-trained encoder."""

import argparse
import sys
from pathlib import Path

from retort.asking import AskError, finished_runs, runs, train_hint, usable
from retort.files import whole
from retort.studies.molecules.given import Molecule, name_bad, read, read_run, reader, rows_of_file


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `embed` to the `retort` command line."""
    parser = subparsers.add_parser(
        "embed",
        help="turn molecules into vectors with a pre-trained encoder",
        description="Write one float32 vector a molecule, in the order of the file. A row that cannot be read is "
        "named on standard error and becomes a row of NaN, so that row n of the vectors is row n of the file.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a .smi file (a SMILES, then perhaps a name, on each line), a .csv file, or - for standard input",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="VECTORS.npy")
    parser.add_argument(
        "--column", help="of a .csv file; without it `smiles` or the first. Makes any file, and -, a CSV"
    )
    parser.add_argument(
        "--model", default="dino", metavar="VARIANT", help="its newest pre-training run (default: dino)"
    )
    parser.add_argument(
        "--run", type=Path, metavar="FOLDER", dest="folder", help="one pre-training run instead"
    )
    parser.add_argument("--batch", type=int, default=256, help="molecules at once (default: 256)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Write the vectors; 0 when all rows were read, 1 when some are NaN."""
    if arguments.batch < 1:
        raise AskError(f"--batch {arguments.batch}: expected at least 1")
    folder = arguments.folder or newest_encoder(arguments.model)
    record = read_run(folder, ("pretrain",))
    molecules = read(rows_of_file(arguments.file, arguments.column))
    shape = embed(molecules, folder, record["settings"], arguments.output, arguments.batch)
    bad = name_bad(molecules)
    print(f"{arguments.output}: {shape[0]} vectors of {shape[1]} numbers by {folder}", file=sys.stderr)
    return bad


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
        hint = f"--model is one of {others}" if others else f"train one with: {train_hint('molecules')}"
        raise AskError(f"no pre-training run of {variant!r} under {runs('molecules')}. Hint: {hint}")
    return max(fitting, key=lambda folder: ((folder / "run.json").stat().st_mtime, folder.as_posix()))


def embed(
    molecules: list[Molecule], folder: Path, settings: dict, output: Path, batch: int
) -> tuple[int, int]:
    """Write the vectors of `molecules` as float32 (N, width) to `output`, and return this shape.

    The file appears when it is complete. It is filled on disk: any number of molecules fits in memory.

    Raises:
        AskError: the run lacks its model, or `output` cannot be written.
    """
    import numpy as np
    import torch
    from tqdm import tqdm

    from retort.studies.molecules.backbones import load
    from retort.studies.molecules.data import by_size

    with usable("molecules", folder):
        backbone = load(folder, settings).eval()
    good = [molecule for molecule in molecules if molecule.error is None]
    lines = np.array([molecule.row - 1 for molecule in good], np.int64)
    shape = (len(molecules), backbone.width)
    try:
        output.parent.resolve(strict=True)  # a folder that is misspelt is not to be made
        with whole(output) as part:
            vectors = np.lib.format.open_memmap(part, "w+", np.float32, shape)
            vectors[:] = np.nan
            if good:
                texts = [molecule.standard for molecule in good]  # what every pretext sees
                with reader(settings, good, texts) as molecules_of, torch.inference_mode():
                    batches = list(by_size(texts, np.arange(len(good)), batch))
                    for rows in tqdm(batches, desc="embed", unit="batch", disable=None):
                        vectors[lines[rows]] = backbone(molecules_of(rows)).float().numpy()
            vectors.flush()
            del vectors
    except OSError as error:
        raise AskError(f"{output}: {error.strerror or error}") from None
    return shape
