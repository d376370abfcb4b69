"""Quoted values, and the claims that are filled from them."""

from retort.configuration import load

from .conftest import CONFIG


def test_each_published_value_stands_once_and_claims_are_filled_from_it():
    config = load(CONFIG)
    claims = {claim["id"]: claim for claim in config["claims"]}
    few = claims["transfer-few-labels"]
    assert (few["published"], few["against"], few["dataset"]) == (-0.0515, "crabnet", ["mp", "mp20"])
    assert few["statement"].endswith("from 0.139 to 0.0875 eV/atom, by 37 %")
    assert "(published by 0.010)" in claims["transfer-all-labels"]["statement"]
    forest = claims["molecules-forest-bace"]
    assert (forest["published"], forest["tolerance"]) == (0.867, 0.008)
    assert "86.7 % on BACE (0.8 over splits)" in forest["statement"]
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
