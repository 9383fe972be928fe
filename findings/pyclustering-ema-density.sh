#!/bin/sh
# One would guess: the Gaussian density of ema divides by the root of the covariance's determinant.
# What happens: it divides by the root of its Frobenius norm, and probabilities are wrong with it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyclustering==0.10.1.2 numpy==2.4.6
cd "$folder"
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'END'
import sys
from importlib.metadata import version

import numpy as np
from pyclustering.cluster.ema import ema, gaussian

print("pyclustering", version("pyclustering"), "numpy", np.__version__)
covariances = [np.eye(2), np.diag([4, 0.25])]  # both of determinant 1
same = True
for covariance in covariances:
    (density,) = gaussian(np.zeros((1, 2)), np.zeros(2), covariance)
    print(
        f"density at the mean, covariance {covariance.tolist()}: {density:.4f}, "
        f"by hand {1 / (2 * np.pi):.4f}"
    )
    by_norm = 1 / (2 * np.pi * np.sqrt(np.linalg.norm(covariance)))
    same &= np.isclose(density, by_norm)
rows = [[0, 0], [4, 0], [-4, 0], [0, 2], [0, -2]]
model = ema(rows, 2, means=[[0, 0], [0, 0]], variances=covariances, iterations=1)
probabilities = [float(p[0]) for p in model.process().get_probabilities()]
print(
    "probabilities of (0, 0), the mean of both clusters:",
    np.round(probabilities, 4),
    "by hand [0.5 0.5]",
)
same &= np.allclose(probabilities, [0.62734, 0.37266], atol=1e-4)
print("as found" if same else "changed")
sys.exit(not same)
END
