"""The tokens of SMILES: the published pattern as it stands, hand-made token lists, and nothing lost on the way."""

import re

import numpy as np
import pytest

from retort.chemistry import smiles_tokens
from retort.chemistry.smiles_tokens import NUMBER, SPECIAL, UNKNOWN, VOCABULARY, TokenError, decode, encode

# As printed in Schwaller et al. 2019: the independent truth.
PUBLISHED = re.compile(
    r"(\[[^\]]+]|Br?|Cl?|N|O|S|P|F|I|b|c|n|o|s|p|\(|\)|\.|=|#|-|\+|\\|\/|:|~|@|\?|>>?|\*|\$|\%[0-9]{2}|[0-9])"
)
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
AWKWARD = [
    ASPIRIN,
    "C[C@@H](N)C(=O)[O-]",
    "F/C=C\\Cl",
    "BrCC#N",
    "[Na+].[Cl-]",
    "c1cc2c(cc1)[nH]cc2",
    "C%10CCCCC%10",
    "C%24CCCCC%24",
    "[18F]c1ccccc1",
    "*C$C~C:C",
    "O=[Pt@SP1](Cl)(Br)N",
    "[13CH3:2][se]",
    "CB(O)O",
]


@pytest.mark.parametrize("smiles", AWKWARD)
def test_tokens_are_those_of_the_published_pattern(smiles: str) -> None:
    assert smiles_tokens.tokens(smiles) == PUBLISHED.findall(smiles)
    assert "".join(smiles_tokens.tokens(smiles)) == smiles


def test_tokens_by_hand() -> None:
    assert smiles_tokens.tokens("Clc1c[nH]c(Br)c1/C=C%12") == [
        *("Cl", "c", "1", "c", "[nH]", "c", "(", "Br", ")", "c", "1", "/", "C", "=", "C", "%12"),
    ]


def test_dative_arrows_are_one_token_each() -> None:
    assert smiles_tokens.tokens("N->[Pt]<-N") == ["N", "->", "[Pt]", "<-", "N"]


@pytest.mark.parametrize(
    ("smiles", "message"),
    [
        ("CCO\t", r"'\\t' at character 3"),
        ("CC O", "strip blanks"),
        ("CXC", "'X' at character 1"),
        ("", "no token"),
        ("[C", "at character 0"),
    ],
)
def test_a_stranger_is_named(smiles: str, message: str) -> None:
    with pytest.raises(TokenError, match=message) as error:
        smiles_tokens.tokens(smiles)
    assert repr(smiles) in str(error.value)
    assert "Hint: " in str(error.value)


def test_vocabulary_is_small_unique_and_its_order_is_fixed() -> None:
    assert len(set(VOCABULARY)) == len(VOCABULARY) < 256
    assert VOCABULARY[:5] == list(SPECIAL)
    # Trained models hold these numbers: a change here orphans them.
    held = {"C": 7, "c": 16, "(": 21, "=": 24, "1": 41, "[nH]": 85, "[Sn]": 102, "[": 103, "Pt": 183}
    assert {token: NUMBER[token] for token in held} == held


@pytest.mark.parametrize("smiles", AWKWARD)
def test_encoding_keeps_every_character(smiles: str) -> None:
    numbers = encode(smiles, 128)
    assert numbers.dtype == np.int64
    assert (numbers[0], numbers[-1]) == (1, 2)
    assert UNKNOWN not in numbers
    assert decode(numbers) == smiles == "".join(smiles_tokens.spelt(smiles))
    assert len(numbers) == smiles_tokens.length(smiles)


def test_rare_bracket_atoms_are_spelt_out_and_common_ones_are_not() -> None:
    assert smiles_tokens.spelt("[C@@H][Pt+2]") == ["[C@@H]", "[", "Pt", "+", "2", "]"]
    assert smiles_tokens.spelt("[13CH3]") == ["[", "1", "3", "C", "H", "3", "]"]
    assert smiles_tokens.spelt("[te@@]%57") == ["[", "te", "@@", "]", "%", "5", "7"]


def test_only_nonsense_in_brackets_is_unknown() -> None:
    assert list(encode("[Xx]", 9)).count(UNKNOWN) == 1


def test_long_strings_are_cut_between_start_and_end() -> None:
    numbers = encode("C" * 50, 10)
    assert list(numbers) == [1, *[NUMBER["C"]] * 8, 2]
    assert smiles_tokens.length("C" * 50) == 52
    assert len(encode("C" * 8, 10)) == 10  # fits exactly
    with pytest.raises(ValueError, match="longest=2"):
        encode("C", 2)


def test_atoms_are_counted() -> None:
    assert sum(map(smiles_tokens.is_atom, smiles_tokens.tokens(ASPIRIN))) == 13
    assert sum(map(smiles_tokens.is_atom, smiles_tokens.tokens("[Na+].[18F]->*%11-Br"))) == 4
