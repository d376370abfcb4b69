"""The probe: what composition and structure tell of each label is what the module says."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeCV

from retort.chemistry import magpie
from retort.chemistry.composition import element_order, fraction_matrix, parse
from retort.chemistry.structure_types import STRUCTURE_TYPES
from retort.configuration.expand import split_families
from retort.datasets import aflow, crystals_generated, probe
from retort.datasets.crystals import SCHEMA
from retort.datasets.errors import SchemaError
from retort.datasets.probe import lattice_sum
from retort.datasets.splits import manifest, split
from retort.datasets.views import descriptions

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"
NAMES = ("probe", "probe_pairs", "probe_families")
BLOCKS = {name: yaml.safe_load((CONFIG / f"{name}.yaml").read_text()) for name in NAMES}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The three prepared tables, which differ in what is read of one generated file."""
    folder = tmp_path_factory.mktemp("probe")
    generator = BLOCKS["probe"]["generator"]
    crystals_generated.generate(folder, generator["settings"], generator["seed"])
    return {name: probe.read(folder, block.get("settings", {})).rows for name, block in BLOCKS.items()}


def test_one_generator_serves_all(tables):
    assert (
        BLOCKS["probe"]["generator"]
        == BLOCKS["probe_pairs"]["generator"]
        == BLOCKS["probe_families"]["generator"]
    )
    labels = dict.fromkeys(aflow.PROPERTIES, pl.Float64)
    assert dict(tables["probe"].schema) == SCHEMA | {"structure_type": pl.String} | labels
    assert len(tables["probe"]) == 300
    for name in NAMES[1:]:
        shared = tables[name].select(tables["probe"].columns)
        assert shared.equals(tables["probe"].join(shared, on="id", how="semi"))


def test_at_the_ends_one_of_the_two_tells_nothing(tables):
    rows = tables["probe"]
    assert (rows.group_by("composition").agg(pl.col("bulk").n_unique())["bulk"] == 1).all()
    assert (rows.group_by("structure_type").agg(pl.col("debye").n_unique())["debye"] == 1).all()
    assert rows["shear"].to_numpy() == pytest.approx((rows["bulk"] + rows["debye"]).to_numpy() / 2, abs=2e-6)
    for label in ("bulk", "debye"):
        assert rows[label].mean() == pytest.approx(0, abs=1e-5)
        assert rows[label].std(ddof=0) == pytest.approx(1, abs=1e-5)
    # Neither the anonymous formula nor a structure type has a mean of its own over compositions.
    once = rows.unique("composition", keep="first", maintain_order=True)
    once = once.with_columns(
        anonymous=pl.Series([str(sorted(parse(formula).values())) for formula in once["formula"]])
    )
    means = once.group_by("anonymous").agg(pl.col("bulk").mean())["bulk"]
    assert means.to_numpy() == pytest.approx(once["bulk"].mean(), abs=1e-4)


def test_lattice_sums_tell_structure_types_apart():
    sums = {kind.name: lattice_sum(kind) for kind in STRUCTURE_TYPES}
    # Six at d, twelve at √2 d, eight at √3 d, six at 2 d, ..: what theta functions give for a simple cubic lattice.
    theta = sum(np.exp(-(n**2)) for n in range(-20, 21))
    assert sums["rock salt"] == pytest.approx(theta**3 - 1, rel=1e-3)
    assert sums["wurtzite"] != pytest.approx(sums["zinc blende"], rel=1e-4)
    assert sums["caesium chloride"] > sums["rock salt"] > sums["zinc blende"]


def test_masked_texts_fall_to_the_median_where_elements_are_all(tables, tmp_path):
    rows = tables["probe"]
    descriptions.build(rows, tmp_path / "features" / "probe" / "descriptions")
    texts = pl.read_parquet(tmp_path / "features" / "probe" / "descriptions" / descriptions.TABLE)
    assert texts["id"].equals(rows["id"])
    parts = split(rows, split_families(BLOCKS["probe"]["splits"])["bulk"], seed=0)["part"].to_numpy()
    train, test = parts == "train", parts == "test"

    def error(features, label):
        truth = rows[label].to_numpy()
        model = RidgeCV(np.logspace(-3, 3, 13)).fit(features[train], truth[train])
        return np.abs(model.predict(features[test]) - truth[test]).mean()

    words = {
        name: TfidfVectorizer(token_pattern=r"\S+").fit(texts[name].to_numpy()[train])
        for name in texts.columns[1:]
    }
    read = {name: words[name].transform(texts[name]).toarray() for name in words}
    amounts = [parse(formula) for formula in rows["formula"]]
    elements = element_order(element for each in amounts for element in each)
    onehot = fraction_matrix(amounts, elements)
    guess = {
        label: np.abs(rows[label].to_numpy()[test] - np.median(rows[label].to_numpy()[train])).mean()
        for label in ("bulk", "debye")
    }
    assert error(read["masked"], "bulk") > 0.93 * guess["bulk"]
    assert error(onehot, "bulk") < 0.75 * guess["bulk"]
    assert error(read["masked"], "debye") < 0.4 * guess["debye"]
    assert magpie.features(onehot, elements).shape == (300, 132)


def test_pairs_differ_and_are_tested(tables):
    rows = tables["probe_pairs"]
    assert rows["pair"].equals((rows["published_part"] == "test").alias("pair"))
    spread = rows.group_by("composition").agg(
        pl.col("shear").max() - pl.col("shear").min(), pl.col("pair").first()
    )
    assert (spread["shear"] > probe.APART).equals(spread["pair"].alias("shear"))
    splits = split_families(BLOCKS["probe_pairs"]["splits"])
    report = manifest(rows, split(rows, splits["formulas"], seed=0), splits["formulas"])
    assert report["leakage"] == 0
    assert report["groups"]["test"] > 40
    assert min(report["rows"].values()) > 10


def test_families_are_compositions_with_what_was_measured(tables):
    rows = tables["probe_families"]
    assert not rows["composition"].is_duplicated().any()
    assert rows["query"].sum() == probe.QUERIES
    assert rows.filter("query")["host"].all()
    assert set(rows.filter("host")["anion"]) == set(probe.HEAVY)
    assert rows["zt"].is_not_null().equals(rows["host"].alias("zt"))
    assert rows.filter("host")["first_year"].is_between(1995, 2025).all()
    parts = dict(rows["published_part"].value_counts().iter_rows())
    assert parts["train"] == probe.QUERIES
    assert parts["test"] == rows["host"].sum() - probe.QUERIES > 20


def test_shares_of_the_tasks_withhold_the_labels_of_the_six(tables):
    splits = split_families(BLOCKS["probe"]["splits"])
    for name in ("05-1", "25-2", "n100-0"):
        parts = [
            split(tables["probe"], splits[f"{each}-{name}"], seed=0) for each in ("tasks", *aflow.PROPERTIES)
        ]
        assert all(part.equals(parts[0]) for part in parts)


def test_unknown_rows_are_refused(tmp_path):
    with pytest.raises(SchemaError, match="rows: 'most'"):
        probe.read(tmp_path, {"rows": "most"})
