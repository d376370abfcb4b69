"""`retort embed FILE -o VECTORS.npy` and `retort property DATASET SMILES`: the study's models on anyone's molecules.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

RUNS = Path("data/runs/molecules")
TRAIN_HINT = "snakemake molecules --config scale=laptop"
# Which split's models answer: all labels and no repeated molecule first, the most demanding test first.
SPLITS = ("strict", "scaffold", "published", "chiral", "balanced-0", "random-0")
ANSWERING = ("finetune", "dmpnn")  # methods whose runs keep a model that predicts
SELECTED = ("best_one-minus-auc", "best_rmse", "best_target")
NAMED_AT_MOST = 20  # bad rows of a file; the others are counted


class AskError(ValueError):
    """Nothing can be answered; the message is the one line that the user sees."""


@dataclass(frozen=True)
class Molecule:
    """One asked molecule, its `row` counted from 1; with `standard`, or with what is wrong with it."""

    row: int
    smiles: str
    canonical: str = ""
    standard: str = ""
    error: str | None = None


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `embed` and `property` to the `retort` command line."""
    embed = subparsers.add_parser(
        "embed",
        help="turn molecules into vectors with a pre-trained encoder",
        description="Write one float32 vector a molecule, in the order of the file. A row that cannot be read is "
        "named on standard error and becomes a row of NaN, so that row n of the vectors is row n of the file.",
    )
    embed.add_argument(
        "file",
        metavar="FILE",
        help="a .smi file (a SMILES, then perhaps a name, on each line), a .csv file, or - for standard input",
    )
    embed.add_argument("-o", "--output", type=Path, required=True, metavar="VECTORS.npy")
    embed.add_argument(
        "--column", help="of a .csv file; without it `smiles` or the first. Makes any file, and -, a CSV"
    )
    embed.add_argument(
        "--model", default="dino", metavar="VARIANT", help="its newest pre-training run (default: dino)"
    )
    embed.add_argument(
        "--run", type=Path, metavar="FOLDER", dest="folder", help="one pre-training run instead"
    )
    embed.add_argument("--batch", type=int, default=256, help="molecules at once (default: 256)")
    embed.set_defaults(run=embed_command)

    predict = subparsers.add_parser(
        "property",
        help="predict the labels of a data set for a molecule",
        description="Predict what a data set measures, such as bbbp or esol, for molecules given as SMILES.",
    )
    predict.add_argument("dataset", metavar="DATASET", help="e.g. bbbp: one that models were fine-tuned on")
    predict.add_argument(
        "smiles", nargs="*", metavar="SMILES", help='e.g. "CCO"; in quotes; - reads standard input'
    )
    predict.add_argument("--file", help="a .smi or .csv file of molecules")
    predict.add_argument("--column", help="of --file as CSV; without it `smiles` or the first")
    predict.add_argument("--json", action="store_true", help="print JSON instead of text")
    predict.add_argument(
        "--run",
        type=Path,
        metavar="FOLDER",
        dest="folder",
        help="one finished run (default: all seeds of the variant that did best on valid)",
    )
    predict.set_defaults(run=property_command)


# What is asked.


def rows_of_file(file: str, column: str | None) -> list[str]:
    """The SMILES of a file or of standard input (`-`), one a row, in order; an empty one may be among them.

    A .smi file has one molecule a line; empty lines at its end are none. In a CSV the first line is a header.

    Raises:
        AskError: the file cannot be read, lacks the column, or is empty.
    """
    try:
        if file == "-":
            found = _column(sys.stdin, column, "standard input") if column else _lines(sys.stdin)
        else:
            with Path(file).open(encoding="utf-8", newline="") as stream:
                table = column is not None or file.endswith(".csv")
                found = _column(stream, column, file) if table else _lines(stream)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AskError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    if not found:
        raise AskError(f"{file}: there is no molecule in it. Hint: one SMILES a line, such as CCO")
    return found


def _lines(stream: Iterable[str]) -> list[str]:
    found = [(line.split() or [""])[0] for line in stream]
    while found and not found[-1]:
        found.pop()
    return found


def _column(stream: Iterable[str], column: str | None, file: str) -> list[str]:
    rows = [row for row in csv.reader(stream) if row]
    if not rows:
        return []
    header = [name.strip() for name in rows[0]]
    if column is not None and column not in header:
        raise AskError(f"{file}: it has no column {column!r}. Hint: its columns are {', '.join(header)}")
    place = header.index(column or "smiles") if (column or "smiles") in header else 0
    return [row[place].strip() if place < len(row) else "" for row in rows[1:]]


def read(smiles: list[str]) -> list[Molecule]:
    """Each molecule in the forms that models read; what cannot be read keeps its row, with the reason."""
    from tqdm import tqdm

    from retort.chemistry.molecules import MoleculeError, canonical, parse, standard

    found = []
    for row, text in enumerate(tqdm(smiles, desc="read", unit="molecule", disable=_quiet()), start=1):
        try:
            molecule = parse(text)
            found.append(Molecule(row, text, canonical(molecule), standard(molecule)))
        except MoleculeError as error:
            found.append(Molecule(row, text, error=" ".join(str(error).split())))
    return found


def _quiet() -> bool:
    return not sys.stderr.isatty()


def _name_bad(molecules: list[Molecule]) -> int:
    """Name the rows that could not be read on standard error; 1 if there are any, else 0."""
    bad = [molecule for molecule in molecules if molecule.error]
    for molecule in bad[:NAMED_AT_MOST]:
        print(f"row {molecule.row}: {molecule.smiles or '(empty)'}: {molecule.error}", file=sys.stderr)
    if len(bad) > NAMED_AT_MOST:
        print(f"... and {len(bad) - NAMED_AT_MOST} more rows that cannot be read", file=sys.stderr)
    return 1 if bad else 0


@contextmanager
def reader(settings: dict, molecules: list[Molecule], texts: list[str]) -> Iterator[Callable]:
    """`whole(rows)`: the batch of some of these molecules, as the backbone of these settings reads it.

    A transformer reads `texts`, a graph network always the standard molecule.
    """
    import polars as pl

    from retort.studies.molecules.backbones import GraphSource, SmilesSource

    if settings["backbone"] == "smiles":
        yield SmilesSource(texts, settings).whole
        return
    from retort.datasets.views import molecular_graphs
    from retort.studies.molecules.graphs import MoleculeStore

    # The very files that a run reads, so that a molecule is the same here and there.
    rows = pl.DataFrame(
        {
            "id": [f"{molecule.row:09d}" for molecule in molecules],
            "standard": [molecule.standard for molecule in molecules],
        }
    )
    with TemporaryDirectory(prefix="retort-") as folder:
        molecular_graphs.build(rows, Path(folder))
        store = MoleculeStore(Path(folder))
        places = store.rows(rows["id"].to_list())
        source = GraphSource(store)
        yield lambda rows: source.whole(places[rows])


# retort embed


def embed_command(arguments: argparse.Namespace) -> int:
    """Write the vectors; 0 when all rows were read, 1 when some are NaN, 2 when nothing could be done."""
    try:
        if arguments.batch < 1:
            raise AskError(f"--batch {arguments.batch}: expected at least 1")
        folder = arguments.folder or newest_encoder(arguments.model)
        record = _record(folder, ("pretrain",))
        molecules = read(rows_of_file(arguments.file, arguments.column))
        shape = embed(molecules, folder, record["settings"], arguments.output, arguments.batch)
    except AskError as error:
        print(f"retort embed: {error}", file=sys.stderr)
        return 2
    bad = _name_bad(molecules)
    print(f"{arguments.output}: {shape[0]} vectors of {shape[1]} numbers by {folder}", file=sys.stderr)
    return bad


def newest_encoder(variant: str, root: Path = Path()) -> Path:
    """The folder of the pre-training run of this variant that was finished last.

    Raises:
        AskError: there is none.
    """
    found = [path for path in (root / RUNS).glob("*/*/*/seed*/run.json") if _method(path) == "pretrain"]
    fitting = [path for path in found if path.parent.parent.name == variant]
    if not fitting:
        others = ", ".join(sorted({path.parent.parent.name for path in found}))
        hint = f"--model is one of {others}" if others else f"train one with: {TRAIN_HINT}"
        raise AskError(f"no pre-training run of {variant!r} under {root / RUNS}. Hint: {hint}")
    return max(fitting, key=lambda path: (path.stat().st_mtime, path.as_posix())).parent


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

    from retort.studies.molecules.backbones import make
    from retort.studies.molecules.data import by_size

    with _usable(folder):
        backbone = make(settings)
        prefix = "backbone."
        weights = _weights(folder)
        backbone.load_state_dict(
            {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        )
    backbone.eval()
    good = [molecule for molecule in molecules if molecule.error is None]
    places = np.array([molecule.row - 1 for molecule in good], np.int64)
    temporary = output.with_name(output.name + ".part")
    shape = (len(molecules), backbone.width)
    try:
        vectors = np.lib.format.open_memmap(temporary, "w+", np.float32, shape)
        vectors[:] = np.nan
        if good:
            texts = [molecule.standard for molecule in good]  # what every pretext sees
            with reader(settings, good, texts) as whole, torch.inference_mode():
                batches = list(by_size(texts, np.arange(len(good)), batch))
                for rows in tqdm(batches, desc="embed", unit="batch", disable=_quiet()):
                    vectors[places[rows]] = backbone(whole(rows)).float().numpy()
        vectors.flush()
        del vectors
        temporary.replace(output)
    except OSError as error:
        raise AskError(f"{output}: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)
    return shape


# retort property


def property_command(arguments: argparse.Namespace) -> int:
    """Answer each molecule; 0 when all could be answered, 1 when some could not, 2 when nothing could be asked."""
    try:
        smiles = []
        for text in arguments.smiles:
            smiles += rows_of_file("-", None) if text == "-" else [text]
        if arguments.file is not None:
            smiles += rows_of_file(arguments.file, arguments.column)
        elif not smiles and not sys.stdin.isatty():
            smiles = rows_of_file("-", arguments.column)
        if not smiles:
            raise AskError('no molecule given. Hint: name some, e.g. "CCO", or --file molecules.smi')
        folders = [arguments.folder] if arguments.folder else best_runs(arguments.dataset)
        records = [_record(folder, ANSWERING) for folder in folders]
        molecules = read(smiles)
        answers = predict(molecules, folders, records)
        model = describe(arguments.dataset, folders, records)
    except AskError as error:
        print(f"retort property: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps({"model": model, "predictions": answers}, indent=1, ensure_ascii=False))
        return 1 if any(molecule.error for molecule in molecules) else 0
    print(f"note: {_in_words(model)}", file=sys.stderr)
    width = max(len(molecule.smiles) for molecule in molecules)
    for answer in answers:
        for name, said in answer.get("labels", {}).items():
            spread = f" ± {said['spread']:.3f}" if "spread" in said else ""
            print(f"{answer['smiles']:<{width}}  {name}  {said['value']:.3f}{spread}")
    return _name_bad(molecules)


def best_runs(dataset: str, root: Path = Path()) -> list[Path]:
    """All seeds of the variant that did best on valid, of the first of `SPLITS` that has a model for this data set.

    Only variants of one split are compared: on another one, validation is another task.

    Raises:
        AskError: no model was trained on this data set.
    """
    kept: dict[str, dict[str, list[Path]]] = {}
    for path in (root / RUNS).glob(f"{dataset}/*/*/seed*/run.json"):
        if _method(path) in ANSWERING:
            split, variant = path.parent.parent.parent.name, path.parent.parent.name
            kept.setdefault(split, {}).setdefault(variant, []).append(path.parent)
    if not kept:
        folders = (root / RUNS).glob("*/*/*/seed*/run.json")
        others = ", ".join(sorted({path.parents[3].name for path in folders if _method(path) in ANSWERING}))
        hint = f"there are models for {others}" if others else f"train some with: {TRAIN_HINT}"
        raise AskError(f"no trained model for {dataset!r} under {root / RUNS}. Hint: {hint}")

    def place(split: str) -> tuple:
        return SPLITS.index(split) if split in SPLITS else len(SPLITS), split

    variants = kept[min(kept, key=place)]

    def standing(variant: str) -> tuple:
        worths = [_worth(json.loads((folder / "run.json").read_text())) for folder in variants[variant]]
        return sum(worths) / len(worths), variant

    return sorted(variants[min(variants, key=standing)])


def predict(molecules: list[Molecule], folders: list[Path], records: list[dict]) -> list[dict]:
    """What the runs say of each molecule: `row, smiles` and `labels` or `error`.

    `labels` maps a label to its `value`, the mean over runs, and with several runs its `spread`, their standard
    deviation.
    """
    import numpy as np
    import torch

    good = [molecule for molecule in molecules if molecule.error is None]
    said = np.empty((len(folders), 0, 0))
    if good:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # a few molecules are quicker so, and the last digits always the same
        try:
            said = np.stack([_said(*each, good) for each in zip(folders, records, strict=True)])
        finally:
            torch.set_num_threads(threads)
    place = {molecule.row: index for index, molecule in enumerate(good)}
    answers = []
    for molecule in molecules:
        answer = {"row": molecule.row, "smiles": molecule.smiles}
        if molecule.error is None:
            answer["labels"] = {}
            for label, name in enumerate(records[0]["facts"]["labels"]):
                values = said[:, place[molecule.row], label]
                answer["labels"][name] = {"value": float(values.mean())}
                if len(folders) > 1:
                    answer["labels"][name]["spread"] = float(values.std(ddof=1))
        else:
            answer["error"] = molecule.error
        answers.append(answer)
    return answers


def _said(folder: Path, record: dict, molecules: list[Molecule]):
    """(molecules, T) values by one run."""
    import numpy as np
    import torch

    from retort.studies.molecules.data import by_size

    settings, kind = record["settings"], record["facts"]["kind"]
    texts = [getattr(molecule, settings["text"]) for molecule in molecules]
    with _usable(folder):
        weights = _weights(folder)
        center, scale = weights["center"].numpy(), weights["scale"].numpy()
        if settings["method"] == "dmpnn":
            from retort.studies.molecules.dmpnn import DMPNN

            chosen = settings["dmpnn"]
            model = DMPNN(center, scale, chosen["hidden"], chosen["depth"], chosen.get("dropout", 0.0))
        else:
            from retort.studies.molecules.backbones import make
            from retort.studies.molecules.finetune import Predictor

            chosen = settings["finetuning"]
            model = Predictor(make(settings), center, scale, chosen["head"], chosen["dropout"])
        model.load_state_dict(weights)
    model.eval()
    values = np.empty((len(molecules), len(center)))
    with _read_by(settings, molecules, texts) as whole, torch.inference_mode():
        for rows in by_size(texts, np.arange(len(molecules)), 256):
            values[rows] = model.values(whole(rows), kind).numpy()
    return values


@contextmanager
def _read_by(settings: dict, molecules: list[Molecule], texts: list[str]) -> Iterator[Callable]:
    if settings["method"] == "dmpnn":
        import torch

        from retort.studies.molecules.dmpnn import MolGraphs

        yield MolGraphs(texts, torch.device("cpu"))
    else:
        with reader(settings, molecules, texts) as whole:
            yield whole


def describe(dataset: str, folders: list[Path], records: list[dict]) -> dict:
    """Which model answers and how well it did: its runs, split and kind, and its mean score on its own test set.

    The score is left out where the prepared table or the predictions are not there any more.
    """
    kind = records[0]["facts"]["kind"]
    said = {
        "dataset": dataset,
        "split": folders[0].absolute().parents[1].name,
        "variant": folders[0].absolute().parent.name,
        "runs": [folder.as_posix() for folder in folders],
        "value": "probability" if kind == "classification" else "in the data set's unit",
    }
    scores = [_test_score(folder, kind) for folder in folders]
    if all(score is not None for score in scores):
        said["test"] = {
            "metric": "roc_auc" if kind == "classification" else "rmse",
            "value": sum(scores) / len(scores),
        }
    return said


def _test_score(folder: Path, kind: str) -> float | None:
    import polars as pl

    from retort.studies.molecules.data import measured
    from retort.studies.molecules.finetune import mean_auc, mean_rmse

    folder = folder.absolute()
    # data/runs/molecules/{dataset}/{split}/{variant}/seed{n} beside data/prepared
    prepared = folder.parents[5] / "prepared" / f"{folder.parents[2].name}.parquet"
    predictions = folder / "predictions.parquet"
    if not prepared.exists() or not predictions.exists():
        return None
    table = pl.read_parquet(predictions).filter(part="test")
    values = table.pivot("label", index="id", values="value", maintain_order=True)
    names = values.columns[1:]
    rows = values.select("id").join(
        pl.read_parquet(prepared, columns=["id", *names]), on="id", how="left", maintain_order="left"
    )
    wanted = measured(rows, names)
    found = values.select(names).to_numpy()
    return mean_auc(found, wanted)[0] if kind == "classification" else mean_rmse(found, wanted)


def _in_words(model: dict) -> str:
    count = len(model["runs"])
    words = f"{model['variant']} trained on {model['dataset']} ({model['split']}), "
    words += f"{count} seeds, ± their standard deviation" if count > 1 else "one seed"
    words += f"; values are {model['value']}" if "unit" in model["value"] else "; values are probabilities"
    if "test" in model:
        metric = {"roc_auc": "ROC-AUC", "rmse": "RMSE"}[model["test"]["metric"]]
        words += f"; {metric} on its test set {model['test']['value']:.3f}"
    return words


# Finished runs.


def _method(path: Path) -> str | None:
    """The method of the run of this run.json; None if it is no run of this study."""
    record = json.loads(path.read_text())
    return record["settings"].get("method") if record.get("study") == "molecules" else None


def _worth(record: dict) -> float:
    """What validation said; lower is better."""
    return next((record["facts"][name] for name in SELECTED if name in record["facts"]), float("inf"))


def _record(folder: Path, methods: tuple[str, ...]) -> dict:
    path = folder / "run.json"
    if not path.exists():
        raise AskError(f"--run {folder}: it has no run.json. Hint: train it with: {TRAIN_HINT}")
    if _method(path) not in methods:
        raise AskError(
            f"--run {folder}: it is no run of this study with the method {' or '.join(methods)}. "
            f"Hint: a folder like {RUNS}/bbbp/strict/finetune-dino/seed0"
        )
    return json.loads(path.read_text())


def _weights(folder: Path) -> dict:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Say in one line that a run's model cannot be used."""
    try:
        yield
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise AskError(
            f"{folder}: it cannot be used: {first}. Hint: make it again with: {TRAIN_HINT}"
        ) from None
