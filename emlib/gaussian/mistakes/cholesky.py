"""Mistakes in the Cholesky factor."""

import numpy as np

from emlib.exercises.mistakes import mistake, stands_in
from emlib.gaussian import vectorized as right

CHOLESKY = "gaussian.cholesky"


@stands_in(CHOLESKY)
def of_several(wrong):
    """A factorisation in the place of NumPy's, which takes stacks of matrices, too."""
    return lambda covariance: (
        wrong(covariance)
        if covariance.ndim == 2
        else np.array(list(map(wrong, covariance)))
    )


@mistake(CHOLESKY, "eq-cholesky")
def upper_factor(covariance):
    """The factor is the upper one, the transpose.

    The equations here take the product in the order L times its transpose, with L lower triangular.
    SciPy's function of the same name returns the upper factor unless it is asked for the lower.
    """
    return right._cholesky(covariance).T


@mistake(CHOLESKY, "eq-cholesky")
def factor_in_the_other_order(covariance):
    """The product is the covariance in the wrong order.

    The transpose of this factor times the factor is the covariance. It is lower triangular, too,
    but a different one: forward substitution needs the factor that stands on the left.
    """
    return right._cholesky(covariance[::-1, ::-1]).T[::-1, ::-1]


@mistake(CHOLESKY, "eq-cholesky")
def symmetric_root(covariance):
    """This is the symmetric square root.

    Its square is the covariance, and its columns are no triangle. A system with it cannot be solved
    from the top row down, which is what the factor is for.
    """
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values)) @ vectors.T


@mistake(CHOLESKY, "eq-cholesky")
def deviations_only(covariance):
    """Only the standard deviations are there.

    That is the factor of a diagonal covariance. Below the diagonal stand the parts of a feature
    that the features before it explain.
    """
    return np.diag(np.sqrt(np.diagonal(covariance)))


@mistake(CHOLESKY, "eq-cholesky")
def unit_diagonal(covariance):
    """The diagonal is all ones.

    This is the L of the factorisation L times a diagonal times the transpose of L. Here there is no
    matrix in between: each column is multiplied by the square root of its pivot.
    """
    factor = right._cholesky(covariance)
    return factor / np.diagonal(factor)


@mistake(CHOLESKY, "eq-cholesky")
def upper_triangle_left_over(covariance):
    """The covariance is still there above the diagonal.

    A factor that is computed in a copy of the covariance overwrites the lower triangle and nothing
    else. Set what is above the diagonal to zero, or begin with an array of zeros.
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

    The diagonal of the covariance holds squares: the entry is the sum of the squares of a row of L.
    What is left after the earlier columns is the square of the diagonal entry.
    """
    return column_by_column(covariance, lambda p: p, lambda c, d: c / d)


@mistake(CHOLESKY, "eq-cholesky")
def column_not_divided(covariance):
    """The entries below the diagonal are not divided.

    Entry (i, j) of the product ends in the term L_ij L_jj. To get L_ij out of it, divide by the
    diagonal entry of its column.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c)


@mistake(CHOLESKY, "eq-cholesky")
def divided_by_the_variance(covariance):
    """The entries below the diagonal are divided by the square of the diagonal entry.

    The division comes before the square root has been taken, or twice. Entry (i, j) of the product
    ends in the term L_ij L_jj, so it is L_jj that divides, once.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c / d**2)


@mistake(CHOLESKY, "eq-cholesky")
def nothing_explained(covariance):
    """What the earlier columns explain is not subtracted.

    Entry (i, j) of the product is a sum over all columns up to j. The terms of the columns before j
    have to be taken away first, on the diagonal and below it.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c / d, explained=False)


def row_by_row(covariance, pivot, below):
    """Factor by rows; `pivot` and `below` make an entry of what stands in its row and column."""
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

    Entry (i, j) of the product ends in the term L_ij L_jj, so it is L_jj that divides. It is the
    root of what the earlier columns leave of the variance.
    """

    def below(C, L, i, j):
        return (C[i, j] - L[i, :j] @ L[j, :j]) / C[j, j]

    return row_by_row(covariance, right_pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def divided_by_the_deviation_of_the_column(covariance):
    """The entries below the diagonal are divided by the deviation of their column's feature.

    Entry (i, j) of the product ends in the term L_ij L_jj, so it is L_jj that divides. It equals
    the deviation in the first column alone.
    """

    def below(C, L, i, j):
        return (C[i, j] - L[i, :j] @ L[j, :j]) / np.sqrt(C[j, j])

    return row_by_row(covariance, right_pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def last_square_alone(covariance):
    """The pivot loses the square of one entry alone.

    The variance is the sum of the squares of the whole row of L. Subtract those of all the entries
    to the left of the diagonal.
    """

    def pivot(C, L, i):
        return np.sqrt(C[i, i] - (L[i, i - 1] ** 2 if i else 0.0))

    return row_by_row(covariance, pivot, right_below)


@mistake(CHOLESKY, "eq-cholesky")
def last_term_lost(covariance):
    """The last term of each sum is lost.

    The sums run over all the columns before column j, which are j in number if the first is 0.
    `range(j - 1)` stops one too early: it belongs to columns that are counted from one.
    """

    def pivot(C, L, i):
        return np.sqrt(np.abs(C[i, i] - np.square(L[i, : max(i - 1, 0)]).sum()))

    def below(C, L, i, j):
        before = max(j - 1, 0)
        return (C[i, j] - L[i, :before] @ L[j, :before]) / L[j, j]

    return row_by_row(covariance, pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def eigenvectors_times_roots(covariance):
    """These are the eigenvectors, multiplied by the roots of the eigenvalues.

    Times their transpose they are the covariance, too. They are not triangular, and the system
    that is solved from the top row down needs a triangle.
    """
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(values)


@mistake(CHOLESKY, "eq-cholesky")
def diagonal_negative(covariance):
    """The columns have the wrong sign, and the diagonal is negative.

    With minus signs the product is the same, so a sign has to be agreed on: the diagonal is
    positive. NumPy's `qr`, from which a factor can be made, leaves the signs as they come.
    """
    return -right._cholesky(covariance)


@mistake(CHOLESKY, "eq-cholesky")
def signs_of_a_qr_factorisation(covariance):
    """Some of the columns have the wrong sign.

    With minus signs the product is the same, so a sign has to be agreed on: the diagonal is
    positive. A triangle from NumPy's `qr` has the signs as they come; multiply each column by the
    sign of its diagonal entry.
    """
    values, vectors = np.linalg.eigh(covariance)
    return np.tril(np.linalg.qr((vectors * np.sqrt(values)).T)[1].T)


@mistake(CHOLESKY, "eq-cholesky")
def roots_of_the_entries(covariance):
    """The square root is taken of each entry.

    `np.sqrt` of an array works entry by entry. The factor is a root in another sense: the matrix
    product of it and its transpose is the covariance.
    """
    with np.errstate(all="ignore"):
        return np.sqrt(covariance)


@mistake(CHOLESKY, "eq-cholesky")
def roots_of_the_lower_triangle(covariance):
    """The square root is taken of each entry of the lower triangle.

    The factor is a root in another sense: the matrix product of it and its transpose is the
    covariance. An entry depends on the entries to the left of it and above.
    """
    with np.errstate(all="ignore"):
        return np.sqrt(np.tril(covariance))


@mistake(CHOLESKY, "eq-cholesky")
def factor_of_the_precision(covariance):
    """This is the factor of the inverse of the covariance.

    The precision has a factor of its own. Here the covariance itself is to be L times its
    transpose, and systems are solved with L instead of inverting anything.
    """
    return right._cholesky(np.linalg.solve(covariance, np.eye(len(covariance))))


@mistake(CHOLESKY, "eq-cholesky")
def inverse_of_the_factor(covariance):
    """The factor is inverted.

    The inverse of L whitens: multiplied by it, differences have the covariance one. Asked for is L
    itself, whose product with its transpose is the covariance.
    """
    factor = right._cholesky(covariance)
    return np.linalg.solve(factor, np.eye(len(factor)))


@mistake(CHOLESKY, "eq-cholesky")
def lower_triangle_alone(covariance):
    """This is the lower triangle of the covariance itself.

    `np.tril` cuts off what is above the diagonal, and takes no root. The product of the factor and
    its transpose has to be the covariance.
    """
    return np.tril(covariance).astype(float)


@mistake(CHOLESKY, "eq-cholesky")
def squares_subtracted_from_the_pivot_only(covariance):
    """Below the diagonal, what the earlier columns explain is not subtracted.

    Entry (i, j) of the product is a sum over all columns up to j, below the diagonal as on it.
    Take the products of rows i and j in the columns before j away first.
    """

    def below(C, L, i, j):
        return C[i, j] / L[j, j]

    return row_by_row(covariance, right_pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def products_added(covariance):
    """The products of the earlier columns are added, and not subtracted.

    The covariance is the sum of all the terms. The earlier ones are known and have to be taken
    away, so that the last term is left.
    """

    def pivot(C, L, i):
        return np.sqrt(C[i, i] + L[i, :i] @ L[i, :i])

    def below(C, L, i, j):
        return (C[i, j] + L[i, :j] @ L[j, :j]) / L[j, j]

    return row_by_row(covariance, pivot, below)


@mistake(CHOLESKY, "eq-cholesky")
def factor_of_the_correlations(covariance):
    """This is the factor of the correlation matrix.

    Its rows are those of the factor, each divided by a standard deviation. Multiply row i by the
    deviation of feature i, or do not divide the covariance in the first place.
    """
    deviations = np.sqrt(np.diagonal(covariance))
    return right._cholesky(covariance / np.outer(deviations, deviations))
