"""The walk-throughs of docs/own-data.md, which tests take as they stand there."""

import re
from pathlib import Path

import yaml

PAGE = Path(__file__).resolve().parents[1] / "docs/own-data.md"


def section(kind: str) -> str:
    """What the page says of `molecules`, `reactions`, `formulas`, `syntheses` or `annotated documents`."""
    text = PAGE.read_text(encoding="utf-8").partition(f"## Your own {kind}\n")[2]
    assert text, f"{PAGE} has no section on {kind}"
    return text.partition("\n## ")[0]


def block(kind: str, language: str = "yaml") -> str:
    """The first block of a section, which is a data set's YAML."""
    return re.search(rf"```{language}\n(.*?)```", section(kind), re.DOTALL)[1]


def add(kind: str, content: str, config: Path, folder: Path) -> Path:
    """Write the user's file into `folder` and the section's YAML, which names it there, into `config/dataset`.

    Returns:
        The YAML's path.
    """
    given = yaml.safe_load(block(kind))["files"][0]
    (folder / given["name"]).write_text(content, encoding="utf-8")
    described = config / re.search(r"workflow/config/(dataset/\w+\.yaml)", section(kind))[1]
    described.write_text(block(kind).replace(given["local"], str(folder / given["name"])), encoding="utf-8")
    return described
