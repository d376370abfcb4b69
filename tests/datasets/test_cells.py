"""Numbers, lists and names of parts in the cells of somebody's table."""

import pytest

from retort.datasets.cells import Parts, check_settings, listed, number
from retort.datasets.errors import SchemaError


@pytest.mark.parametrize(("text", "value"), [("5.5", 5.5), (" -1e3 ", -1000.0), ("7", 7.0)])
def test_numbers(text, value):
    assert number(text, "K") == value


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (">5.5", "censored"),
        ("≤ 3", "censored"),
        ("~100", "censored"),
        ("5,5", "decimal point"),
        ("5.5 ± 0.2", "uncertainty"),
        ("5.5+/-0.2", "uncertainty"),
        ("5.51(3)", "uncertainty"),
        ("5.5 GPa", "without a unit"),
        ("12%", "without a unit"),
    ],
)
def test_what_is_nearly_a_number_is_told_what_is_wrong(text, word):
    with pytest.raises(ValueError, match="expected a number") as caught:
        number(text, "K")
    reason, value = caught.value.args
    assert word in reason
    assert value == text


@pytest.mark.parametrize("text", ["", "high", "inf", "nan", "1_5", "1.2.3"])
def test_what_is_no_number_is_named(text):
    with pytest.raises(ValueError, match="expected a number") as caught:
        number(text, "K")
    assert caught.value.args == (f"K is {text!r}, expected a number", text)


@pytest.mark.parametrize(
    ("text", "separator", "names"),
    [
        ("Li2CO3 + Co3O4", "+", ["Li2CO3", "Co3O4"]),
        ("['Li2CO3', 'Co3O4']", ",", ["Li2CO3", "Co3O4"]),
        ("Li2CO3;;Co3O4; ", ";", ["Li2CO3", "Co3O4"]),
        ("[Co(NH3)6]Cl3;LiOH", ";", ["[Co(NH3)6]Cl3", "LiOH"]),
        ("", ";", []),
    ],
)
def test_lists(text, separator, names):
    assert listed(text, separator) == names


def test_parts_by_the_usual_words_and_by_others():
    usual = Parts("split")
    assert [usual.of(word) for word in ("Train", " val ", "validation", "dev", "TEST")] == [
        *("train", "valid", "valid", "valid", "test")
    ]
    own = Parts({"column": "fold", "train": ["1", 2], "valid": 3, "test": 4})
    assert [own.of(word) for word in "1234"] == ["train", "train", "valid", "test"]
    with pytest.raises(ValueError, match="fold is '5', expected one of 1, 2, 3, 4"):
        own.of("5")


def test_settings_are_checked_by_name():
    check_settings({"file": "a.csv", "part": "x"}, ("file",), ("part",))
    with pytest.raises(SchemaError, match=r"no key 'fil'.*did you mean 'file'"):
        check_settings({"fil": "a.csv"}, ("file",), ())
    with pytest.raises(SchemaError, match="lacks the key 'target'; it has file"):
        check_settings({"file": "a.csv"}, ("file", "target"), ())
