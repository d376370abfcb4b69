"""Quoted values."""

from retort.configuration import load

from .conftest import CONFIG


def test_each_published_value_stands_once():
    config = load(CONFIG)
    values = [(value["id"], value["dataset"]) for value in config["published"]]
    assert len(values) == len(set(values))
    (hidden,) = [
        value for value in config["published"] if value["system"] == "MGCN" and value["dataset"] == "bbbp"
    ]
    assert (hidden["value"], hidden["unit"], hidden["mark"], hidden["variant"]) == (
        85.0,
        "percent",
        "†",
        None,
    )
