"""Generated reactions: the same bytes, balanced, neutral, and made from every table entry."""

import re
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
import yaml
from pymatgen.core import Element

from retort.chemistry.solid_state import FAMILIES, Company, Family, Site, sources
from retort.datasets import solid_state_generated as generated
from retort.datasets.errors import DataError
from retort.datasets.reactions import SCHEMA
from retort.datasets.splits import manifest, split

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset" / "solid_state_generated.yaml"
SETTINGS = {"systems": 300, "papers": 2, "compositions": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    generated.generate(folder, SETTINGS, seed=0)
    return folder


@pytest.fixture(scope="module")
def table(folder):
    return pl.read_csv(folder / "reactions.csv")


def count(formula):
    """Atoms of a formula, by a parser that shares nothing with the library's."""
    total = defaultdict(float)
    for part in formula.split("·"):
        factor = re.match(r"\d*", part)[0]
        while "(" in part:
            part = re.sub(  # expand the innermost bracket
                r"\(([^()]*)\)(\d*)",
                lambda m: re.sub(
                    r"([A-Z][a-z]?)([\d.]*)", lambda e: f"{e[1]}{float(e[2] or 1) * float(m[2] or 1)}", m[1]
                ),
                part,
            )
        for element, amount in re.findall(r"([A-Z][a-z]?)([\d.]*)", part):
            total[element] += float(amount or 1) * float(factor or 1)
    return total


def test_the_independent_parser_counts():
    assert count("Mg5(CO3)4(OH)2") == {"Mg": 5, "C": 4, "O": 14, "H": 2}
    assert count("(NH4)6Mo7O24·4H2O") == {"N": 6, "H": 32, "Mo": 7, "O": 28}


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    generated._balanced.cache_clear()
    generated.generate(tmp_path, SETTINGS, seed=0)
    first = (folder / "reactions.csv").read_bytes()
    assert (tmp_path / "reactions.csv").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["reactions.csv"]
    generated.generate(tmp_path, {**SETTINGS, "systems": 20}, seed=1)
    assert (tmp_path / "reactions.csv").read_bytes() != first


def test_every_written_equation_conserves_every_element(table):
    for equation, target, precursors in table.select("equation", "target", "precursors").iter_rows():
        left, right = equation.split(" -> ")
        balance = defaultdict(float)
        formulas = {}
        for side, sign in ((left, 1), (right, -1)):
            for term in side.split(" + "):
                amount, _, formula = term.rpartition(" ")
                formulas[formula] = sign
                for element, atoms in count(formula).items():
                    balance[element] += sign * float(amount or 1) * atoms
        assert max(map(abs, balance.values())) < 2e-3, equation
        assert formulas[target] == -1
        assert all(formulas[precursor] == 1 for precursor in precursors.split("; ")), equation
        assert set(formulas) - {target, *precursors.split("; ")} <= {
            "CO2",
            "CO",
            "H2O",
            "NH3",
            "NO2",
            "O2",
            "H2",
            "N2",
        }


def test_every_target_is_neutral_with_charges_that_its_elements_take(table):
    for target, charges in table.select("target", "charges").unique().iter_rows():
        charge = {symbol: float(value) for symbol, value in (item.split("=") for item in charges.split())}
        atoms = count(target)
        assert set(atoms) == set(charge)
        assert abs(sum(atoms[symbol] * charge[symbol] for symbol in atoms)) < 2e-3, target
        for symbol, value in charge.items():
            known = Element(symbol).oxidation_states
            assert min(known) <= value <= max(known), (target, symbol, value)


def made(formula, charges, family="test"):
    return generated.Target(formula, Company(family, count(formula), charges))


def test_lithium_iron_phosphate_by_hand():
    target = made("LiFePO4", {"Li": 1, "Fe": 2, "P": 5, "O": -2}, "olivine")
    powders = generated._powders(
        target.company, dict.fromkeys(("Li", "Fe", "P", "O"), 0.0), from_elements=True
    )
    assert sorted(powders) == ["FeC2O4·2H2O", "Li2CO3", "NH4H2PO4"]
    found = generated._balance(tuple(powders), target)
    expected = {"Li2CO3": -0.5, "FeC2O4·2H2O": -1, "NH4H2PO4": -1, "LiFePO4": 1}
    assert found == pytest.approx(expected | {"CO2": 1.5, "CO": 1, "H2O": 3.5, "NH3": 1})


def test_a_fluoride_brings_only_as_much_of_its_metal_as_there_is_fluorine():
    luck = dict.fromkeys(("Na", "V", "Fe", "P", "O", "F"), 0.0)
    charges = {"Na": 1, "V": 3, "Fe": 2, "P": 5, "O": -2, "F": -1}
    full = generated._powders(made("Na3V2(PO4)2F3", charges).company, luck, from_elements=True)
    half = generated._powders(made("Na2FePO4F", charges).company, luck, from_elements=True)
    assert sorted(full) == ["NH4H2PO4", "NH4VO3", "NaF"]
    assert sorted(half) == ["FeC2O4·2H2O", "NH4H2PO4", "Na2CO3", "NaF"]


def test_hydrogen_reduces_and_is_never_given_off():
    charges = {"Eu": 2, "B": 3, "O": -2}
    from_oxide = generated._balance(("Eu2O3", "H3BO3"), made("EuB4O7", charges))
    assert from_oxide == pytest.approx({"Eu2O3": -0.5, "H3BO3": -4, "EuB4O7": 1, "H2": -0.5, "H2O": 6.5})
    assert generated._balance(("Eu", "H3BO3"), made("EuB4O7", charges)) is None


def test_charge_is_taken_up_within_the_range_of_an_ion_only():
    def manganite(*, strontium):
        sites = (Site(1, {"La": 3, "Sr": 2}), Site(1, {"Mn": (3, 3.6)}))
        filled = [
            generated._occupy(sites[0], {"La": 1 - strontium, "Sr": strontium}),
            generated._occupy(sites[1], {"Mn": 1}),
        ]
        return generated._target(Family("manganite", 1, sites, "O3"), filled)

    assert manganite(strontium=0.3).formula == "La0.7Sr0.3MnO3"
    assert manganite(strontium=0.3).company.charges["Mn"] == pytest.approx(3.3)
    assert manganite(strontium=0.7) is None


def test_identifiers_are_no_dois(table):
    assert table["doi"].str.contains(r"^generated:\d{6}$").all()
    assert table["year"].is_between(1990, 2020).all()
    assert table.group_by("doi").agg(pl.col("year").n_unique(), pl.col("family").n_unique()).select(
        pl.col("year").max(), pl.col("family").max()
    ).row(0) == (1, 1)


def test_the_reader_rejects_nothing_and_families_split_without_leaks(folder, table):
    prepared = generated.read(folder, {})
    assert prepared.rejects.is_empty()
    assert dict(prepared.rows.schema) == SCHEMA
    assert len(prepared.rows) == len(table)
    assert prepared.rows["published_part"].null_count() == len(table)
    settings = yaml.safe_load(CONFIG.read_text())["splits"]["family"]
    parts = split(prepared.rows, settings, seed=0)
    report = manifest(prepared.rows, parts, settings)
    assert report["leakage"] == 0
    assert report["targets_shared_with_train"] == {"valid": 0, "test": 0}
    # A paper stays within one chemical system, so papers are whole too.
    assert manifest(prepared.rows, parts, {**settings, "group": "doi"})["leakage"] == 0


def test_the_choice_of_powders_follows_the_chemistry(table):
    def used(family, precursor):
        chosen = table.filter(pl.col("family") == family)["precursors"]
        return chosen.str.contains(precursor, literal=True).mean()

    assert used("nickel-rich layered oxide", "LiOH·H2O") > 0.6 > 0.3 > used("layered oxide", "LiOH·H2O")
    assert used("thiophosphate", "P2S5") == 1
    assert used("olivine", "NH4") > 0.5
    ferrous = table.filter(
        pl.col("charges").str.contains("Fe=2 |Fe=2$") & pl.col("charges").str.contains("P=")
    )
    assert len(ferrous)
    assert not ferrous["precursors"].str.contains("Fe2O3").any()


def test_every_ion_of_every_family_has_a_source():
    for family in FAMILIES:
        for index, site in enumerate(family.sites):
            for ion, charge in {**site.ions, **site.dopants}.items():
                sites = [((next(iter(other.ions)), other.amount, 2),) for other in family.sites]
                sites[index] = ((ion, site.amount, charge if isinstance(charge, int) else charge[0]),)
                formula = "".join(f"{symbol}{amount}" for ((symbol, amount, _),) in sites) + family.tail
                atoms = count(formula)
                company = Company(family.name, atoms, dict.fromkeys(atoms, 2) | {ion: sites[index][0][2]})
                if ion in ("O", "S", "Se", "Te"):
                    continue
                for from_elements in (True, False):
                    choices = sources(ion, company, from_elements=from_elements)
                    assert sum(share for _, share in choices) == pytest.approx(1), (family.name, ion)
                    assert all(ion in count(powder) for powder, _ in choices), (family.name, ion, choices)


@pytest.mark.parametrize("bad", [{"systems": 0}, {"papers": "many"}, {"compositions": None}])
def test_impossible_settings_are_refused(tmp_path, bad):
    with pytest.raises(DataError, match=next(iter(bad))):
        generated.generate(tmp_path, {**SETTINGS, **bad}, seed=0)
