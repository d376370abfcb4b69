"""The chain against an enumeration of all its sequences, and on a task that only transitions solve."""

from itertools import pairwise, product

import pytest
import torch

from retort.nn.crf import Chain

M, L, T = 3, 5, 3
LENGTHS = (5, 1, 3)
FORBIDDEN = (0, 2)  # 2 may not follow 0, nor come first


@pytest.fixture(params=["all allowed", "some forbidden"])
def chain(request):
    torch.manual_seed(0)
    allowed, first = torch.ones(T, T, dtype=torch.bool), torch.ones(T, dtype=torch.bool)
    if request.param == "some forbidden":
        allowed[FORBIDDEN] = False
        first[2] = False
    chain = Chain(T, allowed, first).double()
    for weight in chain.parameters():
        torch.nn.init.normal_(weight)
    return chain


@pytest.fixture
def given():
    torch.manual_seed(1)
    real = torch.arange(L) < torch.tensor(LENGTHS)[:, None]
    return torch.randn(M, L, T, dtype=torch.double), real


def enumerated(chain, emissions, length):
    """All sequences of a length with their scores, without those that are forbidden."""
    found = {}
    for tags in product(range(T), repeat=length):
        moves = list(pairwise(tags))
        if chain.first[tags[0]] and all(chain.allowed[move] for move in moves):
            score = chain.start[tags[0]] + chain.end[tags[-1]]
            score = score + sum(emissions[place, tag] for place, tag in enumerate(tags))
            score = score + sum(chain.transitions[move] for move in moves)
            found[tags] = float(score.detach())
    return found


def test_everything_against_enumeration(chain, given):
    emissions, real = given
    decoded, marginals = chain.decode(emissions, real), chain.marginals(emissions, real)
    partition = chain.log_partition(emissions, real).tolist()
    for row, length in enumerate(LENGTHS):
        scores = enumerated(chain, emissions[row], length)
        total = torch.logsumexp(torch.tensor(list(scores.values()), dtype=torch.double), 0)
        assert partition[row] == pytest.approx(float(total))
        assert tuple(decoded[row, :length].tolist()) == max(scores, key=scores.get)
        expected = torch.zeros(L, T, dtype=torch.double)
        for tags, score in scores.items():
            for place, tag in enumerate(tags):
                expected[place, tag] += torch.exp(score - total)
            padded = torch.zeros(M, L, dtype=torch.long)
            padded[row, :length] = torch.tensor(tags)
            likelihood = chain.log_likelihood(emissions, padded, real)[row].detach()
            assert float(likelihood) == pytest.approx(float(score - total))
        assert torch.allclose(marginals[row], expected)


def test_padding_changes_nothing(chain, given):
    emissions, real = given
    noise = torch.where(real[..., None], emissions, torch.full_like(emissions, 7.0))
    tags = torch.zeros(M, L, dtype=torch.long)
    other = torch.where(real, tags, torch.full_like(tags, 1))
    for ours, theirs in (
        (chain.log_likelihood(emissions, tags, real), chain.log_likelihood(noise, other, real)),
        (chain.decode(emissions, real), chain.decode(noise, real)),
        (chain.marginals(emissions, real), chain.marginals(noise, real)),
    ):
        assert torch.equal(ours, theirs)
    assert not chain.decode(emissions, real)[~real].any()


def test_what_is_forbidden_is_never_said():
    allowed = torch.ones(T, T, dtype=torch.bool)
    allowed[FORBIDDEN] = False
    chain = Chain(T, allowed)
    emissions = torch.zeros(1, 2, T)
    emissions[0, 0, 0], emissions[0, 1, 2] = 5, 4
    assert chain.decode(emissions, torch.ones(1, 2, dtype=torch.bool)).tolist() != [[0, 2]]
    assert float(chain.marginals(emissions, torch.ones(1, 2, dtype=torch.bool))[0].sum()) == pytest.approx(2)


def test_it_learns_what_emissions_cannot_tell():
    # Tags alternate, and nothing but the first emission says with which they begin.
    chain = Chain(2)
    tags = torch.tensor([[0, 1, 0, 1], [1, 0, 1, 0]])
    emissions, real = torch.zeros(2, 4, 2), torch.ones(2, 4, dtype=torch.bool)
    emissions[0, 0, 0] = emissions[1, 0, 1] = 3
    optimizer = torch.optim.Adam(chain.parameters(), lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        loss = -chain.log_likelihood(emissions, tags, real).mean()
        loss.backward()
        optimizer.step()
    assert torch.equal(chain.decode(emissions, real), tags)
    assert float(loss.detach()) < 0.2
