"""The checks of arguments, in one place, so that twins raise the same errors.

Every message names the argument, the place in it and the remedy.
"""

import numpy as np

EPS = np.finfo(float).eps

# Half of the 16 digits: the tolerance for sums to one, symmetries and totals that a caller
# computed. Rounding in them is far smaller, and mistakes worth catching are larger.
HALF_DIGITS = np.sqrt(EPS)

# Data are squared and divided by variances. Inside these bounds neither step overflows or
# underflows, and no measured quantity in a sensible unit lies outside them.
LARGEST = 1e49
LARGEST_LOGARITHM = 1e250
SMALLEST_VARIANCE = 1e-100


def real_array(value, name, shape, allowed=0.0):
    """Return `value` as a float64 array of the given shape, or explain what is wrong with it.

    `shape` holds a number where the length is fixed and a letter where it is free. Entries must
    be finite; `allowed` is one value that need not be.
    """
    array = shaped_array(value, name, shape).astype(float, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        odd = ~finite & (array != allowed)
        refuse(odd, array, name, "give a finite number, or leave that entry's row out")
    return array


def shaped_array(value, name, shape):
    """An array of real numbers of the given shape, in its own dtype; entries are not checked."""
    refuse_masked(value, name)
    if hasattr(value, "toarray"):
        raise ValueError(f"{name} is a sparse matrix: pass {name}.toarray()")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} is ragged: give every row the same length") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} holds {array.dtype.name}, not real numbers: convert it to float first"
        )
    fits = array.ndim == len(shape) and all(
        isinstance(want, str) or got == want
        for got, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        expected = (
            "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
        )
        raise ValueError(
            f"{name} has shape {array.shape}, expected {expected}{_hint(array, shape)}"
        )
    if array.size == 0:
        raise ValueError(
            f"{name} is empty, shape {array.shape}: give at least one entry per axis"
        )
    return array


def refuse_masked(value, name):
    """Refuse masked entries, also inside a list or tuple: NumPy would use the hidden values."""
    rows = value if isinstance(value, list | tuple) else ()
    if np.ma.is_masked(value) or any(map(np.ma.is_masked, rows)):
        raise ValueError(
            f"{name} is masked: leave the masked rows out, or fill them in"
        )


def _hint(array, shape):
    if shape == ("N", "D") and array.ndim == 1:
        return f": one row per observation; for a single feature pass X.reshape({array.size}, 1)"
    if array.ndim == 2 and len(shape) == 2 and _fits_reversed(array.shape, shape):
        return ": transposed?"
    return ": check the order of the axes and the number of entries"


def _fits_reversed(got, shape):
    return all(
        isinstance(want, str) or have == want
        for have, want in zip(got[::-1], shape, strict=True)
    )


def refuse(bad, array, name, remedy):
    """Raise for the first entry of `array` where `bad` is true."""
    if bad.any():
        place = tuple(map(int, np.argwhere(bad)[0]))
        entry = f"{name}[{', '.join(map(str, place))}]" if place else name
        value = float(array[place])
        short = f"{value:.6g}"
        raise ValueError(
            f"{entry} is {short if float(short) == value else repr(value)}: {remedy}"
        )


def squarable(array, name):
    """Refuse entries whose squares cannot be represented."""
    if max(array.max(), -array.min()) > LARGEST:
        remedy = f"beyond {LARGEST:g} squares overflow; rescale the data"
        refuse(np.abs(array) > LARGEST, array, name, remedy)


def observations(X, n_features="D"):
    """X (N, D), finite and of a size whose squares can be represented."""
    X = real_array(X, "X", ("N", n_features))
    squarable(X, "X")
    return X


def logarithms(value, name, shape):
    """Logarithms that can be added up: finite, or -inf, the logarithm of zero."""
    array = real_array(value, name, shape, allowed=-np.inf)
    huge = np.isfinite(array) & (np.abs(array) > LARGEST_LOGARITHM)
    refuse(huge, array, name, "its sum with others would overflow; check the units")
    return array


def lower_triangular(array, name, remedy):
    """Refuse matrices (..., D, D) with an entry above the diagonal."""
    refuse(
        np.triu(array != 0, 1), array, name, f"a factor is lower triangular; {remedy}"
    )


def nonnegative(value, name, shape):
    """An array without negative entries."""
    array = real_array(value, name, shape)
    refuse(array < 0, array, name, "it must not be negative")
    return array


def counts(value, name, shape):
    """How often something was seen: not negative, and small enough to add up."""
    array = nonnegative(value, name, shape)
    refuse(array > LARGEST, array, name, "too large for a count; check the units")
    return array


def interval(value, name, shape, slack=0.0):
    """An array with entries between 0 and 1; an entry outside by at most `slack` is moved in."""
    array = real_array(value, name, shape)
    outside = (array < -slack) | (array > 1 + slack)
    refuse(outside, array, name, "it must lie between 0 and 1")
    return array.clip(0, 1) if slack else array


def mixture_weights(value, name="params.weights"):
    """Weights (K,), positive and summing to one."""
    weights = real_array(value, name, ("K",))
    refuse(
        weights <= 0,
        weights,
        name,
        "a weight must be positive; leave out a component of weight zero",
    )
    total = weights.sum()
    if abs(total - 1) > HALF_DIGITS:
        raise ValueError(
            f"{name} sum to {total:.9g}, not to 1: divide them by their sum"
        )
    return weights


def distributions(value, name, shape):
    """An array whose rows are probability distributions: in [0, 1], summing to one."""
    # Rounding can put a computed share slightly outside [0, 1].
    array = interval(value, name, shape, HALF_DIGITS)
    totals = array.sum(axis=1)
    bad = np.abs(totals - 1) > HALF_DIGITS
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{name}[{row}] sums to {totals[row]:.9g}, not to 1: divide each row by its sum, in "
            f"float64"
        )
    return array


def indices(value, name, n, K):
    """Indices (n,) into K things: whole numbers from 0 to K - 1."""
    array = real_array(value, name, (n,))
    bad = (array != np.floor(array)) | (array < 0) | (array >= K)
    refuse(bad, array, name, f"it must be a whole number from 0 to {K - 1}")
    return array.astype(int)


def observation_weights(value, n_observations):
    """Weights (N,) of the observations: not negative, not all zero; None means one each."""
    if value is None:
        return np.ones(n_observations)
    weights = nonnegative(value, "observation_weights", (n_observations,))
    odd = (weights > LARGEST) | ((weights > 0) & (weights < 1 / LARGEST))
    refuse(odd, weights, "observation_weights", "divide all weights by the largest one")
    if not weights.any():
        raise ValueError(
            "observation_weights are all zero: give at least one a positive weight"
        )
    return weights


def weighted_observations(X, weights):
    """The rows of X with a positive weight, and their weights."""
    X = observations(X)
    weights = observation_weights(weights, len(X))
    return X[weights > 0], weights[weights > 0]


def mean_vector(value, n_features, name):
    """A mean (D,) of a size whose squares can be represented."""
    mean = real_array(value, name, (n_features,))
    squarable(mean, name)
    return mean


def covariance_matrix(value, n_features, name):
    """A covariance (D, D): symmetric, and positive definite by more than rounding."""
    covariance = real_array(value, name, (n_features, n_features))
    if len(covariance) != covariance.shape[1]:
        raise ValueError(
            f"{name} has shape {covariance.shape}: expected a square matrix (D, D)"
        )
    variances = np.diagonal(covariance)
    bad = (variances < SMALLEST_VARIANCE) | (variances > 1 / SMALLEST_VARIANCE)
    if bad.any():
        d = int(np.argmax(bad))
        raise ValueError(
            f"{name}[{d}, {d}] is {variances[d]:.6g}: a variance must be positive, "
            f"between {SMALLEST_VARIANCE:g} and {1 / SMALLEST_VARIANCE:g}; rescale the data if not"
        )
    huge = np.abs(covariance) > 1 / SMALLEST_VARIANCE
    refuse(huge, covariance, name, "too large for any variances; rescale the data")
    deviations = np.sqrt(variances)
    asymmetric = (
        np.abs(covariance - covariance.T)
        > HALF_DIGITS * deviations * deviations[:, None]
    )
    if asymmetric.any():
        i, j = map(int, np.argwhere(asymmetric)[0])
        raise ValueError(
            f"{name} is not symmetric: entry [{i}, {j}] is {covariance[i, j]:.6g}, "
            f"entry [{j}, {i}] is {covariance[j, i]:.6g}; use (C + C.T) / 2 if rounding did it"
        )
    smallest = smallest_eigenvalue(covariance)
    if not smallest > least_eigenvalue(len(covariance)):
        raise ValueError(
            f"{name} is not positive definite: the smallest eigenvalue of its correlation matrix "
            f"is {smallest:.3g}, not above 0 by more than rounding; drop or combine features that "
            f"determine each other, or add a little to the diagonal"
        )
    return covariance


def smallest_eigenvalue(covariance):
    """The smallest eigenvalue of the correlation matrix, whatever the units of the features.

    Its rounding error is absolute, a small multiple of D * eps (Weyl), however singular the
    matrix is. A pivot of the Cholesky factorisation has no such bound: rounding decides its sign.
    """
    return float(np.linalg.eigvalsh(correlations(covariance))[0])


def correlations(covariances):
    """The correlation matrix of a covariance (D, D), or of each of several (K, D, D)."""
    deviations = np.sqrt(np.einsum("...ii->...i", covariances))
    return covariances / deviations[..., None, :] / deviations[..., :, None]


def least_eigenvalue(n_features):
    """What the smallest eigenvalue of a D-by-D correlation matrix must exceed.

    Above D * (D + 1) * eps the Cholesky factorisation runs to completion (Higham 2002, theorem
    10.7); 1000 * (D + 1) * eps implies that for any D up to 1000. It also bounds the relative
    error of a squared distance by D / 2000; in practice the error is far smaller.
    """
    return 1000 * (n_features + 1) * EPS


def sound(means, covariances):
    """Whether means (K, D) and covariances (K, D, D) certainly pass their checks.

    The conditions are those of `mean_vector` and `covariance_matrix`, slightly stricter, and for
    all components at once. If the answer is no, those two find the fault, if there is one.
    """
    variances = np.einsum("kii->ki", covariances)
    if (
        np.abs(means).max() > LARGEST
        or variances.min() < SMALLEST_VARIANCE
        or np.abs(covariances).max() > 1 / SMALLEST_VARIANCE
    ):
        return False
    R = correlations(covariances)
    if np.abs(R - R.transpose(0, 2, 1)).max() > HALF_DIGITS / 2:
        return False
    return definite(R, least_eigenvalue(means.shape[1]))


def definite(correlations, floor):
    """Whether all eigenvalues of matrices (K, D, D) are above a floor by more than rounding.

    Gershgorin's discs are tried first: each eigenvalue differs from a diagonal entry, which is 1,
    by at most the sum of the sizes of the others in its row. If they do not decide, a Cholesky
    factorisation does, in a tenth of the time that the eigenvalues take. Near the floor, where
    rounding decides, the answer may be no.
    """
    D = correlations.shape[-1]
    floor = floor + least_eigenvalue(D)
    if np.abs(correlations).sum(axis=2).max() < 2 - floor:
        return True
    lowered = correlations - floor * np.eye(D)
    try:
        np.linalg.cholesky(lowered)
    except np.linalg.LinAlgError:
        return False
    return True


def generator(rng):
    """A numpy Generator: randomness is passed in, never global."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"rng is a {type(rng).__name__}: pass numpy.random.default_rng(seed)"
        )
    return rng


def whole_number(value, name):
    """A count of at least one."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is {value!r}: pass a whole number, at least 1")
    return int(value)
