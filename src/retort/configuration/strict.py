"""YAML in which no key may stand twice: of two, the parser would silently keep the second."""

import functools
import re
from pathlib import Path
from typing import Any

import yaml

from retort.configuration.errors import ConfigurationError


class _StrictLoader(yaml.CSafeLoader):
    """A safe loader that refuses a repeated key; `<<` may bring keys that the block sets itself."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value:
            key = (key_node.tag, key_node.value)
            if key in seen and key_node.tag != "tag:yaml.org,2002:merge":
                mark = key_node.start_mark
                raise ConfigurationError(
                    f"{mark.name}: the key {key_node.value!r} stands twice, again in line {mark.line + 1}. "
                    "Hint: take one of them out; the first would have been lost."
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


# As Hydra reads numbers and dates: 1e-3 is a number without a point in it, and a date is text.
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?$|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$"
    r"|\.[0-9_]+(?:[eE][-+]?[0-9]+)?$|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
)
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":float"))]
    for first, resolvers in _StrictLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises ConfigurationError, naming the file, for a repeated key or what is no YAML.
    """
    return _tree(_parsed(path))


def read_schema(path: Path) -> dict:
    """A JSON schema; it serves many blocks, and is the same object for each. Not to be changed."""
    return _parsed(path)


def _parsed(path: Path) -> Any:
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except (ConfigurationError, yaml.YAMLError) as error:
        text = str(error).replace("<unicode string>", str(path))
        raise ConfigurationError(text if text.startswith(str(path)) else f"{path}: {text}") from error


@functools.cache
def _parse(content: str) -> Any:
    """What a text stands for; files are read more than once, by each `load`."""
    return yaml.load(content, Loader=_StrictLoader)


def read_block(path: Path) -> dict:
    """The keys of a YAML file that describes one thing; `read_yaml` says the rest.

    Raises ConfigurationError, naming the file, where it is empty or holds something else.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        found = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise ConfigurationError(
            f"{path} {found}, expected lines of `key: value`. "
            "Hint: git checkout brings a committed file back; delete it if it should not be."
        )
    return content


def _tree(value: Any) -> Any:
    """What aliases share, once for each: what is merged over one block must not change another."""
    if isinstance(value, dict):
        return {key: _tree(each) for key, each in value.items()}
    return [_tree(each) for each in value] if isinstance(value, list) else value
