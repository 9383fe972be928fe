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
    """The mean is taken over the features as well.

    A mean without an axis is one number for the whole array, and here every feature gets it.
    Average down each column, over the observations: `axis=0`.
    """
    return np.full(X.shape[1], X.mean())


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_each_row(X):
    """The mean is taken along the rows.

    `axis=1` averages the features of each observation, minutes with metres. The observations are
    the rows: to average over them, use `axis=0`.
    """
    return X.mean(axis=1)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_not_divided(X):
    """The sum is not divided.

    The sum grows with the number of observations. The mean is the sum divided by that number, N.
    """
    return X.sum(axis=0)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_one_less(X):
    """The sum is divided by N - 1.

    Some textbooks divide by N - 1 for the variance, which is not done here either. The mean of N
    numbers is their sum divided by N.
    """
    return X.sum(axis=0) / (len(X) - 1)


@mistake(FIT, "eq-gaussian-mean", "mean")
def median_for_mean(X):
    """This is the median.

    The median of each feature minimises the sum of the absolute differences. The likelihood is
    highest where the sum of the squared differences is smallest: at the mean.
    """
    return np.median(X, axis=0)


@mistake(FIT, "eq-gaussian-mean", "mean")
def middle_of_the_range(X):
    """This is midway between the smallest and the largest values.

    Only two observations decide where that is. In the mean every observation counts equally.
    """
    return (X.min(axis=0) + X.max(axis=0)) / 2


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def divided_by_one_less(X):
    """The covariance is divided by N - 1.

    Dividing by N - 1 makes the estimate unbiased, but the likelihood lower. The likelihood is
    highest if you divide by N. `np.cov` divides by N - 1 unless you pass `bias=True`.
    """
    z = X - X.mean(axis=0)
    return z.T @ z / (len(X) - 1)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_around_zero(X):
    """The squares are taken around zero.

    A covariance is the spread around the mean. If you compute it as a difference of moments,
    subtract the second term: the outer product of the mean with itself.
    """
    return X.T @ X / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def scatter_not_divided(X):
    """The products are summed but not divided by N.

    This is the scatter matrix. It grows with the number of observations; divide it by N.
    """
    z = X - X.mean(axis=0)
    return z.T @ z


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_of_the_variances(X):
    """Only the variances are kept.

    The entries off the diagonal say how two features vary together, which tilts the cloud. Multiply
    every feature by every other: use a matrix product, or an outer product for each observation.
    """
    return np.diag(X.var(axis=0))


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def correlation(X):
    """This is the correlation matrix.

    Its diagonal is one, whatever the units are. A covariance is in squared units of the data: do
    not divide by the standard deviations.
    """
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    return z.T @ z / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def between_observations(X):
    """This is the covariance between the observations.

    The product is taken in the wrong order, which gives (N, N). Features are columns: transpose the
    factor on the left. `np.cov` takes rows for features unless you pass `rowvar=False`.
    """
    z = X - X.mean(axis=0)
    return z @ z.T / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_by_a_difference_of_moments(X):
    """The covariance is computed as a difference of moments.

    The mean of the products minus the product of the means is right on paper. Far from the origin
    the two agree in nearly all their digits, so their difference is noise. Subtract the mean, or
    any fixed point near the data, before you multiply.
    """
    mean = X.mean(axis=0)
    return X.T @ X / len(X) - np.outer(mean, mean)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_updated_with_the_wrong_count(X):
    """The running mean is divided by the wrong count.

    The n-th observation moves the mean by their difference divided by n. With an index that starts
    at zero, divide by the index plus one. If you divide by more, the mean lags behind.
    """
    mean = X[0].astype(float)
    for n, x in enumerate(X[1:], start=2):
        mean = mean + (x - mean) / (n + 1)
    return mean


@mistake(FIT, "eq-gaussian-mean", "mean")
def running_average(X):
    """The mean is a running average that forgets.

    Averaging the mean so far with the next observation gives the last one half of the weight. In
    the mean all observations count equally: the step is 1 / n.
    """
    mean = X[0].astype(float)
    for x in X[1:]:
        mean = (mean + x) / 2
    return mean


@mistake(FIT, "eq-gaussian-mean", "mean")
def geometric_mean(X):
    """This is the geometric mean of the absolute values.

    It averages logarithms, and suits numbers that are multiplied. The likelihood of a Gaussian is
    highest at the arithmetic mean: the sum divided by N.
    """
    return np.exp(np.log(np.abs(X)).mean(axis=0))


@mistake(FIT, "eq-gaussian-mean", "mean")
def first_observation(X):
    """This is the first observation, not the mean.

    Look for an index where a sum should be, or for a `return` inside the loop. The mean is the sum
    of all the observations, divided by N.
    """
    return X[0].astype(float)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def old_differences_on_both_sides(X):
    """The running update uses the difference from the old mean twice.

    Each observation adds a product of two differences to the scatter: from the mean before it and
    from the mean after it. With the old mean twice, the scatter grows too fast.
    """
    mean, scatter = np.zeros(X.shape[1]), np.zeros((X.shape[1],) * 2)
    for n, x in enumerate(X, start=1):
        apart = x - mean
        mean = mean + apart / n
        scatter += np.outer(apart, apart)
    return scatter / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def new_differences_on_both_sides(X):
    """The running update uses the difference from the new mean twice.

    Each observation adds a product of two differences to the scatter: from the mean before it and
    from the mean after it. With the new mean twice, the scatter grows too slowly.
    """
    mean, scatter = np.zeros(X.shape[1]), np.zeros((X.shape[1],) * 2)
    for n, x in enumerate(X, start=1):
        mean = mean + (x - mean) / n
        scatter += np.outer(x - mean, x - mean)
    return scatter / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def deviations_on_the_diagonal(X):
    """The diagonal holds standard deviations, not variances.

    A covariance holds squares: the diagonal entry is the mean of the squared differences, without a
    root. The other entries are means of products of two features, in squared units too.
    """
    covariance = np.cov(X.T, bias=True).reshape(X.shape[1], -1)
    return covariance + np.diag(X.std(axis=0) - X.var(axis=0))


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def number_for_outer_product(X):
    """There is a number where you need an outer product.

    The transpose of a one-dimensional array is the array itself, so `z @ z.T` is the squared length
    of z. It is then added to every entry. Use `np.outer(z, z)`.
    """
    D = X.shape[1]
    return np.full((D, D), X.var(axis=0).sum())


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def around_the_mean_of_everything(X):
    """The differences are taken from one number, the mean of the whole array.

    Each feature has its own mean. Around any other point, a feature seems more spread out than it
    is. Subtract the mean of each column: `axis=0`.
    """
    z = X - X.mean()
    return z.T @ z / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def around_the_first_observation(X):
    """The differences are taken from the first observation.

    You may subtract any point near the data to keep the digits. But then also subtract the outer
    product of the mean difference with itself, or subtract the mean in the first place.
    """
    z = X - X[0]
    return z.T @ z / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def divided_by_the_features(X):
    """The sum of the products is divided by the number of features.

    The covariance is an average over the observations: divide by N, which is `len(X)`, not by D.
    """
    z = X - X.mean(axis=0)
    return z.T @ z / X.shape[1]


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def one_variance_for_all_features(X):
    """All the features have one variance and no correlations.

    That is a spherical Gaussian, which is another model. Here every feature has its own variance,
    and every two features have their own covariance.
    """
    return X.var(axis=0).mean() * np.eye(X.shape[1])


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def factor_of_the_fit(X):
    """This is the Cholesky factor of the covariance.

    The parameter is the covariance itself, the factor times its transpose. `log_density` factorises
    it when it needs the factor.
    """
    z = X - X.mean(axis=0)
    return right._cholesky(z.T @ z / len(X))


@mistake(FIT, "eq-gaussian-mean", "mean")
def shift_not_added_back(X):
    """The shift is not added back to the mean.

    If you subtract a point from all observations before you sum, you get the mean of the
    differences. Add the point to it. The covariance needs no such correction.
    """
    return (X - X[0]).mean(axis=0)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def product_of_the_sums(X):
    """The outer product is that of the sums, not of the means.

    The covariance is the mean of the products minus the product of the means. Divide the sum of the
    observations by N before you form its outer product with itself.
    """
    total = X.sum(axis=0)
    return X.T @ X / len(X) - np.outer(total, total)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def product_of_the_shifted_sums(X):
    """The outer product is that of the shifted sums, not of the means.

    The covariance is the mean of the products minus the product of the means. Divide the sum of the
    differences by N before you form its outer product with itself.
    """
    z = X - X[0]
    total = z.sum(axis=0)
    return z.T @ z / len(X) - np.outer(total, total)
