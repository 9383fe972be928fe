"""The class, which gives the engine's functions scikit-learn's names and attributes."""

import math
import warnings
from contextlib import nullcontext

import numpy as np
from sklearn import config_context, get_config
from sklearn import mixture as sklearn_mixture
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._array_api import get_namespace_and_device
from sklearn.utils.validation import check_is_fitted, validate_data

from emlib import _checks, em, gmm, selection
from emlib.estimators import shapes
from emlib.estimators.checks import check_settings, checked_weights
from emlib.estimators.climbs import Watch, climb, height_of, to_be_gained, to_come
from emlib.estimators.floors import (
    VarianceFloorWarning,
    at_the_floor,
    different_rows,
    told,
    variance_of_rows,
    variance_of_sums,
)
from emlib.estimators.given import covariances_of_factors
from emlib.estimators.starts import generator, starter
from emlib.gmm import streaming

FLOATS = (np.float64, np.float32)
COLLAPSED = (
    "Fitting the mixture model failed because some components have ill-defined empirical "
    "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
    "number of components, increase reg_covar, or scale the input data."
)
NOT_CONVERGED = (
    "Best performing initialization did not converge. Try different init parameters, or "
    "increase max_iter, tol, or check for degenerate data."
)


class GaussianMixture(DensityMixin, BaseEstimator):
    """A Gaussian mixture, fitted by EM with one pass over the data in each iteration.

    It replaces scikit-learn's class of this name: it has the same parameters, methods and
    attributes, and `isinstance` takes it for that class. What differs is named below. `to_sklearn`
    converts it to scikit-learn's class.

    Parameters
    ----------
    n_components : int
        How many components, K.
    covariance_type : {"full", "tied", "diag", "spherical"}
        Each component its own covariance; one for all; features independent within a component;
        one variance a component.
    tol : float
        Stop when the log-likelihood still to be gained is estimated to be at most this, in nats
        an observation (scikit-learn stops when the last step gained less).
    reg_covar : float
        The least variance that a component may have in any direction, in squared units of the
        data, 0 or more. EM maximises within this bound, so the likelihood climbs. (scikit-learn
        adds it to each variance, which is not an M step and may lower the likelihood.) It is
        absolute, as in scikit-learn: data with small variances need a smaller one, and a warning
        says where it decides.
    max_iter : int
        The most iterations of a climb. With 0 the start is kept as it is.
    n_init : int
        How many starts; the climb that ends highest is kept. There is one if nothing is drawn.
    init_params : {"kmeans", "k-means++", "random", "random_from_data"}
        How a start is found: "k-means", "k-means++", "responsibilities" or "points" of
        `emlib.search.start`, on at most `starts.STARTED_ON` observations, drawn at random. If
        its covariances would be singular, and `reg_covar` is above 0, k-means makes the start.
    weights_init : array_like, shape (K,), optional
    means_init : array_like, shape (K, D), optional
    precisions_init : array_like, in the shape of `precisions_`, optional
        Parts of the start that are given. Nothing is drawn if all three are.
    random_state : int, RandomState, Generator or None
        The source of randomness.
    warm_start : bool
        Make one climb, from the present parameters, if there are any.
    verbose : int
        If above 0, show a progress bar with the log-likelihood an observation.
    verbose_interval : int
        After how many iterations the bar is updated.
    accelerate : bool
        Take longer steps by SQUAREM (see `emlib.em.fit`): far fewer iterations where EM is slow.
    prior : emlib.gmm.Prior, optional
        Climb the posterior density. "Log-likelihood" below then includes
        `emlib.gmm.vectorized.log_prior`, except in `score`, `score_samples`, `aic` and `bic`.
    n_threads : int, optional
        By default as many as there are processors that the process may use, but no more than
        OMP_NUM_THREADS and similar variables allow (joblib sets them in its workers); 1 if
        threadpoolctl is not installed. The result does not depend on it.

    Attributes
    ----------
    weights_ : numpy.ndarray, shape (K,)
    means_ : numpy.ndarray, shape (K, D)
        In the units of the data.
    covariances_ : numpy.ndarray
        Of shape (K, D, D) if "full", (D, D) if "tied", (K, D) if "diag", (K,) if "spherical".
    precisions_, precisions_cholesky_ : numpy.ndarray
        The inverses of the covariances and their upper triangular factors, of the same shape. All
        parameters have the dtype of X, and are computed in double precision.
    converged_ : bool
        Whether the gain still to come is estimated to be at most `tol`.
    n_iter_ : int
        The iterations of the climb that is kept; after `update`, the passes.
    lower_bound_ : float
        The log-likelihood of these parameters after `fit`, nats an observation: without a prior
        that of `score` (in scikit-learn it lags one M step behind).
    lower_bounds_ : list of float
        The same after each iteration of the climb.
    log_likelihoods_ : numpy.ndarray
        The whole history in nats, from the start to these parameters. A warm start continues it.
        After `update`, entry i belongs to the parameters with which pass i began: the last one, and
        `lower_bound_` with it, is one M step older than these parameters.
    results_ : tuple of emlib.em.EMResult
        Every climb that ended, in the order of the starts.
    failures_ : tuple of (int, str)
        The starts whose climb failed, each with its number, counted from 0, and the reason.
    statistics_ : emlib.gmm.streaming.Statistics or None
        What `partial_fit` has gathered since the last `update`.
    n_features_in_ : int
    feature_names_in_ : numpy.ndarray of str, shape (D,)
        If the columns of X have names that are strings.

    Notes
    -----
    An interrupted `fit` (KeyboardInterrupt) leaves the highest parameters found until then.
    A component can collapse only if `reg_covar` is 0 or too small for the data. The climb has then
    failed; if all climbs fail in this way, `fit` raises a `ValueError`. From a start that was given
    and not drawn, `fit` keeps the parameters before the collapse and warns.

    Examples
    --------
    For data that do not fit in memory, one pass over the blocks is one exact iteration:

    >>> import numpy as np
    >>> from emlib.estimators import GaussianMixture
    >>> rng = np.random.default_rng(0)
    >>> blocks = [rng.normal([1.0, 9.0], 1.0, (50, 2)).reshape(-1, 1) for _ in range(4)]
    >>> mixture = GaussianMixture(2, random_state=0)
    >>> for _ in range(20):
    ...     for block in blocks:
    ...         _ = mixture.partial_fit(block)
    ...     if mixture.update().converged_:
    ...         break
    >>> np.sort(mixture.means_.round().ravel()).tolist()
    [1.0, 9.0]
    """

    def __init__(
        self,
        n_components=1,
        *,
        covariance_type="full",
        tol=1e-3,
        reg_covar=1e-6,
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        weights_init=None,
        means_init=None,
        precisions_init=None,
        random_state=None,
        warm_start=False,
        verbose=0,
        verbose_interval=10,
        accelerate=False,
        prior=None,
        n_threads=None,
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.accelerate = accelerate
        self.prior = prior
        self.n_threads = n_threads

    def fit(self, X, y=None, sample_weight=None):
        """Climb from each start, and keep the highest end.

        Parameters
        ----------
        X : array_like, shape (N, D)
            Observations, at least 2. Those in single or double precision are read in blocks and
            not copied.
        y : None
            Not used.
        sample_weight : array_like, shape (N,), optional
            Weight 2 counts a row twice, weight 0 leaves it out.

        Returns
        -------
        GaussianMixture
            This one.

        Raises
        ------
        ValueError
            If an argument is not as required, there are fewer observations than components, or
            every start failed and in the first a component collapsed.
        ArithmeticError
            If every start failed, the first one for another reason.

        Warns
        -----
        sklearn.exceptions.ConvergenceWarning
            If the climb that is kept did not converge, or X has fewer different rows than there
            are components.
        emlib.estimators.VarianceFloorWarning
            If `reg_covar`, and not the data, decides a variance of the fit. The warning names the
            component, the direction, the data's own variance there and a remedy.
        """
        self._fit(X, sample_weight)
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, then predict the component of each of the same observations, shape (N,)."""
        rows = self._fit(X, sample_weight)
        gamma = streaming.posterior(rows, self._params(), self.n_threads)[0]
        return _like(X, gamma.argmax(axis=1))

    def partial_fit(self, X, y=None, sample_weight=None):
        """Add the E step of a block under the present parameters to `statistics_`.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`, but a block of at least 1 row. The very first block determines the start.

        Returns
        -------
        GaussianMixture
            This one, with its parameters as they were: call `update` after the last block.

        Raises
        ------
        ValueError
            If an argument is not as required. Nothing is changed then.
        """
        before = dict(vars(self))
        try:
            check_settings(self)
            first, given = not hasattr(self, "weights_"), X
            X = self._checked(X, reset=first)
            w = checked_weights(sample_weight, len(X))
            if first:
                self._keep(self._starter(X, w)[0](), X.dtype, given)
            found = self._e_step(X, self._params(), w)
            gathered = getattr(self, "statistics_", None)
            self.statistics_ = found if gathered is None else gathered + found
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
        return self

    def update(self):
        """Make the M step from what `partial_fit` has gathered, and clear that.

        Returns
        -------
        GaussianMixture
            This one, with new parameters. The last of `log_likelihoods_` belongs to those with
            which the pass began. The first pass after `fit` begins a new history.

        Raises
        ------
        ValueError
            If nothing has been gathered, or a component has collapsed.

        Warns
        -----
        emlib.estimators.VarianceFloorWarning
            As in `fit`, for the observations that have been gathered.
        """
        gathered = getattr(self, "statistics_", None)
        if gathered is None:
            raise ValueError(
                "update has no statistics: pass observations to partial_fit first"
            )
        height = height_of(gathered, self._params(), self.prior)
        heights = [*getattr(self, "_passes", ()), height]
        try:
            params = streaming.m_step(
                gathered, self.covariance_type, self.prior, self.reg_covar
            )
        except em.DegenerateComponent as error:
            raise ValueError(f"{COLLAPSED} In this pass {error}") from error
        total = float(gathered.counts.sum())
        self._keep(params, np.asarray(self.means_).dtype, self.means_)
        self._tell(heights, total, len(heights), to_come(heights) <= self.tol * total)
        self._passes = heights
        self._warn_of_the_floor(variance_of_sums(gathered), stacklevel=3)
        return self

    def predict(self, X):
        """The component with the largest responsibility for each observation, shape (N,)."""
        return _like(X, self._posterior(X)[1].argmax(axis=1))

    def predict_proba(self, X):
        """The responsibilities of the components for each observation, shape (N, K)."""
        rows, gamma, _ = self._posterior(X)
        return _like(X, gamma.astype(rows.dtype, copy=False))

    def score_samples(self, X):
        """The log-density of each observation, nats, shape (N,)."""
        rows, _, log_p = self._posterior(X)
        return _like(X, log_p.astype(rows.dtype, copy=False))

    def score(self, X, y=None, sample_weight=None):
        """The log-likelihood of observations X (N, D) with weights (N,), nats an observation."""
        log_likelihood, total = self._log_likelihood(X, sample_weight)
        return log_likelihood / total

    def aic(self, X, sample_weight=None):
        """Akaike's criterion for observations X (N, D) with weights (N,), smaller is better.

        See `emlib.selection`. Weight 2 counts a row twice.
        """
        log_likelihood, _ = self._log_likelihood(X, sample_weight)
        return float(2 * self._n_free() - 2 * log_likelihood)

    def bic(self, X, sample_weight=None):
        """The Bayesian criterion for observations X (N, D) with weights (N,), smaller is better.

        Its N is the total weight, so that weight 2 counts a row twice.
        """
        log_likelihood, N = self._log_likelihood(X, sample_weight)
        return float(math.log(N) * self._n_free() - 2 * log_likelihood)

    def sample(self, n_samples=1):
        """Draw observations (n_samples, D), with the components (n_samples,) that made them."""
        params = self._params()
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples}. Draw at least one."
            )
        rows, components = gmm.vectorized.sample(
            params, n_samples, generator(self.random_state)
        )
        return _like(self.means_, rows), _like(self.means_, components)

    def to_sklearn(self):
        """scikit-learn's own class with the same settings and parameters.

        It is for tools that know only that class: converters to ONNX or PMML, model registries,
        programs that unpickle it without this package. That class has no place for `accelerate`,
        `prior`, `n_threads`, the history and the statistics of `partial_fit`: they are left out.

        Returns
        -------
        sklearn.mixture.GaussianMixture
            Fitted. It predicts and scores as this one does; its `fit` is scikit-learn's. A
            `Generator` as `random_state` becomes a `RandomState` that draws from the same stream.

        Raises
        ------
        ValueError
            If there are no parameters yet. It is scikit-learn's `NotFittedError`, a subclass.
        """
        params = self._params()
        known = sklearn_mixture.GaussianMixture().get_params()
        settings = {name: getattr(self, name) for name in known}
        if isinstance(self.random_state, np.random.Generator):
            settings["random_state"] = np.random.RandomState(
                self.random_state.bit_generator
            )
        theirs = sklearn_mixture.GaussianMixture(**settings)
        for name, value in self._attributes(params, np.asarray(self.means_).dtype):
            setattr(theirs, name, value)
        theirs.n_features_in_ = theirs.means_.shape[1]
        for name in ("converged_", "n_iter_", "lower_bound_", "lower_bounds_"):
            if hasattr(self, name):
                setattr(theirs, name, getattr(self, name))
        if hasattr(self, "feature_names_in_"):
            theirs.feature_names_in_ = self.feature_names_in_
        return theirs

    def _estimate_log_weights(self):
        """The method that skl2onnx's converter calls, if it is registered for this class."""
        return np.log(self._params().weights)

    # --- the climbs -------------------------------------------------------------------------------

    def _fit(self, X, sample_weight):
        check_settings(self)
        given, X = X, self._checked(X, ensure_min_samples=2)
        w = checked_weights(sample_weight, len(X))
        total = float(len(X) if w is None else w.sum())
        start, drawn = self._starter(X, w)
        if (n := different_rows(X, w, self.n_components)) < self.n_components:
            warnings.warn(
                f"Number of distinct clusters ({n}) found smaller than n_components "
                f"({self.n_components}): X has no more different rows. Ask for at most {n}.",
                ConvergenceWarning,
                stacklevel=3,
            )
        n_starts = self.n_init if drawn else 1
        results, failures, errors = [], [], []
        watch = Watch(self, total)
        try:
            with nullcontext() if watch.bar is None else watch.bar:
                for number in range(n_starts):
                    watch.begin(n_starts - number)
                    try:
                        results.append(climb(self, X, w, start(), total, watch))
                    except ArithmeticError as error:
                        failures.append((number, str(error)))
                        errors.append(error)
                watch.expect(0)
        except KeyboardInterrupt:
            if found := results + watch.so_far():
                self._settle(found, results, failures, total, X.dtype, given)
                self.converged_ = False
            raise
        found = results
        if not results and isinstance(errors[0], em.DegenerateComponent):
            found = [] if drawn else watch.so_far()
            if not found:
                words = f"{COLLAPSED} In the first start {errors[0]}."
                raise ValueError(words) from errors[0]
        if not found:
            raise errors[0]
        self._settle(found, results, failures, total, X.dtype, given)
        if self.max_iter > 0 and not self.converged_:
            if results:
                why = to_be_gained(self.log_likelihoods_, total, self.accelerate)
            else:
                why = f"It ended as {errors[0]}."
            warnings.warn(f"{NOT_CONVERGED} {why}", ConvergenceWarning, stacklevel=3)
        if self.max_iter > 0:
            self._warn_of_the_floor(variance_of_rows(X, w), stacklevel=4)
        return X

    def _warn_of_the_floor(self, variance, stacklevel):
        """Warn where `reg_covar` decides; `variance` is that of the data along a direction."""
        low = at_the_floor(self._exact, self.reg_covar, self.covariance_type)
        if low:
            words = told(low, self.reg_covar, self.covariance_type, variance)
            warnings.warn(words, VarianceFloorWarning, stacklevel=stacklevel)

    def _settle(self, found, results, failures, total, dtype, given):
        """Keep the highest of the climbs found, and the reports on all starts."""
        best = max(found, key=lambda result: result.log_likelihoods[-1])
        history, converged = best.log_likelihoods, best.converged
        earlier = getattr(self, "log_likelihoods_", ()) if self.warm_start else ()
        if len(earlier) and math.isclose(earlier[-1], history[0], rel_tol=1e-12):
            history = np.concatenate([earlier, history[1:]])
            # Leaps would mislead this estimate: then the climb alone decides.
            if not self.accelerate:
                converged = converged or to_come(history) <= self.tol * total
        self._keep(best.params, dtype, given)
        self._tell(history, total, best.n_iter, converged)
        self.results_, self.failures_ = tuple(results), tuple(failures)
        self._passes = []

    def _keep(self, params, dtype, given):
        """Store parameters in the attributes, as arrays of the same kind as `given`."""
        for name, value in self._attributes(params, dtype):
            setattr(self, name, _like(given, value))
        self._exact = params
        self.statistics_ = None

    def _tell(self, history, total, n_iter, converged):
        """Report how the present parameters were found."""
        self.log_likelihoods_ = np.array(history)
        self.lower_bound_ = float(history[-1] / total)
        recent = self.log_likelihoods_[len(history) - n_iter :]
        self.lower_bounds_ = (recent / total).tolist()
        self.n_iter_, self.converged_ = n_iter, bool(converged)

    def _e_step(self, X, params, w):
        return streaming.e_step(X, params, w, self.covariance_type, self.n_threads)

    # --- parameters -------------------------------------------------------------------------------

    def _checked(self, X, **options):
        """Observations (N, D) as scikit-learn checks them, and none of them masked.

        Another library's array becomes NumPy's, even where scikit-learn's classes would compute
        with that library (`array_api_dispatch`): the engine uses NumPy. `_like` converts back.
        """
        _checks.refuse_masked(X, "X")
        with config_context(array_api_dispatch=False):
            return validate_data(self, X, dtype=FLOATS, **options)

    def _starter(self, X, w):
        again = self.warm_start and hasattr(self, "weights_")
        return starter(self, X, w, self._params if again else None)

    def _params(self):
        """The attributes as `gmm.Params`; in the fit's double precision, unless changed since.

        Attributes may have been set by hand. Then `covariances_` counts, or
        `precisions_cholesky_` if there is no `covariances_`.
        """
        check_is_fitted(self, ("weights_", "means_"))
        names = ("covariances_", "precisions_cholesky_")
        check_is_fitted(self, names, all_or_any=any)
        structure = self.covariance_type
        means = _checks.real_array(self.means_, "means_", ("K", "D"))
        K, D = means.shape
        weights = _checks.real_array(self.weights_, "weights_", (K,))
        if hasattr(self, "covariances_"):
            if self._is_exact():
                return self._exact
            shape = shapes.shape(structure, K, D)
            part = _checks.real_array(self.covariances_, "covariances_", shape)
            covariances = shapes.symmetric(shapes.widened(part, structure, K, D))
        else:
            factors = self.precisions_cholesky_
            covariances = covariances_of_factors(factors, structure, K, D)
        return gmm.Params(weights / weights.sum(), means, covariances)

    def _attributes(self, params, dtype):
        """scikit-learn's names for parameters, and the arrays."""
        factors = shapes.inverse_factors(params.covariances)
        precisions = factors @ factors.transpose(0, 2, 1)
        yield "weights_", params.weights.astype(dtype)
        yield "means_", params.means.astype(dtype)
        for name, matrices in (
            ("covariances_", params.covariances),
            ("precisions_", precisions),
            ("precisions_cholesky_", factors),
        ):
            yield name, shapes.narrow(matrices, self.covariance_type).astype(dtype)

    def _is_exact(self):
        """Whether the attributes are still those of the parameters that were fitted."""
        exact = getattr(self, "_exact", None)
        if exact is None:
            return False
        own = (*exact[:2], shapes.narrow(exact.covariances, self.covariance_type))
        seen = (self.weights_, self.means_, self.covariances_)
        pairs = zip(own, map(np.asarray, seen), strict=True)
        return all(np.array_equal(a.astype(b.dtype), b) for a, b in pairs)

    def _posterior(self, X):
        params = self._params()
        X = self._checked(X, reset=False)
        return X, *streaming.posterior(X, params, self.n_threads)

    def _log_likelihood(self, X, sample_weight=None):
        """The log-likelihood, nats, and the total weight."""
        params = self._params()
        X = self._checked(X, reset=False)
        w = checked_weights(sample_weight, len(X))
        found = self._e_step(X, params, w)
        return found.log_likelihood, float(len(X) if w is None else w.sum())

    def _n_free(self):
        return selection.vectorized.n_parameters(self._params(), self.covariance_type)


# Converters such as skl2onnx's use `isinstance` to recognise scikit-learn's class.
sklearn_mixture.GaussianMixture.register(GaussianMixture)


def _like(given, result):
    """A result as an array of the same library and on the same device as `given`.

    Without scikit-learn's `array_api_dispatch` it is NumPy's array.
    """
    if isinstance(given, np.ndarray) or not get_config()["array_api_dispatch"]:
        return result
    xp, is_array, device = get_namespace_and_device(given)
    return xp.asarray(result, device=device) if is_array else result
