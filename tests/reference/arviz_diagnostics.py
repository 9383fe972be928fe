"""What ArviZ makes of the arrays in `tests/diagnostics/arrays.py`.

``python tests/reference/arviz_diagnostics.py`` writes arviz_diagnostics.json with the
numbers of arviz-stats, the current generation of ArviZ, where that is installed, and otherwise
arviz_diagnostics_legacy.json with those of ArviZ 0.x. Neither is needed to run the tests.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy

# `tests` as a package would import pytest, which is not there beside ArviZ.
sys.path.append(str(Path(__file__).parents[1] / "diagnostics"))
import arrays

TAIL = (0.05, 0.95)  # by default ArviZ 1.3.0 takes 0.11 and 0.89


def current():
    """The functions of arviz-stats, each from draws (C, T) to a number, and its version."""
    import arviz_stats
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    return f"arviz-stats {arviz_stats.__version__}", {
        "rhat": lambda x: array_stats.rhat(x, method="rank", **axes),
        "rhat split": lambda x: array_stats.rhat(x, method="split", **axes),
        "rhat whole": lambda x: array_stats.rhat(x, method="identity", **axes),
        "bulk": lambda x: array_stats.ess(x, method="bulk", **axes),
        "tail": lambda x: array_stats.ess(x, method="tail", prob=TAIL, **axes),
        "mean": lambda x: array_stats.ess(x, method="mean", **axes),
        "mcse_mean": lambda x: array_stats.mcse(x, method="mean", **axes),
    }


def legacy():
    """The same of ArviZ 0.x."""
    import arviz

    return f"arviz {arviz.__version__}", {
        "rhat": lambda x: arviz.rhat(x, method="rank"),
        "rhat split": lambda x: arviz.rhat(x, method="split"),
        "rhat whole": lambda x: arviz.rhat(x, method="identity"),
        "bulk": lambda x: arviz.ess(x, method="bulk"),
        "tail": lambda x: arviz.ess(x, method="tail", prob=TAIL),
        "mean": lambda x: arviz.ess(x, method="mean"),
        "mcse_mean": lambda x: arviz.mcse(x, method="mean"),
    }


def values(functions, x):
    """What each function makes of an array; null for NaN."""
    found = {}
    for name, function in functions.items():
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = float(function(x))
        found[name] = None if np.isnan(value) else value
    return found


def main():
    try:
        (version, functions), name = current(), "arviz_diagnostics"
    except ImportError:
        (version, functions), name = legacy(), "arviz_diagnostics_legacy"
    content = {
        "source": f"{version}, NumPy {np.__version__}, SciPy {scipy.__version__}, Python "
        f"{sys.version.split()[0]}; made by tests/reference/arviz_diagnostics.py",
        "values": {k: values(functions, x) for k, x in arrays.all_arrays().items()},
        "differ": {k: values(functions, x) for k, x in arrays.special().items()},
    }
    path = Path(__file__).with_name(f"{name}.json")
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
