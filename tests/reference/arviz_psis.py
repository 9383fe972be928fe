"""Write arviz_psis.json: Pareto-smoothed weights by ArviZ, and the shapes of their tails.

Run it with ``pip install arviz numpy``, from the root of the repository.
"""

import importlib.metadata
import json
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def arrays():
    """Log weights: light and heavy tails, ties, zeros of weight, few and many."""
    for seed in range(24):
        rng = np.random.default_rng(seed)
        N = int(rng.integers(30, 400))
        kind = seed % 4
        x = rng.standard_normal(N) * 10.0 ** rng.uniform(-3, 1)
        if kind == 1:
            x = rng.standard_cauchy(N)
        elif kind == 2:
            x = np.log(rng.random(N))
        elif kind == 3:
            x = -0.5 * rng.standard_normal(N) ** 2 * rng.uniform(-2, 2)
        yield x


def main():
    """Smooth each array."""
    warnings.simplefilter("ignore")
    import arviz

    found = []
    for x in arrays():
        smoothed, k = arviz.psislw(x.copy())
        found.append({"k": float(k), "log_weights": np.asarray(smoothed).tolist()})
    written = {
        "source": f"arviz {importlib.metadata.version('arviz')}, psislw; "
        f"numpy {np.__version__}; the arrays are those of arviz_psis.py",
        "smoothed": found,
    }
    (HERE / "arviz_psis.json").write_text(json.dumps(written) + "\n", "utf-8")


if __name__ == "__main__":
    main()
