"""Another way to draw centers passes."""

import pytest

from emlib import kmeans
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
    assert (
        "2,000 calls give results that are distributed as they should be"
        in report.steps
    )


def test_the_very_same_draws_are_said_to_be_that():
    report = check("kmeans.seed", kmeans.naive.seed)
    assert (
        "150 calls draw exactly what the package draws from equal generators"
        in report.steps
    )
    assert not any("2,000" in step for step in report.steps)
