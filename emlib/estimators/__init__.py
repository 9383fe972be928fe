"""The Gaussian mixture as scikit-learn's users expect it, on the engine `emlib.gmm.streaming`.

The class is thin: the E step, the M step and the loop are the package's own. It needs the extra
`sklearn`.
"""

try:  # the newest import from scikit-learn; it came with 1.6
    from sklearn.utils.validation import validate_data  # noqa: F401
except ImportError as error:
    raise ImportError(
        "emlib.estimators needs scikit-learn 1.6 or later: install the extra `sklearn`, as in "
        "pip install 'em-line-by-line[sklearn]'"
    ) from error

from emlib.estimators.floors import VarianceFloorWarning
from emlib.estimators.gaussian_mixture import GaussianMixture

__all__ = ["GaussianMixture", "VarianceFloorWarning"]
