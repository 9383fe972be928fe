"""The diagnostics equal ArviZ's wherever the definitions agree; where they do not, they differ so.

The numbers on record were made by `tests/reference/arviz_diagnostics.py`. Where arviz-stats can be
imported, they are made anew.
"""

import math

import numpy as np
import pytest

from emlib import diagnostics
from tests.diagnostics import arrays
from tests.published import reference

ARRAYS, SPECIAL = arrays.all_arrays(), arrays.special()
RELEASES = "arviz_diagnostics", "arviz_diagnostics_legacy"
RECORDS = {release: reference(release) for release in RELEASES}
# The loops take long on more draws.
LOOPED = 1_000


def ours(side):
    """The functions as ArviZ's are named."""
    twin = getattr(diagnostics, side)
    return {
        "rhat": twin.rhat,
        "rhat split": lambda x: twin.rhat(x, rank=False),
        "rhat whole": lambda x: twin.rhat(x, split=False, rank=False),
        "bulk": twin.ess,
        "tail": lambda x: twin.ess(x, kind="tail"),
        "mean": lambda x: twin.ess(x, kind="mean"),
        "mcse_mean": twin.mcse_mean,
    }


def is_constant(x):
    """Whether the halves' draws are all equal."""
    return bool(np.ptp(diagnostics.vectorized._halves(x)) == 0)


def compare(name, x, function, value, theirs):
    """Equal to ten digits; or else in one of the ways that the package says."""
    if theirs is None:
        # One chain, or equal draws: ArviZ has no R-hat.
        assert function.startswith("rhat")
        assert len(x) == 1 or is_constant(x)
        if is_constant(x) and function != "rhat whole":
            assert value == math.sqrt(1 - 1 / (x.shape[1] // 2))
        else:
            assert 0.9 < value < math.inf
    elif math.isinf(value):
        # Constant halves: rounding decides whether ArviZ divides by zero.
        assert theirs > 1e7
    else:
        assert value == pytest.approx(theirs, rel=1e-10, abs=0), (name, function)


def test_there_are_a_hundred_arrays():
    assert len(ARRAYS) >= 100
    for record in RECORDS.values():
        assert set(record["values"]) == set(ARRAYS)
        assert set(record["differ"]) == set(SPECIAL)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("side", ["naive", "vectorized"])
@pytest.mark.parametrize("function", ours("naive"))
def test_equal_on_a_hundred_arrays(release, side, function):
    compared = 0
    for name, x in ARRAYS.items():
        if side == "naive" and x.size > LOOPED:
            continue
        if function == "rhat whole" and len(x) == 1:
            continue
        theirs = RECORDS[release]["values"][name][function]
        compare(name, x, function, ours(side)[function](x), theirs)
        compared += theirs is not None
    assert compared >= (75 if side == "vectorized" else 60)


@pytest.mark.parametrize("side", ["naive", "vectorized"])
def test_an_infinite_rhat_is_a_number_where_rounding_decides(side):
    """Constant chains in different places: ArviZ's variance within them is 1e-32, say."""
    x = ARRAYS["constant chains apart"]
    assert ours(side)["rhat"](x) == math.inf
    for record in RECORDS.values():
        assert 1e7 < record["values"]["constant chains apart"]["rhat"] < math.inf


# --- where they differ ----------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["naive", "vectorized"])
@pytest.mark.parametrize("function", ours("naive"))
def test_what_is_no_number_is_refused(side, function):
    """ArviZ returns NaN for NaN; for inf NaN or, of ranks, a number."""
    for name, place in (("nan", r"draws\[1, 7\]"), ("infinite", r"draws\[2, 5\]")):
        with pytest.raises(ValueError, match=place):
            ours(side)[function](SPECIAL[name])
        for record in RECORDS.values():
            ranked = name == "infinite" and function in ("rhat", "bulk", "tail")
            assert (record["differ"][name][function] is not None) == ranked


@pytest.mark.parametrize("side", ["naive", "vectorized"])
def test_the_unit_does_not_decide_what_is_constant(side):
    """ArviZ takes draws that differ by less than 1e-15 for equal, in any unit."""
    x, functions = SPECIAL["below 1e-15"], ours(side)
    for record in RECORDS.values():
        theirs = record["differ"]["below 1e-15"]
        assert theirs["mean"] == x.size
        assert functions["mean"](x) == pytest.approx(functions["mean"](1e17 * x))
        assert functions["mean"](x) != pytest.approx(theirs["mean"], rel=0.01)
        for function in ("rhat", "rhat split", "rhat whole", "bulk", "tail"):
            assert functions[function](x) == pytest.approx(theirs[function], rel=1e-10)


@pytest.mark.parametrize("side", ["naive", "vectorized"])
def test_too_few_draws_are_refused(side):
    """ArviZ has no number for 3, and for 4 to 9 the cap on the size, whatever the draws are."""
    rises, independent = "eight draws that rise", "eight independent draws"
    for name in ("three draws", rises, independent, "nine draws"):
        x, functions = SPECIAL[name], ours(side)
        for function in ("bulk", "tail", "mean", "mcse_mean"):
            with pytest.raises(ValueError, match="at least 10 draws"):
                functions[function](x)
        for record in RECORDS.values():
            theirs = record["differ"][name]
            if name == "three draws":
                assert set(theirs.values()) == {None}
                with pytest.raises(ValueError, match="at least 4 draws"):
                    functions["rhat"](x)
            else:
                S = 2 * len(x) * (x.shape[1] // 2)
                assert theirs["bulk"] == pytest.approx(S * math.log10(S))
                assert functions["rhat"](x) == pytest.approx(theirs["rhat"], rel=1e-10)


# --- the release that is installed ----------------------------------------------------------------


def test_equal_to_the_installed_release():
    pytest.importorskip("arviz_stats")
    from tests.reference import arviz_diagnostics

    _, theirs = arviz_diagnostics.current()
    for name, x in ARRAYS.items():
        for function, value in arviz_diagnostics.values(theirs, x).items():
            if function != "rhat whole" or len(x) > 1:
                mine = ours("vectorized")[function](x)
                compare(name, x, function, mine, value)
