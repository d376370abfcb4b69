"""What finished runs say of reactions that they have not met: by the network that they keep, or fitted again.

Of methods that keep no model those are fitted again that read a reaction as a whole, by its difference fingerprint.
Those that read tables of components role by role (forests, the perceptron, the Gaussian process) do not answer: whoever
writes a reaction does not say which role a molecule has, and a slip there would be answered without a word.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import torch
from safetensors.numpy import save_file

from retort.asking import usable
from retort.datasets.views.reaction_molecules import ARRAYS
from retort.runs import RunInputs
from retort.sealed import read_tensors
from retort.studies.yields import baselines
from retort.studies.yields.data import Predicted, Records
from retort.studies.yields.finetune import encode, predict
from retort.studies.yields.judged import Judged, clipped
from retort.studies.yields.model import Encoded, YieldNet
from retort.studies.yields.reactions import FINGERPRINTS, Reactions
from retort.studies.yields.taught import Taught, fingerprints
from retort.studies.yields.trained import STUDY
from retort.training.run import RunContext

WIDTHS = ("atom", "bond", "features")


def said(folder: Path, root: Path, record: dict, features: dict[str, Path], taught: Taught) -> Judged:
    """What one run says of all reactions of the views `features`.

    Args:
        root, record: its project and its run.json.
        taught: what it learned from.

    Raises:
        AskError: it lacks a file, or is of another version.
    """
    if record["settings"]["method"] == "network":
        one = _by_network(folder, record, features, taught.shared)
    else:
        with usable(STUDY, folder):
            view = root / record["inputs"]["features"][FINGERPRINTS]
            one = fitted_again(record, view, taught.records, fingerprints(features[FINGERPRINTS]))
    return Judged(
        ids=[str(row) for row in range(len(one.mean))],
        truth=np.full(len(one.mean), np.nan),
        mean=clipped(one.mean),
        aleatoric=one.aleatoric,
        epistemic=one.epistemic,
        chosen=None,
        peeked=None,
    )


def _by_network(folder: Path, record: dict, features: dict[str, Path], shared: frozenset[str]) -> Predicted:
    """What the network of one run says of all reactions of the views."""
    settings, facts = record["settings"], record["facts"]
    with usable(STUDY, folder):
        model = YieldNet(settings["network"], {name: facts[name] for name in WIDTHS})
        model.load_state_dict(read_tensors(folder / "model.safetensors"))
        scaling = facts["center"], facts["scale"]
    model.eval()
    reactions = Reactions(features, settings["network"], record["seed"])
    reactions.constant = frozenset(place for place, name in enumerate(reactions.smiles) if name in shared)
    with torch.no_grad():
        encoded = encode(model, reactions, np.arange(len(reactions)), torch.device("cpu"))
    # One by one: what dropout draws, and so the answer, must not depend on what else is asked.
    each = [predict(model, one, settings, scaling, record["seed"])[0] for one in _rows(encoded)]

    def column(name: str) -> np.ndarray | None:
        values = [getattr(one, name) for one in each]
        return None if values[0] is None else np.concatenate(values)

    mean = np.concatenate([one.mean for one in each])
    return Predicted(mean, column("aleatoric"), column("epistemic"))


def _rows(encoded: Encoded) -> Iterator[Encoded]:
    for row in range(len(encoded.known)):
        features = None if encoded.features is None else encoded.features[row : row + 1]
        yield Encoded(encoded.known[row : row + 1], features)


def fitted_again(record: dict, view: Path, taught: Records, asked: np.ndarray) -> Predicted:
    """What the run with this run.json would have said of other reactions.

    Args:
        view: the fingerprints that the run read.
        taught: what it learned from.
        asked: (A, B) 0/1 difference fingerprints of the asked reactions.
    """
    known = fingerprints(view)
    if record["settings"]["method"] == "boosting":
        chosen = _told_apart(known, taught.places[taught.rows_of("train")])
        known, asked = known[:, chosen], asked[:, chosen]
    records = with_asked(taught, len(known), len(asked))
    with TemporaryDirectory(prefix="retort-") as folder:
        both = np.packbits(np.concatenate([known, asked]), axis=1)
        # Chosen columns lie column by column in memory, and safetensors writes what lies there.
        save_file({"drfp": np.ascontiguousarray(both)}, Path(folder, ARRAYS))
        inputs = RunInputs(Path(), Path(), {FINGERPRINTS: Path(folder)})
        context = RunContext(record["seed"], torch.device("cpu"), Path(folder), "", progress=False)
        said = baselines.run(records, inputs, record["settings"], context)[0]

    def last(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[-len(asked) :]

    return Predicted(said.mean[-len(asked) :], last(said.aleatoric), last(said.epistemic))


def with_asked(taught: Records, known: int, asked: int) -> Records:
    """The reactions that train and validate, and asked ones in the place of those of test.

    Args:
        known: reactions of the data set, after which the asked ones stand in the views.
    """
    kept = taught.rows_of("train", "valid")
    rows = pl.DataFrame({"id": [f"asked {row}" for row in range(asked)], "part": "test"})
    return replace(
        taught,
        table=pl.concat([taught.table[kept], rows], how="diagonal"),
        yields=np.concatenate([taught.yields[kept], np.full(asked, np.nan)]),
        places=np.concatenate([taught.places[kept], np.arange(known, known + asked)]),
    )


def _told_apart(bits: np.ndarray, train: np.ndarray) -> np.ndarray:
    """The bits that boosting looked at, as `tabular.distinct_bits` chose them.

    An asked reaction that tells two bits apart that are the same in all of the data set would make it choose others.
    """
    varied = np.flatnonzero(np.ptp(bits[train], axis=0) > 0)
    _, first = np.unique(bits[:, varied], axis=1, return_index=True)
    return varied[np.sort(first)]
