"""Another way to draw centers passes."""

import pytest

from emlib.exercises import check
from tests.kmeans.wrong import seeded, squares


@pytest.mark.parametrize(
    "seed",
    [
        seeded(squares),
        lambda X, n_clusters, rng: seeded(squares)(X[::-1], n_clusters, rng),
        lambda X, n_clusters, rng: seeded(squares)(
            rng.permutation(X), n_clusters, rng.spawn(1)[0]
        ),
    ],
)
def test_another_way_to_draw_centers_passes(seed):
    report = check("kmeans.seed", seed)
    assert report, str(report)
    assert "2,000 calls give each result as often as they should" in report.steps
