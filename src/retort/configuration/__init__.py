"""The resolved configuration: composed by Hydra, short forms written out, every name in it checked, before any job.

`load` composes and checks; `load_once` does so only when something changed on which the result or the checks depend.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from retort.configuration.errors import ConfigurationError
from retort.configuration.expand import expand, merge
from retort.configuration.local_files import describe_local_files
from retort.configuration.typed import written
from retort.files import DamagedFile
from retort.sealed import read_json, write_json

__all__ = ["ConfigurationError", "expand", "load", "load_once", "merge"]

PACKAGE = Path(__file__).parent.parent
STUDIES = PACKAGE / "studies"
DATASETS = PACKAGE / "datasets"
PROGRAMS = PACKAGE.parent / "scripts"
TEX = PACKAGE.parent / "tex"
BIBLIOGRAPHY = TEX / "references.bib"


def load(
    folder: Path, scale: str = "smoke", overrides: Sequence[str] = (), schemas: Path | None = None
) -> dict:
    """Compose `config.yaml`, one scale, every study and every data set of `folder`, and check every name.

    Args:
        folder: `workflow/config`.
        scale: the name of a file in `folder/scale`.
        overrides: `key=value` in Hydra's grammar, e.g. `study.precursors.run.training.batch=64`; applied last.
        schemas: JSON schemas `config`, `study` and `dataset`; by default beside `folder`.

    Returns:
        Plain dicts: the keys of `config.yaml`, `study` and `dataset` by name, and the lists `published`, `claims` and
        `acknowledged`.
        Each study's `scales` block has been merged over its base, its numbers stand in it, and no short form is left
        (see `expand`); shared splits and the checksums of local files have been filled in; a data set that joins a
        study has its block in the study's grid.

    Raises:
        ConfigurationError: a misspelt scale, an unknown key, a wrong type, an impossible value, a repeated key, a name
            that exists at no scale, a study without its modules.
    """
    folder = folder.resolve()
    config = _load(folder, scale, list(overrides), schemas or folder.parent / "schemas")
    describe_local_files(config, folder)
    return config


def load_once(folder: Path, scale: str, overrides: list[str], cache: Path) -> dict:
    """What `load` returns, from `cache` when nothing that it depends on has changed.

    Every job of Snakemake reads the configuration again; composing and checking it takes seconds, reading it none.
    """
    folder = folder.resolve()
    digest = hashlib.sha256(json.dumps([scale, list(overrides)]).encode())
    # By names inside the project: a copy of the checkout, with its cache, finds what was kept elsewhere.
    for path in sorted(_read_files(folder)):
        content = path.read_bytes()
        digest.update(f"{os.path.relpath(path, folder)} {len(content)}\n".encode() + content)
    known = cache / f"{digest.hexdigest()}.json"
    try:
        config = json.loads(read_json(known)["config"])
    except (FileNotFoundError, DamagedFile):
        config = _load(folder, scale, list(overrides), folder.parent / "schemas")
        write_json({"config": json.dumps(config)}, known)  # as text, whose keys stay in order
    # Not kept: a user's own files change on their own.
    describe_local_files(config, folder)
    return config


def _read_files(folder: Path) -> Iterator[Path]:
    """Every file that the configuration is made of or checked against."""
    yield from (path for path in folder.parent.glob("config/**/*") if path.is_file())
    yield from (folder.parent / "schemas").glob("**/*.yaml")
    yield from Path(__file__).parent.glob("*.py")
    yield from STUDIES.glob("*/settings.schema.yaml")
    yield from STUDIES.glob("*/*.py")
    yield from DATASETS.glob("*.py")
    yield from DATASETS.glob("views/*.py")
    yield from PROGRAMS.glob("*.py")
    yield from written(TEX)
    yield from (path for path in [PACKAGE.parent.parent / "benchmarks/README.md"] if path.exists())
    if BIBLIOGRAPHY.exists():
        yield BIBLIOGRAPHY


def _load(folder: Path, scale: str, overrides: list[str], schemas: Path) -> dict:
    # Not at the top: importing what composes and checks takes a second, which a job that finds the cache need not pay.
    from retort.configuration.composition import compose
    from retort.configuration.names import check_names
    from retort.configuration.programs import check_modules, check_programs
    from retort.configuration.schema import validate
    from retort.configuration.typed import check_typed

    config, known = compose(folder, scale, overrides, schemas)
    validate(config, known, folder, schemas, overrides, STUDIES)
    check_modules(list(config["study"]), STUDIES)
    check_names(config, known, folder, DATASETS, PROGRAMS, STUDIES, BIBLIOGRAPHY)
    check_programs(known, PROGRAMS)
    check_typed(folder, TEX)
    return config
