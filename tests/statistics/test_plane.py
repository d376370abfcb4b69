import numpy as np
import pytest

from retort.statistics.plane import plane


def two_groups(count: int = 20, width: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, width)) + np.repeat([[0.0], [8.0]], count // 2, axis=0)


@pytest.mark.parametrize("components", [None, 3])
def test_what_is_near_stays_near(components):
    method, points = plane(two_groups(), components=components)
    assert (method, points.shape, points.dtype) == ("t-SNE", (20, 2), np.float64)
    centres = points[:10].mean(axis=0), points[10:].mean(axis=0)
    own = np.linalg.norm(points[:10] - centres[0], axis=1)
    assert np.mean(own < np.linalg.norm(points[:10] - centres[1], axis=1)) == 1


def test_the_same_vectors_have_the_same_points():
    assert np.array_equal(plane(two_groups())[1], plane(two_groups())[1])


def test_a_perplexity_may_be_asked_for():
    assert not np.array_equal(plane(two_groups())[1], plane(two_groups(), perplexity=2.0)[1])


@pytest.mark.parametrize(("count", "most"), [(4, None), (20, 10)])
def test_few_and_many_vectors_are_drawn_by_their_principal_components(count, most):
    vectors = two_groups(count)
    method, points = plane(vectors, most=most)
    centred = vectors - vectors.mean(axis=0)
    variance = np.linalg.eigvalsh(np.cov(centred.T, bias=True))[::-1][:2]
    assert method == "PCA"
    np.testing.assert_allclose(points.var(axis=0), variance)
    assert (points[np.abs(points).argmax(axis=0), [0, 1]] > 0).all()


def test_in_standard_units_no_column_rules_and_one_that_stands_still_is_zero():
    vectors = two_groups()
    scaled = vectors * np.array([1000.0, 1, 1, 1, 1, 1])
    scaled[:, 5] = vectors[:, 5] = 7.0
    one, other = plane(vectors, most=1, standardise=True)[1], plane(scaled, most=1, standardise=True)[1]
    np.testing.assert_allclose(one, other, atol=1e-9)
    assert np.isfinite(one).all()


@pytest.mark.parametrize("standardise", [False, True])
def test_collapsed_vectors_are_a_point(standardise):
    method, points = plane(np.ones((20, 3)), standardise=standardise)
    assert (method, np.ptp(points, axis=0).max()) == ("PCA", 0)
