"""What several mistakes in the Gaussian mixture are made with."""

import numpy as np

from emlib.gaussian import Params as Gaussian
from emlib.gmm import Params
from emlib.gmm import vectorized as right

OUTLIER = {
    "X": np.array([[0.0], [100.0]]),
    "params": Params(
        np.array([0.25, 0.75]), np.array([[0.0], [1.0]]), np.array([np.eye(1)] * 2)
    ),
}
OUT_OF_REACH = "an observation so far out that every density underflows"

joint = right._log_joint  # (N, K), log pi_k + log N(x_n | mu_k, Sigma_k)


def moments(params):
    """The Gaussian with the mean and the covariance of a mixture."""
    mean = params.weights @ params.means
    apart = params.means - mean
    within = np.tensordot(params.weights, params.covariances, axes=1)
    return Gaussian(mean, within + (params.weights * apart.T) @ apart)
