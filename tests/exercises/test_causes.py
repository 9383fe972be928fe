"""Why a result is wrong: a mistake of a part, a wrong argument, a relation, a slip, two at once."""

import math
import re
import warnings

import numpy as np
import pytest

from emlib import coins, gaussian, gmm, kmeans, selection
from emlib.exercises import check, names
from emlib.exercises._contract import contract_of
from emlib.exercises._inherited import inherited, parts
from emlib.exercises._recognise import shows
from emlib.exercises._slips import slips


def mixture_of(log_density, weights=lambda w: w):
    """An E step built on a log-density (X, mean, covariance) -> (N,)."""

    def e_step(X, params):
        columns = [
            np.log(weight) + log_density(X, mean, covariance)
            for weight, mean, covariance in zip(
                weights(params.weights), params.means, params.covariances, strict=True
            )
        ]
        log_joint = np.stack(columns, axis=1)
        log_p = np.logaddexp.reduce(log_joint, axis=1)
        return np.exp(log_joint - log_p[:, None]), float(log_p.sum())

    return e_step


def log_gaussian(constant=1.0, determinant=0.5, half=0.5, of=lambda C: C, solve=True):
    """A log-density with its terms as they should be, or not."""

    def log_density(X, mean, covariance):
        D, z, matrix = X.shape[1], X - mean, of(covariance)
        inverse = np.linalg.inv(matrix) if solve else matrix
        squared = np.einsum("ni,ij,nj->n", z, inverse, z)
        terms = constant * D / 2 * np.log(2 * np.pi)
        return -terms - determinant * np.linalg.slogdet(matrix)[1] - half * squared

    return log_density


def m_step_with(change):
    """An M step whose covariances are changed at the end."""

    def m_step(X, responsibilities):
        right = gmm.vectorized.m_step(X, responsibilities)
        return right._replace(
            covariances=change(right.covariances, responsibilities.sum(axis=0))
        )

    return m_step


def one_for_all(X, params):
    first = np.repeat(params.covariances[:1], len(params.weights), axis=0)
    return gmm.vectorized.e_step(X, params._replace(covariances=first))


# Mistakes in a part, in an argument or in a result, and what `check` must say about the whole.
TOLD = [
    (
        "gmm.e_step",
        mixture_of(log_gaussian(constant=0)),
        "constant with 2 pi is missing",
    ),
    ("gmm.e_step", mixture_of(log_gaussian(determinant=1)), "without its square root"),
    ("gmm.e_step", mixture_of(log_gaussian(half=1)), "squared distance is not halved"),
    (
        "gmm.e_step",
        mixture_of(log_gaussian(solve=False)),
        "multiplied by the covariance",
    ),
    (
        "gmm.e_step",
        mixture_of(log_gaussian(of=lambda C: np.diag(np.diag(C)))),
        "Only the variances are used",
    ),
    (
        "gmm.e_step",
        mixture_of(log_gaussian(), weights=np.square),
        "The weights are multiplied in twice",
    ),
    (
        "gmm.e_step",
        one_for_all,
        "first entry of params.covariances in place of all",
    ),
    (
        "gmm.log_likelihood",
        lambda X, p: gmm.vectorized.log_likelihood(X, p) / 2,
        "half of",
    ),
    (
        "gmm.log_likelihood",
        lambda X, p: (
            gmm.vectorized.log_likelihood(X, p) + X.size * math.log(2 * math.pi) / 2
        ),
        r"constant with 2 pi|larger than it should be by 1/2 D N log\(2 pi\)",
    ),
    (
        "gmm.m_step",
        m_step_with(lambda C, N_k: C * (N_k / (N_k - 1))[:, None, None]),
        r"N_k - 1|sum of responsibilities / \(the sum of responsibilities - 1\)",
    ),
    (
        "gmm.m_step",
        m_step_with(lambda C, N_k: np.linalg.inv(C)),
        "inverse of what it should be|precision",
    ),
    (
        "gmm.m_step",
        m_step_with(lambda C, N_k: C + 1e-3 * np.eye(C.shape[-1])),
        "the diagonal is too large by 0.001, the rest is right",
    ),
    ("gmm.m_step", m_step_with(lambda C, N_k: 2 * C), "twice what it should be"),
    (
        "selection.bic",
        lambda X, p, s: selection.vectorized.bic(X, p, s) - math.log(len(X)),
        r"smaller than it should be by log\(N\)|one parameter",
    ),
    (
        "coins.log_likelihood",
        lambda counts, p: (
            coins.vectorized.log_likelihood(counts, p) * math.log2(math.e)
        ),
        "1.4427 times what it should be|to base two|base 2",
    ),
    (
        "kmeans.assign",
        lambda X, centers: kmeans.vectorized.assign(X, centers) + 1,
        "The labels begin with 1",
    ),
]


@pytest.mark.parametrize(("exercise", "function", "words"), TOLD)
def test_the_cause_is_told(exercise, function, words):
    report = check(exercise, function)
    assert not report
    told = f"{report.mistake.title if report.mistake else ''} {report.relation or ''}"
    assert re.search(words, told), str(report)


def test_a_mistake_of_a_part_says_which():
    report = check("gmm.e_step", mixture_of(log_gaussian(half=1)))
    assert report.mistake.made_in == "gaussian.log_density"
    assert "of gaussian.log_density, which is a part of this" in str(report)
    assert "In gaussian.log_density" in report._repr_html_()


@pytest.mark.parametrize(
    ("exercise", "expected"),
    [
        (
            "gmm.e_step",
            {"gaussian.cholesky", "gaussian.log_density", "evidence.log_sum_exp"},
        ),
        ("gmm.m_step", {"gmm.project"}),
        ("selection.icl", {"gmm.e_step", "selection.n_parameters"}),
        ("linkage.m_step", set()),
    ],
)
def test_the_parts_are_found_in_the_code(exercise, expected):
    assert expected <= set(parts(exercise).values())
    assert exercise not in parts(exercise).values()


@pytest.mark.parametrize("exercise", names())
def test_what_is_inherited_is_said_of_a_part_of_the_result(exercise):
    for mistake in inherited(exercise):
        assert mistake.exercise == exercise
        assert mistake.made_in != exercise
        assert mistake.part in contract_of(exercise).returns


def test_a_mistake_of_the_cholesky_factor_reaches_the_criteria():
    """A chain of parts: the factor, the density, the likelihood, the criterion."""
    found = {m.made_in for m in inherited("selection.bic")}
    assert {
        "gmm.log_likelihood",
        "gaussian.cholesky",
        "selection.n_parameters",
    } <= found
    wrong = [m for m in inherited("selection.bic") if m.made_in == "gaussian.cholesky"]
    assert any(map(shows, wrong))


def test_two_mistakes_in_two_parts_are_both_told():
    def m_step(X, responsibilities):
        N_k = responsibilities.sum(axis=0)
        means = responsibilities.T @ X / len(X)
        z = X[:, None] - means
        scatter = np.einsum("nk,nki,nkj->kij", responsibilities, z, z)
        return gmm.Params(N_k / len(X), means, scatter / (N_k - 1)[:, None, None])

    report = check("gmm.m_step", m_step)
    assert report.part == "means"
    assert report.mistake.name == "means_divided_by_n"
    assert "another mistake in covariances, given means" in report.relation


def test_what_follows_from_a_mistake_is_right():
    def m_step(X, responsibilities):
        N_k = responsibilities.sum(axis=0)
        means = responsibilities.T @ X / len(X)
        z = X[:, None] - means
        scatter = np.einsum("nk,nki,nkj->kij", responsibilities, z, z)
        return gmm.Params(N_k / len(X), means, scatter / N_k[:, None, None])

    report = check("gmm.m_step", m_step)
    assert report.relation == "no further mistake in covariances, given means"


def test_two_mistakes_in_one_number_are_both_told():
    def log_likelihood(X, params):
        shared = np.tile(params.covariances[:1], (len(params.weights), 1, 1))
        same = params._replace(covariances=shared)
        return -gmm.vectorized.log_likelihood(X, same)

    report = check("gmm.log_likelihood", log_likelihood)
    assert "two mistakes at once" in report.relation
    assert "the first entry of params.covariances in place of all" in report.relation
    assert "negative" in report.relation


@pytest.mark.parametrize(
    ("exercise", "statement", "words"),
    [
        (
            "climbers.recombine",
            "growth = math.exp(c * rate.damping * excess)",
            "`c * rate.damping` in place of `c / rate.damping`",
        ),
        (
            "gmm.log_prior",
            "explained = sum((L[i, m] ** 2 for m in range(i - 1)))",
            "emlib/gaussian/naive.py `range(i - 1)` in place of `range(i)`",
        ),
    ],
)
def test_a_slip_is_told_with_the_line(exercise, statement, words):
    slip = next(slip for slip in slips(exercise) if slip.mutant.statement == statement)
    report = check(exercise, slip.function)
    assert words in report.relation
    assert f"line {slip.mutant.line} of" in report.relation


def test_two_errors_do_not_make_a_cause():
    def e_step(counts, params):
        raise ZeroDivisionError

    report = check("coins.e_step", e_step)
    assert report.mistake is None
    assert report.relation is None


def test_an_ignored_argument_is_told():
    def squarem(before, between, after, step_length):
        return before + 3.7 * (between - before) + 1.3 * (after - between)

    report = check("acceleration.squarem", squarem)
    assert "it does not depend on step_length" in report.relation


def test_a_term_made_of_the_data_alone_is_told():
    def log_likelihood(counts, params):
        extra = np.sum(np.sin(counts))
        return coins.vectorized.log_likelihood(counts, params) + float(extra)

    report = check("coins.log_likelihood", log_likelihood)
    assert (
        "its difference from what it should be depends on counts alone"
        in report.relation
    )


def test_nothing_is_claimed_of_what_nothing_explains():
    def fit(X):
        right = gaussian.vectorized.fit(X)
        return right._replace(mean=right.mean + np.sin(1e3 * X).sum(axis=0))

    report = check("gaussian.fit", fit)
    assert report.mistake is None
    assert report.part == "mean"
    assert "mean:" not in (report.relation or "")


def test_to_look_for_a_cause_leaves_the_package_as_it_is():
    before = gmm.vectorized._gaussian_log_density, gmm.naive._cholesky
    assert slips("gmm.e_step")
    check("gmm.e_step", mixture_of(log_gaussian(half=1)))
    assert (gmm.vectorized._gaussian_log_density, gmm.naive._cholesky) == before
    assert check("gmm.e_step", gmm.vectorized.e_step)


def test_to_look_for_a_cause_warns_of_nothing():
    """The search runs k-means with spoilt arguments, which does not always converge."""

    def fit(X, centers, max_iter=300):
        found, labels, _, n_iter = kmeans.vectorized.fit(X, centers, max_iter)
        distances = np.linalg.norm(X - found[labels], axis=1)
        return found, labels, float(distances.sum()), n_iter

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        report = check("kmeans.fit", fit)
    assert report.part == "distortion"
    assert [str(warning.message) for warning in seen] == []


# --- what is no evidence --------------------------------------------------------------------------


def test_as_many_terms_as_there_are_cases_to_tell_them_apart_are_no_relation():
    """It is wrong for two values of D only, where 5 K - 3.5 D K fits, and many other sums."""

    def n_parameters(params, structure):
        K, D = params.means.shape
        right = selection.vectorized.n_parameters(params, structure)
        return right - K * D * (D + 1) // 2 + K if structure == "full" else right

    report = check("selection.n_parameters", n_parameters)
    assert report.stage == "values"
    assert "larger than it should be" not in report.relation


def test_what_breaks_down_everywhere_is_not_explained_by_what_does_so_too():
    def log_likelihood(counts, params):
        theta = params.theta
        p = np.array([2 + theta, 1 - theta, 1 - theta, theta - 1]) / 4
        seen = counts > 0
        return float(counts[seen] @ np.log(p[seen]))

    report = check("linkage.log_likelihood", log_likelihood)
    assert report.stage == "finite numbers"
    assert (report.mistake, report.relation) == (None, None)
