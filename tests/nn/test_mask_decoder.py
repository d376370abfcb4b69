"""Decoders compute at hidden places what they would compute at all; the enhanced one runs the last layer twice."""

import pytest
import torch

from retort.nn.deberta import Deberta
from retort.nn.mask_decoder import EnhancedMaskDecoder, LanguageHead, plain

PIECES = torch.tensor([[5, 7, 8, 2, 9, 3], [6, 9, 4, 10, 11, 1]])
PLACES = torch.tensor([[1, 4], [0, 5]])
ROWS = torch.arange(2)[:, None]


def made() -> tuple[Deberta, EnhancedMaskDecoder]:
    torch.manual_seed(0)
    deberta, decoder = Deberta(12, 8, 3, 2, 3, 0.0), EnhancedMaskDecoder(8, 6)
    with torch.no_grad():
        for weight in [*deberta.parameters(), *decoder.parameters()]:
            weight += 0.4 * torch.randn(weight.shape)
    return deberta, decoder


def test_the_plain_one_gives_the_last_states():
    deberta, _ = made()
    torch.testing.assert_close(plain(deberta, PIECES, PLACES), deberta.states(PIECES)[ROWS, PLACES])


def test_the_enhanced_one_asks_twice_from_where_it_stands():
    """As it is published: for all places, keys and values from the states below the last layer both times."""
    deberta, decoder = made()
    below, layer = deberta.hidden(PIECES)[-2], deberta.layers[-1]
    memory = layer.remember(below, deberta.table, None)
    asking = below + decoder.position_embeddings.weight
    for _ in range(2):
        asking = layer(asking, memory)
    torch.testing.assert_close(decoder(deberta, PIECES, PLACES), asking[ROWS, PLACES])


def test_more_places_than_positions_are_refused():
    deberta, decoder = made()
    with pytest.raises(ValueError, match="Hint"):
        decoder(deberta, PIECES.repeat(1, 2), PLACES)


def test_logits_begin_near_the_shares_of_the_pieces():
    torch.manual_seed(0)
    logarithms = torch.tensor([0.5, 0.3, 0.2]).log()
    head = LanguageHead(8, logarithms)
    logits = head(torch.zeros(4, 8), torch.randn(3, 8))
    torch.testing.assert_close(logits, logarithms.expand(4, 3))
