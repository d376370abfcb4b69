"""Files of one's own, which lie on this machine."""

from pathlib import Path

from retort.configuration.errors import ConfigurationError
from retort.files import sha256


def describe_local_files(config: dict, folder: Path) -> None:
    """Checksum and size of files that lie on this machine: a change of one reruns what stands on it."""
    for name, dataset in config["dataset"].items():
        for file in dataset.get("files", []):
            if "local" not in file:
                continue
            path = (folder.parent.parent / Path(file["local"]).expanduser()).resolve()
            if not path.is_file():
                raise ConfigurationError(
                    f"{folder / 'dataset' / name}.yaml: dataset.{name}.files: local={file['local']!r} is no file "
                    f"({path}). Hint: give its path from the project's folder, or in full."
                )
            file.update(local=str(path), sha256=sha256(path), bytes=path.stat().st_size)
