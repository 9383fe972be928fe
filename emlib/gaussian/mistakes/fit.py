"""Mistakes in the fit of a Gaussian."""

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.gaussian import vectorized as right

FIT = "gaussian.fit"

# In double precision the squares of these two agree in every digit.
trap(
    FIT,
    "two observations far from the origin, one unit apart",
    X=np.array([[2.0**30], [2.0**30 + 1]]),
)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_everything(X):
    """The mean runs over the features as well.

    A mean without an axis is one number for the whole array, and here every feature has it. Average
    down each column, over the observations: `axis=0`.
    """
    return np.full(X.shape[1], X.mean())


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_each_row(X):
    """The mean is taken along the rows.

    `axis=1` averages the features of each observation, minutes with metres. The observations are
    the rows; averaging over them is `axis=0`.
    """
    return X.mean(axis=1)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_not_divided(X):
    """The sum is not divided.

    The more observations there are, the larger is their sum. The mean divides it by how many there
    are.
    """
    return X.sum(axis=0)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_one_less(X):
    """The mean is divided by N - 1.

    The correction by one that some textbooks make belongs to the variance, and not here either. A
    mean of N numbers is divided by N.
    """
    return X.sum(axis=0) / (len(X) - 1)


@mistake(FIT, "eq-gaussian-mean", "mean")
def median_for_mean(X):
    """This is the median.

    It minimises the sum of the distances, and the likelihood of a Gaussian asks for the smallest
    sum of the squared distances: that is the mean.
    """
    return np.median(X, axis=0)


@mistake(FIT, "eq-gaussian-mean", "mean")
def middle_of_the_range(X):
    """This is the middle between the smallest and the largest.

    Two observations decide it and the others do not matter. In the mean every observation counts
    alike.
    """
    return (X.min(axis=0) + X.max(axis=0)) / 2


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def divided_by_one_less(X):
    """The covariance is divided by N - 1.

    That makes the estimate unbiased, and the likelihood lower. The maximum is at the division by N.
    `np.cov` divides by N - 1 unless it is told `bias=True`.
    """
    z = X - X.mean(axis=0)
    return z.T @ z / (len(X) - 1)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_around_zero(X):
    """The squares are taken around zero.

    A covariance is the spread around the mean. In the difference of moments the second term is
    missing, the outer product of the mean with itself.
    """
    return X.T @ X / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def scatter_not_divided(X):
    """The products are added and not divided.

    This is the scatter matrix. It grows with the number of observations; divide it by N.
    """
    z = X - X.mean(axis=0)
    return z.T @ z


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_of_the_variances(X):
    """Only the variances are kept.

    Off the diagonal stands what two features do together, the tilt of the cloud. Multiply every
    feature with every other: a matrix product, or an outer product for each observation.
    """
    return np.diag(X.var(axis=0))


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def correlation(X):
    """This is the correlation matrix.

    Its diagonal is one, whatever the unit. A covariance is in squared units of the data: do not
    divide by the standard deviations.
    """
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    return z.T @ z / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def between_observations(X):
    """The covariance is that between the observations.

    The product is taken in the wrong order, which gives (N, N). Features are columns: transpose the
    factor on the left. And `np.cov` takes rows for features unless it is told `rowvar=False`.
    """
    z = X - X.mean(axis=0)
    return z @ z.T / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_by_a_difference_of_moments(X):
    """The covariance is computed as a difference of moments.

    The mean of the products minus the product of the means is right on paper. Far from the origin
    the two agree in nearly all of their digits, and their difference is noise. Subtract the mean,
    or any fixed point near the data, before multiplying.
    """
    mean = X.mean(axis=0)
    return X.T @ X / len(X) - np.outer(mean, mean)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_updated_with_the_wrong_count(X):
    """The running mean is divided by the wrong count.

    With the n-th observation the mean moves by its difference, divided by n. Counted from zero,
    that is the index plus one; divided by the index plus two, the mean lags behind.
    """
    mean = X[0].astype(float)
    for n, x in enumerate(X[1:], start=2):
        mean = mean + (x - mean) / (n + 1)
    return mean


@mistake(FIT, "eq-gaussian-mean", "mean")
def running_average(X):
    """The mean is a running average that forgets.

    The average of the mean so far and the next observation gives the last one half of the weight.
    In the mean all observations count alike: the step is 1 / n.
    """
    mean = X[0].astype(float)
    for x in X[1:]:
        mean = (mean + x) / 2
    return mean


@mistake(FIT, "eq-gaussian-mean", "mean")
def geometric_mean(X):
    """This is the geometric mean of the sizes.

    It averages logarithms, and suits numbers that are multiplied. The likelihood of a Gaussian is
    highest at the arithmetic mean: their sum divided by N.
    """
    return np.exp(np.log(np.abs(X)).mean(axis=0))


@mistake(FIT, "eq-gaussian-mean", "mean")
def first_observation(X):
    """This is the first observation, and not the mean.

    Look for an index that should be a sum, or for a `return` inside the loop. The mean adds up all
    the observations and divides by N.
    """
    return X[0].astype(float)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def old_differences_on_both_sides(X):
    """The running update has the difference from the old mean on both sides.

    With each observation the scatter grows by the product of two differences: from the mean before
    it and from the mean after it. With the old mean twice it grows too fast.
    """
    mean, scatter = np.zeros(X.shape[1]), np.zeros((X.shape[1],) * 2)
    for n, x in enumerate(X, start=1):
        apart = x - mean
        mean = mean + apart / n
        scatter += np.outer(apart, apart)
    return scatter / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def new_differences_on_both_sides(X):
    """The running update has the difference from the new mean on both sides.

    With each observation the scatter grows by the product of two differences: from the mean before
    it and from the mean after it. With the new mean twice it grows too slowly.
    """
    mean, scatter = np.zeros(X.shape[1]), np.zeros((X.shape[1],) * 2)
    for n, x in enumerate(X, start=1):
        mean = mean + (x - mean) / n
        scatter += np.outer(x - mean, x - mean)
    return scatter / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def deviations_on_the_diagonal(X):
    """On the diagonal stand standard deviations, and not variances.

    A covariance holds squares: the diagonal entry is the mean of the squared differences, without
    a root. Products of two features stand beside it, in squared units, too.
    """
    covariance = np.cov(X.T, bias=True).reshape(X.shape[1], -1)
    return covariance + np.diag(X.std(axis=0) - X.var(axis=0))


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def number_for_outer_product(X):
    """A number stands where an outer product is meant.

    The transpose of a one-dimensional array is the array itself, so `z @ z.T` is the squared
    length of z. It is then added to every entry. Use `np.outer(z, z)`.
    """
    D = X.shape[1]
    return np.full((D, D), X.var(axis=0).sum())


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def around_the_mean_of_everything(X):
    """The differences are taken from one number, the mean of the whole array.

    Each feature has a mean of its own. Around another point than its mean a feature seems more
    spread than it is. Subtract the mean down each column: `axis=0`.
    """
    z = X - X.mean()
    return z.T @ z / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def around_the_first_observation(X):
    """The differences are taken from the first observation.

    Subtracting any point near the data keeps the digits, but then the outer product of the mean
    difference has to be taken away. Or subtract the mean itself.
    """
    z = X - X[0]
    return z.T @ z / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def divided_by_the_features(X):
    """The sum of the products is divided by the number of features.

    The covariance is an average over the observations: divide by N, `len(X)`, and not by D.
    """
    z = X - X.mean(axis=0)
    return z.T @ z / X.shape[1]


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def one_variance_for_all_features(X):
    """All the features have one variance, and none are correlated.

    That is a spherical Gaussian, a model of its own. Here every feature has its variance, and every
    two of them their covariance.
    """
    return X.var(axis=0).mean() * np.eye(X.shape[1])


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def factor_of_the_fit(X):
    """This is the Cholesky factor of the covariance.

    The parameter is the covariance itself, the factor times its transpose. `log_density` factorises
    it when it is needed.
    """
    z = X - X.mean(axis=0)
    return right._cholesky(z.T @ z / len(X))
