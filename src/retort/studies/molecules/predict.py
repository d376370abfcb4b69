"""`retort property DATASET SMILES`: what fine-tuned models predict of a data set's labels."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from retort.asking import (
    AskError,
    add_options,
    asked,
    finished_runs,
    print_json,
    project,
    runs,
    train_hint,
    usable,
)
from retort.sealed import read_table, read_tensors
from retort.studies.molecules.given import Molecule, name_bad, read, read_run, reader, rows_of_file

if TYPE_CHECKING:
    import numpy as np

    from retort.studies.molecules.dmpnn import DMPNN
    from retort.studies.molecules.finetune import Predictor

# Which split's models answer: all labels and no repeated molecule first, the most demanding test first.
SPLITS = ("strict", "scaffold", "published", "chiral", "balanced-0", "random-0")
ANSWERING = ("finetune", "dmpnn")  # methods whose runs keep a model that predicts
SELECTED = ("best_one-minus-auc", "best_rmse", "best_target")


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `property` to the `retort` command line."""
    parser = subparsers.add_parser(
        "property",
        help="predict the labels of a data set for a molecule",
        description="Predict what a data set measures, such as bbbp or esol, for molecules given as SMILES.",
    )
    parser.add_argument("dataset", metavar="DATASET", help="e.g. bbbp: one that models were fine-tuned on")
    parser.add_argument(
        "smiles", nargs="*", metavar="SMILES", help='e.g. "CCO"; in quotes; - reads standard input'
    )
    parser.add_argument("--file", help="a .smi or .csv file of molecules")
    parser.add_argument("--column", help="of --file as CSV; without it `smiles` or the first")
    add_options(parser, run="one finished run (default: all seeds of the variant that did best on valid)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Answer each molecule; 0 when all could be answered, 1 when some could not."""
    smiles = asked(arguments.smiles, arguments.file, rows_of_file, arguments.column)
    if not smiles:
        raise AskError('no molecule given. Hint: name some, e.g. "CCO", or --file molecules.smi')
    folders = [arguments.folder] if arguments.folder else best_runs(arguments.dataset)
    records = [read_run(folder, ANSWERING) for folder in folders]
    if records[0]["dataset"] != arguments.dataset:
        raise AskError(
            f"--run {folders[0]}: it was trained on {records[0]['dataset']!r}, asked for is {arguments.dataset!r}. "
            "Hint: name the data set of the run, or leave out --run."
        )
    molecules = read(smiles)
    answers = predict(molecules, folders, records)
    model = describe(folders, records)
    if arguments.json:
        print_json({"model": model, "predictions": answers})
        return 1 if any(molecule.error for molecule in molecules) else 0
    print(f"note: {_in_words(model)}", file=sys.stderr)
    width = max(len(molecule.smiles) for molecule in molecules)
    for answer in answers:
        for name, label in answer.get("labels", {}).items():
            spread = f" ± {label['spread']:.3f}" if "spread" in label else ""
            print(f"{answer['smiles']:<{width}}  {name}  {label['value']:.3f}{spread}")
    return name_bad(molecules)


def best_runs(dataset: str) -> list[Path]:
    """All seeds of the variant that did best on valid, of the first of `SPLITS` that has a model for this data set.

    Only variants of one split are compared: on another one, validation is another task.

    Raises:
        AskError: no model was trained on this data set.
    """
    able = [
        (folder, record)
        for folder, record in finished_runs("molecules")
        if record["settings"]["method"] in ANSWERING
    ]
    kept: dict[str, dict[str, list[tuple[Path, dict]]]] = {}
    for folder, record in able:
        if record["dataset"] == dataset:
            kept.setdefault(record["split"], {}).setdefault(record["variant"], []).append((folder, record))
    if not kept:
        others = ", ".join(sorted({record["dataset"] for _, record in able}))
        hint = f"there are models for {others}" if others else f"train some with: {train_hint('molecules')}"
        raise AskError(f"no trained model for {dataset!r} under {runs('molecules')}. Hint: {hint}")

    def order(split: str) -> tuple:
        return SPLITS.index(split) if split in SPLITS else len(SPLITS), split

    variants = kept[min(kept, key=order)]

    def standing(variant: str) -> tuple:
        worths = [_worth(record) for _, record in variants[variant]]
        return sum(worths) / len(worths), variant

    return [folder for folder, _ in variants[min(variants, key=standing)]]


def predict(molecules: list[Molecule], folders: list[Path], records: list[dict]) -> list[dict]:
    """What the runs predict of each molecule: `row, smiles` and `labels` or `error`.

    `labels` maps a label to its `value`, the mean over runs, and with several runs its `spread`, their standard
    deviation.
    """
    import numpy as np
    import torch

    good = [molecule for molecule in molecules if molecule.error is None]
    predicted = np.empty((len(folders), 0, 0))
    if good:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # a few molecules are quicker so, and the last digits always the same
        try:
            predicted = np.stack([_predicted(*each, good) for each in zip(folders, records, strict=True)])
        finally:
            torch.set_num_threads(threads)
    number = {molecule.row: index for index, molecule in enumerate(good)}
    answers = []
    for molecule in molecules:
        answer: dict[str, object] = {"row": molecule.row, "smiles": molecule.smiles}
        if molecule.error is None:
            labels: dict[str, dict[str, float]] = {}
            for label, name in enumerate(records[0]["facts"]["labels"]):
                values = predicted[:, number[molecule.row], label]
                labels[name] = {"value": float(values.mean())}
                if len(folders) > 1:
                    labels[name]["spread"] = float(values.std(ddof=1))
            answer["labels"] = labels
        else:
            answer["error"] = molecule.error
        answers.append(answer)
    return answers


def _predicted(folder: Path, record: dict, molecules: list[Molecule]) -> "np.ndarray":
    """(molecules, T) values by one run."""
    import numpy as np
    import torch

    from retort.studies.molecules.data import by_size

    settings, kind = record["settings"], record["facts"]["kind"]
    texts = [getattr(molecule, settings["text"]) for molecule in molecules]
    with usable("molecules", folder):
        weights = read_tensors(folder / "model.safetensors")
        model = _model(settings, weights["center"].numpy(), weights["scale"].numpy())
        model.load_state_dict(weights)
    model.eval()
    values = np.empty((len(molecules), len(model.center)))
    with _read_by(settings, molecules, texts) as whole, torch.inference_mode():
        for rows in by_size(texts, np.arange(len(molecules)), 256):
            values[rows] = model.values(whole(rows), kind).numpy()
    return values


def _model(settings: dict, center: "np.ndarray", scale: "np.ndarray") -> "DMPNN | Predictor":
    """The model of a run with these settings, untrained."""
    if settings["method"] == "dmpnn":
        from retort.studies.molecules.dmpnn import DMPNN

        chosen = settings["dmpnn"]
        return DMPNN(center, scale, chosen["hidden"], chosen["depth"], chosen.get("dropout", 0.0))
    from retort.studies.molecules.backbones import make
    from retort.studies.molecules.finetune import Predictor

    chosen = settings["finetuning"]
    return Predictor(make(settings), center, scale, chosen["head"], chosen["dropout"])


@contextmanager
def _read_by(settings: dict, molecules: list[Molecule], texts: list[str]) -> Iterator[Callable]:
    if settings["method"] == "dmpnn":
        import torch

        from retort.studies.molecules.dmpnn import MolGraphs

        yield MolGraphs(texts, torch.device("cpu"))
    else:
        with reader(settings, molecules, texts) as whole:
            yield whole


def describe(folders: list[Path], records: list[dict]) -> dict:
    """Which model answers and how well it did: its runs, split and kind, and its mean score on its own test set.

    The score is left out where the prepared table or the predictions are not there any more.
    """
    kind = records[0]["facts"]["kind"]
    model = {
        **{key: records[0][key] for key in ("dataset", "split", "variant")},
        "runs": [folder.as_posix() for folder in folders],
        "value": "probability" if kind == "classification" else "in the data set's unit",
    }
    scores = [_test_score(*each, kind) for each in zip(folders, records, strict=True)]
    known = [score for score in scores if score is not None]
    if len(known) == len(scores):
        model["test"] = {
            "metric": "roc_auc" if kind == "classification" else "rmse",
            "value": sum(known) / len(known),
        }
    return model


def _test_score(folder: Path, record: dict, kind: str) -> float | None:

    from retort.studies.molecules.data import measured
    from retort.studies.molecules.multitask import mean_auc, mean_rmse

    root, predictions = project(folder, record), folder / "predictions.parquet"
    if root is None or not predictions.exists():
        return None
    table = read_table(predictions).filter(part="test")
    values = table.pivot("label", index="id", values="value", maintain_order=True)
    names = values.columns[1:]
    prepared = read_table(root / record["inputs"]["prepared"], columns=["id", *names])
    rows = values.select("id").join(prepared, on="id", how="left", maintain_order="left")
    predicted, wanted = values.select(names).to_numpy(), measured(rows, names)
    return mean_auc(predicted, wanted)[0] if kind == "classification" else mean_rmse(predicted, wanted)


def _in_words(model: dict) -> str:
    count = len(model["runs"])
    words = f"{model['variant']} trained on {model['dataset']} ({model['split']}), "
    words += f"{count} seeds, ± their standard deviation" if count > 1 else "one seed"
    words += f"; values are {model['value']}" if "unit" in model["value"] else "; values are probabilities"
    if "test" in model:
        metric = {"roc_auc": "ROC-AUC", "rmse": "RMSE"}[model["test"]["metric"]]
        words += f"; {metric} on its test set {model['test']['value']:.3f}"
    return words


def _worth(record: dict) -> float:
    """The error on valid; lower is better."""
    return next((record["facts"][name] for name in SELECTED if name in record["facts"]), float("inf"))
