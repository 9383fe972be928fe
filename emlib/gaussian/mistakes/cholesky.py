"""Mistakes in the Cholesky factor."""

import numpy as np

from emlib.exercises.mistakes import mistake, stands_in
from emlib.gaussian import vectorized as right

CHOLESKY = "gaussian.cholesky"


@stands_in(CHOLESKY)
def of_several(wrong):
    """A factorisation to use instead of NumPy's, for stacks of matrices too."""
    return lambda covariance: (
        wrong(covariance)
        if covariance.ndim == 2
        else np.array(list(map(wrong, covariance)))
    )


@mistake(CHOLESKY, "eq-cholesky")
def upper_factor(covariance):
    """This is the upper triangular factor, the transpose of L.

    Here the covariance is L times its transpose, with L lower triangular. SciPy's function of the
    same name returns the upper factor unless you pass `lower=True`.
    """
    return right._cholesky(covariance).T


@mistake(CHOLESKY, "eq-cholesky")
def factor_in_the_other_order(covariance):
    """The two factors are multiplied in the wrong order.

    With this factor, the transpose of L times L is the covariance. The factor is lower triangular
    too, but forward substitution needs the L that is on the left.
    """
    return right._cholesky(covariance[::-1, ::-1]).T[::-1, ::-1]


@mistake(CHOLESKY, "eq-cholesky")
def symmetric_root(covariance):
    """This is the symmetric square root.

    Its square is the covariance, but it is not triangular. The factor has to be triangular, so that
    you can solve systems from the top row down.
    """
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values)) @ vectors.T


@mistake(CHOLESKY, "eq-cholesky")
def deviations_only(covariance):
    """Only the standard deviations are there.

    That is the factor of a diagonal covariance. Below the diagonal are the parts of a feature that
    the features before it explain.
    """
    return np.diag(np.sqrt(np.diagonal(covariance)))


@mistake(CHOLESKY, "eq-cholesky")
def unit_diagonal(covariance):
    """The diagonal is all ones.

    This is the L of a factorisation with a diagonal matrix between L and its transpose. Here there
    is no matrix in between: each column is multiplied by the square root of its pivot.
    """
    factor = right._cholesky(covariance)
    return factor / np.diagonal(factor)


@mistake(CHOLESKY, "eq-cholesky")
def upper_triangle_left_over(covariance):
    """The covariance is still there above the diagonal.

    If you compute the factor in a copy of the covariance, you overwrite only the lower triangle.
    Set the entries above the diagonal to zero, or start with an array of zeros.
    """
    return right._cholesky(covariance) + np.triu(covariance, 1)


def column_by_column(covariance, pivot_of, below, explained=True):
    """Factor by columns, with another pivot, another column below it, or the rest left as it is."""
    rest = np.array(covariance, dtype=float)
    factor = np.zeros_like(rest)
    for j in range(len(rest)):
        factor[j, j] = pivot_of(rest[j, j])
        factor[j + 1 :, j] = below(rest[j + 1 :, j], factor[j, j])
        if explained:
            rest -= np.outer(factor[:, j], factor[:, j])
    return factor


@mistake(CHOLESKY, "eq-cholesky")
def square_root_missing(covariance):
    """The square root on the diagonal is missing.

    A diagonal entry of the covariance is the sum of the squares of a row of L. What is left after
    the earlier columns is the square of the diagonal entry of L.
    """
    return column_by_column(covariance, lambda p: p, lambda c, d: c / d)


@mistake(CHOLESKY, "eq-cholesky")
def column_not_divided(covariance):
    """The entries below the diagonal are not divided.

    The last term of entry (i, j) of the product is L_ij L_jj. To get L_ij, divide by the diagonal
    entry of its column.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c)


@mistake(CHOLESKY, "eq-cholesky")
def divided_by_the_variance(covariance):
    """The entries below the diagonal are divided by the square of the diagonal entry.

    You divide before you take the square root, or you divide twice. The last term of entry (i, j)
    of the product is L_ij L_jj, so divide by L_jj, once.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c / d**2)


@mistake(CHOLESKY, "eq-cholesky")
def nothing_explained(covariance):
    """What the earlier columns explain is not subtracted.

    Entry (i, j) of the product is a sum over all columns up to j. Subtract the terms of the columns
    before j first, on the diagonal and below it.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c / d, explained=False)


def row_by_row(covariance, pivot, below):
    """Factor by rows; `pivot` and `below` compute an entry from its row and column."""
    factor = np.zeros_like(covariance, dtype=float)
    for i in range(len(factor)):
        for j in range(i):
            factor[i, j] = below(covariance, factor, i, j)
        factor[i, i] = pivot(covariance, factor, i)
    return factor


def right_pivot(covariance, factor, i):
    """The root of what is left of the variance."""
    return np.sqrt(covariance[i, i] - factor[i, :i] @ factor[i, :i])


def right_below(covariance, factor, i, j):
    """What is left of the covariance, divided by the diagonal of its column."""
    return (covariance[i, j] - factor[i, :j] @ factor[j, :j]) / factor[j, j]


@mistake(CHOLESKY, "eq-cholesky")
def divided_by_the_variance_of_the_column(covariance):
    """The entries below the diagonal are divided by the variance of their column's feature.

    The last term of entry (i, j) of the product is L_ij L_jj, so divide by L_jj. It is the square
    root of what the earlier columns leave of the variance.
    """

    def below(C, L, i, j):
        return (C[i, j] - L[i, :j] @ L[j, :j]) / C[j, j]

    return row_by_row(covariance, right_pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def divided_by_the_deviation_of_the_column(covariance):
    """Below the diagonal you divide by the standard deviation of the column's feature.

    The last term of entry (i, j) of the product is L_ij L_jj, so divide by L_jj. It equals the
    standard deviation only in the first column.
    """

    def below(C, L, i, j):
        return (C[i, j] - L[i, :j] @ L[j, :j]) / np.sqrt(C[j, j])

    return row_by_row(covariance, right_pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def last_square_alone(covariance):
    """Only one square is subtracted under the root on the diagonal.

    The variance is the sum of the squares of the whole row of L. Subtract the squares of all the
    entries to the left of the diagonal.
    """

    def pivot(C, L, i):
        return np.sqrt(C[i, i] - (L[i, i - 1] ** 2 if i else 0.0))

    return row_by_row(covariance, pivot, right_below)


@mistake(CHOLESKY, "eq-cholesky")
def last_term_lost(covariance):
    """The last term of each sum is missing.

    Each sum runs over all the columns before column j. If the first column is column 0, there are j
    of them. `range(j - 1)` stops one too early: it is for columns counted from one.
    """

    def pivot(C, L, i):
        return np.sqrt(np.abs(C[i, i] - np.square(L[i, : max(i - 1, 0)]).sum()))

    def below(C, L, i, j):
        before = max(j - 1, 0)
        return (C[i, j] - L[i, :before] @ L[j, :before]) / L[j, j]

    return row_by_row(covariance, pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def eigenvectors_times_roots(covariance):
    """These are the eigenvectors, multiplied by the square roots of the eigenvalues.

    This matrix times its transpose is the covariance too. But it is not triangular, and you need a
    triangular factor to solve a system from the top row down.
    """
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(values)


@mistake(CHOLESKY, "eq-cholesky")
def diagonal_negative(covariance):
    """The columns have the wrong sign, and the diagonal is negative.

    Minus signs leave the product as it is, so there has to be a convention: the diagonal is
    positive. If you make the factor with NumPy's `qr`, the signs of its columns are arbitrary.
    """
    return -right._cholesky(covariance)


@mistake(CHOLESKY, "eq-cholesky")
def signs_of_a_qr_factorisation(covariance):
    """Some of the columns have the wrong sign.

    Minus signs leave the product as it is, so there has to be a convention: the diagonal is
    positive. The signs in a factor from NumPy's `qr` are arbitrary: multiply each column by the
    sign of its diagonal entry.
    """
    values, vectors = np.linalg.eigh(covariance)
    return np.tril(np.linalg.qr((vectors * np.sqrt(values)).T)[1].T)


@mistake(CHOLESKY, "eq-cholesky")
def roots_of_the_entries(covariance):
    """This is the square root of each entry.

    `np.sqrt` of an array works entry by entry. The factor is a root in another sense: the matrix
    product of the factor and its transpose is the covariance.
    """
    with np.errstate(all="ignore"):
        return np.sqrt(covariance)


@mistake(CHOLESKY, "eq-cholesky")
def roots_of_the_lower_triangle(covariance):
    """This is the square root of each entry of the lower triangle.

    The factor is a root in another sense: the matrix product of the factor and its transpose is the
    covariance. An entry of L depends on the entries to its left and above it.
    """
    with np.errstate(all="ignore"):
        return np.sqrt(np.tril(covariance))


@mistake(CHOLESKY, "eq-cholesky")
def factor_of_the_precision(covariance):
    """This is the factor of the inverse of the covariance.

    The precision has its own factor. Here L times its transpose has to be the covariance itself.
    You solve systems with L instead of inverting anything.
    """
    return right._cholesky(np.linalg.solve(covariance, np.eye(len(covariance))))


@mistake(CHOLESKY, "eq-cholesky")
def inverse_of_the_factor(covariance):
    """The factor is inverted.

    The inverse of L whitens: multiplied by it, the differences have covariance I. You need L
    itself, whose product with its transpose is the covariance.
    """
    factor = right._cholesky(covariance)
    return np.linalg.solve(factor, np.eye(len(factor)))


@mistake(CHOLESKY, "eq-cholesky")
def lower_triangle_alone(covariance):
    """This is the lower triangle of the covariance itself.

    `np.tril` only cuts off the entries above the diagonal; it takes no root. The product of the
    factor and its transpose has to be the covariance.
    """
    return np.tril(covariance).astype(float)


@mistake(CHOLESKY, "eq-cholesky")
def squares_subtracted_from_the_pivot_only(covariance):
    """Below the diagonal, what the earlier columns explain is not subtracted.

    Entry (i, j) of the product is a sum over all columns up to j, below the diagonal as on it.
    First subtract the products of rows i and j in the columns before j.
    """

    def below(C, L, i, j):
        return C[i, j] / L[j, j]

    return row_by_row(covariance, right_pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def products_added(covariance):
    """The products of the earlier columns are added instead of subtracted.

    The covariance is the sum of all the terms. You already know the earlier terms: subtract them,
    and the last term is left.
    """

    def pivot(C, L, i):
        return np.sqrt(C[i, i] + L[i, :i] @ L[i, :i])

    def below(C, L, i, j):
        return (C[i, j] + L[i, :j] @ L[j, :j]) / L[j, j]

    return row_by_row(covariance, pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def factor_of_the_correlations(covariance):
    """This is the factor of the correlation matrix.

    Its rows are those of the right factor, each divided by a standard deviation. Multiply row i by
    the standard deviation of feature i, or do not divide the covariance in the first place.
    """
    deviations = np.sqrt(np.diagonal(covariance))
    return right._cholesky(covariance / np.outer(deviations, deviations))
