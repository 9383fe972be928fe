"""Draw book/_static/em-in-one-picture.png, the figure of the README and of the first page."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

from emlib import datasets, em, gaussian, gmm, plotting

mpl.use("agg")
import matplotlib.pyplot as plt

X = datasets.old_faithful()
covariance = gaussian.vectorized.fit(X).covariance
start = gmm.Params([0.5, 0.5], [[2.0, 85.0], [4.5, 50.0]], np.array([covariance] * 2))
history = []
em.fit(gmm.vectorized, X, start, callback=history.append)

plotting.use_book_style()
figure, axes = plt.subplots(1, 4, figsize=(11, 3.2), sharey=True)
shown = [0, len(history) // 4, len(history) // 2, len(history) - 1]
for ax, progress in zip(axes, [history[t] for t in shown], strict=True):
    plotting.scatter_responsibilities(ax, X, progress.posterior, s=10)
    plotting.covariance_ellipses(ax, progress.params)
    ax.set_title(f"iteration {progress.n_iter}")
    ax.set(xlim=(1, 6), ylim=(35, 105), xlabel="duration (min)")
axes[0].set_ylabel("wait (min)")
figure.savefig(
    Path(__file__).parent.parent / "book/_static/em-in-one-picture.png", dpi=110
)
