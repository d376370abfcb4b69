"""SMILES as tokens: the field's pattern, a fixed vocabulary, and rare bracket atoms spelt out in their parts.

The pattern is that of Schwaller et al., ACS Cent. Sci. 5, 1572 (2019), which DeepChem and MoLFormer use too, with
RDKit's dative arrows `->` and `<-` added: they occur in ClinTox and HIV once RDKit has written them.

A bracket atom outside the vocabulary is not replaced by `<unknown>`. It becomes `[`, isotope, element, chirality,
hydrogens, charge, `]`, each a token of the vocabulary, which holds every element. Its spelling is so kept whole.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from retort.chemistry.composition import SYMBOLS

PATTERN = re.compile(
    r"\[[^\]]+\]"  # an atom in brackets, whole
    r"|Br?|Cl?|[NOSPFI]"  # the organic subset; Br and Cl before B and C
    r"|[bcnosp]"  # its aromatic atoms
    r"|->|<-"  # dative bonds (ours)
    r"|[-=#$:~/\\]"  # bonds; / and \ also tell the sides of a double bond
    r"|[().]"  # branches and the border between two fragments
    r"|%[0-9]{2}|[0-9]"  # ring closures
    r"|>>?|[*?+@]"  # reaction arrows, the wild card, and what is left of the published pattern
)
_PART = re.compile(
    r"[0-9]|[\[\]]"  # an isotope, a number of hydrogens, a charge: digit by digit
    r"|@@|@(?:TH|AL|SP|TB|OH)?"  # chirality
    r"|[A-Z][a-z]?|se|as|te|si|[bcnosp]"  # the element; H also counts hydrogens
    r"|."
)

SPECIAL = ("<pad>", "<start>", "<end>", "<mask>", "<unknown>")
PAD, START, END, MASK, UNKNOWN = range(len(SPECIAL))

# All of ZINC-250k's bracket atoms, then those in at least 40 molecules of at least two MoleculeNet sets, as written
# in the files or as RDKit writes them once standardised (there HIV and MUV were sampled).
_ZINC = re.findall(
    r"\S+",
    "[C@@H] [C@@] [C@H] [C@] [CH-] [CH2-] [N+] [N-] [NH+] [NH-] [NH2+] [NH3+] [O+] [O-] [OH+] [P+] [P@@H] [P@@] "
    "[P@] [PH+] [PH2] [PH] [S+] [S-] [S@@+] [S@@] [S@] [SH+] [n+] [n-] [nH+] [nH] [o+] [s+]",
)
_MOLECULENET = re.findall(
    r"\S+", "[B-] [Br-] [C-] [CH2] [Cl+3] [Cl-] [Cl] [H+] [I-] [N] [Na+] [O] [Se] [Si] [Sn]"
)
_BARE = ["B", "Br", "C", "Cl", *"NOSPFI", *"bcnosp"]
_MARKS = [*"().=#-$:~/\\", "->", "<-", ">", ">>", *"*?+@"]
_RINGS = [*"0123456789", "%10", "%11", "%12", "%13"]
_PARTS = ["[", "]", "%", "@@", "@TH", "@AL", "@SP", "@TB", "@OH", "se", "as", "te", "si"]

# Models store the numbers: append only.
VOCABULARY = [
    *SPECIAL,
    *_BARE,
    *_MARKS,
    *_RINGS,
    *_ZINC,
    *_MOLECULENET,
    *_PARTS,
    *(symbol for symbol in SYMBOLS if symbol not in _BARE),
]
NUMBER = {token: number for number, token in enumerate(VOCABULARY)}


class TokenError(ValueError):
    """A text that is no SMILES in the pattern's eyes."""


def tokens(smiles: str) -> list[str]:
    """The tokens of a SMILES; joined they are the SMILES again.

    Raises:
        TokenError: a character belongs to no token, or there is none.
    """
    found = PATTERN.findall(smiles)
    if not found or "".join(found) != smiles:
        raise TokenError(_reason(smiles))
    return found


def spelt(smiles: str) -> list[str]:
    """As `tokens`, with every token outside the vocabulary in its parts; joined they are the SMILES still."""
    parts: list[str] = []
    for token in tokens(smiles):
        parts.extend([token] if token in NUMBER else _PART.findall(token))
    return parts


def encode(smiles: str, longest: int) -> np.ndarray:
    """The numbers of a SMILES' tokens between `<start>` and `<end>`, int64 of shape (L,), L <= longest.

    What does not fit is cut off before `<end>`; `length(smiles) > longest` tells so.

    Raises:
        TokenError: see `tokens`.
        ValueError: `longest` leaves no room for a token.
    """
    if longest < 3:
        raise ValueError(
            f"{longest=} must be at least 3: <start>, a token, <end>. Hint: 128 holds nearly all."
        )
    numbers = _numbers(tokens(smiles))
    return np.array([START, *numbers[: longest - 2], END], dtype=np.int64)


def decode(numbers: Iterable[int]) -> str:
    """The text of token numbers, without padding, start and end."""
    return "".join(VOCABULARY[number] for number in numbers if number not in (PAD, START, END))


def length(smiles: str) -> int:
    """How many numbers the whole SMILES needs, start and end included."""
    return len(_numbers(tokens(smiles))) + 2


def is_atom(token: str) -> bool:
    """Whether a token of `tokens` stands for one atom."""
    return token[0] == "[" or token[0].isalpha() or token == "*"


def _numbers(found: list[str]) -> list[int]:
    try:
        return [NUMBER[token] for token in found]
    except KeyError:  # a rare token; the usual case is kept to one look-up each
        return [number for token in found for number in _number_of_parts(token)]


@lru_cache(maxsize=4096)
def _number_of_parts(token: str) -> tuple[int, ...]:
    parts = [token] if token in NUMBER else _PART.findall(token)
    return tuple(NUMBER.get(part, UNKNOWN) for part in parts)


def _reason(smiles: str) -> str:
    place, strange = 0, None
    while place < len(smiles) and strange is None:
        match = PATTERN.match(smiles, place)
        if match is None:
            strange = smiles[place]
        else:
            place = match.end()
    if strange is None:
        return f"a SMILES of no token: {smiles!r}. Hint: drop empty rows before tokens are made."
    hint = "strip blanks and what follows them" if strange.isspace() else "check that the column holds SMILES"
    return f"{strange!r} at character {place} of {smiles!r} belongs to no SMILES token. Hint: {hint}."
