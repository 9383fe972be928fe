"""Do & Batzoglou (2008), figure 1."""

import numpy as np
import pytest

from emlib import coins, datasets, em
from tests.published import Trace, reference

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])


@sides
def test_do_batzoglou_printed_values(side):
    published = reference("do_batzoglou_2008_coins")["published"]
    twin, counts = getattr(coins, side), datasets.coins().counts
    start = coins.Params(np.array(published["start"]))
    gamma, _ = twin.e_step(counts, start)
    trace = Trace()
    em.fit(twin, counts, start, callback=trace)
    np.testing.assert_array_equal(
        gamma[:, 0].round(2), published["first_E_responsibility_A"]
    )
    np.testing.assert_array_equal(trace[1].biases.round(2), published["after_1"])
    np.testing.assert_array_equal(trace[10].biases.round(2), published["after_10"])


@sides
def test_do_batzoglou_whole_trace(side):
    computed = reference("do_batzoglou_2008_coins")["computed"]
    twin, counts = getattr(coins, side), datasets.coins().counts
    params = coins.Params(np.array(computed["trace"][0]))
    gamma, _ = twin.e_step(counts, params)
    np.testing.assert_allclose(
        gamma[:, 0], computed["responsibilities_first_E"], atol=1e-14
    )
    log_likelihoods = []
    for biases in computed["trace"]:
        np.testing.assert_allclose(params.biases, biases, rtol=0, atol=1e-14)
        gamma, log_likelihood = twin.e_step(counts, params)
        log_likelihoods.append(log_likelihood)
        params = twin.m_step(counts, gamma)
    expected = computed["loglik_sequences"]
    np.testing.assert_allclose(log_likelihoods[: len(expected)], expected, rtol=1e-14)


def test_do_batzoglou_complete_data():
    sets = datasets.coins()
    known = np.array([[coin == "A", coin == "B"] for coin in sets.coins], dtype=float)
    published = reference("do_batzoglou_2008_coins")["published"]
    np.testing.assert_allclose(
        coins.naive.m_step(sets.counts, known).biases,
        published["complete_data_mle"],
        rtol=1e-15,
    )
