"""The Gaussian mixture as scikit-learn's users expect it, on the engine `emlib.gmm.streaming`.

A thin class: the E step, the M step and the loop are the package's own. Needs the extra `sklearn`.
"""

try:  # what came with scikit-learn 1.6; all else that the package imports of it is older
    from sklearn.utils.validation import validate_data  # noqa: F401
except ImportError as error:
    raise ImportError(
        "emlib.estimators needs scikit-learn 1.6 or later: install the extra `sklearn`, as in "
        "pip install 'em-line-by-line[sklearn]'"
    ) from error

from emlib.estimators.floors import VarianceFloorWarning
from emlib.estimators.gaussian_mixture import GaussianMixture

__all__ = ["GaussianMixture", "VarianceFloorWarning"]
