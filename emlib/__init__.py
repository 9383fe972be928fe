"""The algorithms of 'The EM Algorithm, Line by Line', each as a loop and as arrays.

The topics are the folders that hold the same functions twice: `naive` is for reading and
`vectorized` for running, and the two agree.

- `coins`, `linkage`, `gmm` (Gaussian mixtures): the models that EM fits.
- `kmeans`: clustering that gives each observation to one cluster only.
- `gaussian`, `evidence`: the density of a component, and the lower bound that EM climbs.
- `acceleration`: leaps that shorten a slow climb of EM.
- `climbers`, `selection`: other ways to fit a Gaussian mixture, and how many components it needs.
- `sampling`, `mcmc`: draws from a distribution, weighted draws, and Markov chains.
- `hmc`: Hamiltonian Monte Carlo, the No-U-Turn sampler, and their warm-up.
- `diagnostics`: how much the draws of Markov chains are worth.

The others are tools.

- `em`: the EM loop. It checks that the likelihood rises, and decides when to stop.
- `search`, `race`: many starts for a Gaussian mixture, and a race of EM with other climbers.
- `estimators`: the Gaussian mixture with scikit-learn's interface.
- `exercises`, `problems`: what is wrong with a reader's function, and random inputs to try it on.
- `datasets`, `display`, `plotting`, `animation`: small real data sets, and what chapters display.

Everything needs NumPy alone, except `plotting` (Matplotlib), `estimators` (scikit-learn) and the
grading of notebooks in `exercises` (IPython, nbformat, tqdm). `hmc.sample` shows a bar if tqdm is
installed, and `hmc.to_arviz` needs ArviZ.
"""

__version__ = "0.1.0"
