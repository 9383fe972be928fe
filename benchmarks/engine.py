"""Compare the streaming engine with scikit-learn's mixture, and with pomegranate's if installed.

``make bench`` measures, in alternating runs, the time of an EM iteration and of a fit to
convergence from the same start, the extra memory, and the machine's floor. It writes the figures
with the date and the machine to ``engine.json``, a table to ``engine.md`` and a plot to
``engine.png``, which the book shows. Run it on a quiet machine: it takes about ten minutes.
"""

import datetime
import json
import platform
import re
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from tqdm import tqdm

from emlib import em, gmm
from emlib._processors import usable_processors
from emlib.gmm import streaming
from emlib.gmm.streaming.blocks import BLOCK_BYTES
from emlib.gmm.streaming.team import Team
from emlib.plotting import COLORS, INK, use_book_style

try:
    import pomegranate
    import torch
    from pomegranate.distributions import Normal
    from pomegranate.gmm import GeneralMixtureModel
except ImportError:
    pomegranate = None

HERE = Path(__file__).parent
SIZES = [
    (272, 2, 2),  # Old Faithful's
    (1_000, 1, 2),
    (10_000, 2, 3),
    (20_000, 16, 2),  # few components for so many features
    (1_000_000, 2, 8),
    (100_000, 8, 8),
    (100_000, 16, 16),
    (50_000, 64, 16),
    (10_000, 128, 32),
]
FITS = {  # size: distance of the components
    (1_000, 1, 2): 2.5,
    (10_000, 2, 3): 4.0,
    (200_000, 2, 3): 4.0,
    (20_000, 8, 8): 3.5,
    (20_000, 32, 8): 2.3,
}
MEMORY = [(100_000, 2, 8), (1_000_000, 2, 8)]
REPETITIONS = 5
FEW = 2  # iterations, subtracted so that starting up does not count
SAME = 1e-6  # nats per observation: fits that differ by less end at the same height


def problem(N, D, K, apart=2.0):
    """Observations of a mixture of overlapping components, and a start near it."""
    rng = np.random.default_rng(0)
    means = apart / np.sqrt(max(1, D / 4)) * rng.standard_normal((K, D))
    X = means[rng.integers(K, size=N)] + rng.standard_normal((N, D))
    near = means + 0.5 * rng.standard_normal((K, D))
    return X, gmm.Params(np.full(K, 1 / K), near, np.tile(1.5 * np.eye(D), (K, 1, 1)))


# --- the programs: seconds, iterations, log-likelihood per observation ---------------------------


def timed(function):
    begin = time.perf_counter()
    value = function()
    return time.perf_counter() - begin, value


def emlib(X, start, max_iter, tol=0.0, acceleration=None, scored=True):
    seconds, result = timed(
        lambda: streaming.fit(
            X, start, tol=tol * len(X), max_iter=max_iter, acceleration=acceleration
        )
    )
    return seconds, result.n_iter, result.log_likelihoods[-1] / len(X)


def scikit_learn(X, start, max_iter, tol=0.0, scored=True):
    """The likelihood is computed afterwards: scikit-learn's bound lags one M step behind."""
    model = GaussianMixture(
        len(start.weights),
        tol=tol,
        reg_covar=0,
        max_iter=max_iter,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.solve(
            start.covariances,
            np.broadcast_to(np.eye(X.shape[1]), start.covariances.shape),
        ),
    )
    seconds, _ = timed(lambda: model.fit(X))
    return seconds, model.n_iter_, model.score(X) if scored else None


def with_pomegranate(X, start, max_iter, scored=True):
    """In double precision, on all processors. `tol` is such that no small gain ends the fit."""
    torch.set_num_threads(usable_processors())
    parts = [
        Normal(*map(torch.tensor, pair), covariance_type="full")
        for pair in zip(start.means, start.covariances, strict=True)
    ]
    model = GeneralMixtureModel(
        parts, priors=torch.tensor(start.weights), max_iter=max_iter, tol=-np.inf
    )
    data = torch.from_numpy(X)
    seconds, _ = timed(lambda: model.fit(data))
    height = float(model.log_probability(data).mean()) if scored else None
    return seconds, max_iter, height


PROGRAMS = {"emlib": emlib, "scikit-learn": scikit_learn}
if pomegranate:
    PROGRAMS["pomegranate"] = with_pomegranate


# --- what is measured -----------------------------------------------------------------------------


def iterations(size):
    """Seconds an iteration of each program, in alternating runs, and how far apart they end."""
    X, start = problem(*size)
    many = int(np.clip(2e7 / np.prod(size), 4, 200))
    times, heights, floors = {name: [] for name in PROGRAMS}, {}, []
    for run in PROGRAMS.values():
        run(X, start, FEW)  # a first run, for what happens only once
    for _ in range(REPETITIONS):
        for name, run in PROGRAMS.items():
            few, _, _ = run(X, start, FEW)
            seconds, n_iter, heights[name] = run(X, start, FEW + many)
            assert n_iter == FEW + many, f"{name} stopped after {n_iter} iterations"
            times[name].append((seconds - few) / many)
        floors.append(floor(*size))
    return {"size": size, "times": times, "floor": floors, "gaps": gaps(heights)}


def fits(size):
    """Seconds to convergence, the same start and the same end, in alternating runs."""
    X, start = problem(*size, apart=FITS[size])
    runs = {
        "emlib": lambda: emlib(X, start, 10_000, SAME / 10),
        "emlib, leaping": lambda: emlib(X, start, 10_000, SAME / 10, "squarem"),
        "scikit-learn": lambda: scikit_learn(X, start, 10_000, SAME / 1000),
    }
    times, counts, heights = {name: [] for name in runs}, {}, {}
    for _ in range(3):
        for name, run in runs.items():
            seconds, counts[name], heights[name] = run()
            times[name].append(seconds)
    return {
        "size": size,
        "times": times,
        "iterations": counts,
        "gaps": gaps(heights),
    }


def gaps(heights):
    """How far the others' log-likelihoods are from ours; all must agree to `SAME`."""
    apart = {name: abs(height - heights["emlib"]) for name, height in heights.items()}
    assert max(apart.values()) <= SAME, f"different ends: {heights}"
    return apart


def floor(N, D, K):
    """Seconds for the exponentials and the two matrix products of an iteration.

    They are computed in blocks of the engine's size on as many threads as it uses.
    """
    P = (D + 1) * (D + 2) // 2
    rows = min(max(BLOCK_BYTES // (8 * (K + 3 + P)), 64), 16384)
    rows -= rows // 16  # rows a power of two apart would compete for lines of the cache
    rng = np.random.default_rng(0)

    def work(n_blocks):
        theta, features = rng.random((K, P)), np.ones((P, rows))
        log_p, gamma = -np.ones((K, rows)), np.ones((K, rows))
        begin = time.perf_counter()
        for _ in range(n_blocks):
            np.matmul(theta, features, out=gamma)
            np.exp(log_p, out=gamma)
            np.dot(features, gamma.T)
        return (time.perf_counter() - begin) / n_blocks

    with Team(None) as team:
        n = team.n_threads
        each = max(2, round(N / rows / n))
        return np.mean(list(team.pool.map(work, [each] * n))) * N / rows / n


def product_speed():
    """Floating-point operations a second in a product of large matrices, all threads."""
    rng = np.random.default_rng(0)
    A, B = rng.random((2, 1500, 1500))
    return 2 * 1500**3 / min(timed(lambda: A @ B)[0] for _ in range(5))


def extra_memory(name, size):
    """MiB that two iterations need besides the data, from the peak of a separate process."""
    X, start = problem(*size)
    with TemporaryDirectory() as folder:
        file = Path(folder, "problem.npz")
        np.savez(file, X, *start)
        command = [sys.executable, __file__, "--memory", name, file]
        words = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL)
    return float(words)


def print_extra_memory(name, file):
    """How far two iterations raise the peak above what it takes to hold the data."""
    with np.load(file) as arrays:
        X, *start = arrays.values()
    start = gmm.Params(*start)
    few = X[:: len(X) // 1000].copy()
    PROGRAMS[name](few, start, 2)  # load libraries, create pools
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5")  # on Linux: reset the peak to what is held now
    before = peak_kib()
    PROGRAMS[name](X, start, 2, scored=False)
    print((peak_kib() - before) / 1024)


def peak_kib():
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        return int(found.group(1))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# --- what is written ------------------------------------------------------------------------------


def machine():
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        cpu = names[0] if names else cpu
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    versions = {
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        blas["name"]: blas["version"],
        "scikit-learn": sklearn.__version__,
    }
    if pomegranate:
        versions |= {
            "pomegranate": pomegranate.__version__,
            "PyTorch": torch.__version__,
        }
    return {
        "date": datetime.date.today().isoformat(),
        "processor": cpu,
        "threads": Team(None).n_threads,
        "versions": versions,
    }


def words(size):
    return "{:,} x {} x {}".format(*size)


def spread(ratios):
    middle = np.median(ratios)
    digits = 1 if middle < 20 else 0
    least, most = min(ratios), max(ratios)
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"


def rows_of(*cells):
    return "| " + " | ".join(cells) + " |"


def table(record):
    """The record as Markdown."""
    about = record["machine"]
    versions = ", ".join(f"{name} {v}" for name, v in about["versions"].items())
    others = [name for name in record["iterations"][0]["times"] if name != "emlib"]
    heads = [head for name in others for head in (name, "times as long")]
    lines = [
        f"{about['date']}, {about['processor']}, {about['threads']} threads; {versions}.",
        "",
        f"One iteration, full covariances, double precision: medians of {REPETITIONS} alternating "
        f"runs in milliseconds, and in parentheses the smallest and the largest of their ratios.",
        "",
        rows_of("N x D x K", "emlib", *heads, "floor", "emlib in floors"),
        "|---" + "|--:" * (3 + len(heads)) + "|",
    ]
    for row in record["iterations"]:
        own = np.array(row["times"]["emlib"])
        cells = [words(row["size"]), f"{1e3 * np.median(own):.2f}"]
        for name in others:
            times = np.array(row["times"][name])
            cells += [f"{1e3 * np.median(times):.2f}", spread(times / own)]
        least = np.array(row["floor"])
        cells += [f"{1e3 * np.median(least):.3f}", spread(own / least)]
        lines.append(rows_of(*cells))
    lines += [
        "",
        "A fit to convergence, the same start and the same final log-likelihood to 1e-6 nats an "
        "observation: medians of 3 runs in seconds, and the iterations.",
        "",
        rows_of("N x D x K", *record["fits"][0]["times"], "scikit-learn over emlib"),
        "|---|--:|--:|--:|--:|",
    ]
    for row in record["fits"]:
        ratios = np.divide(row["times"]["scikit-learn"], row["times"]["emlib"])
        cells = [
            f"{np.median(times):.3f} ({row['iterations'][name]})"
            for name, times in row["times"].items()
        ]
        lines.append(rows_of(words(row["size"]), *cells, spread(ratios)))
    programs = record["memory"][0]["extra"]
    lines += [
        "",
        "How far two iterations raise a process's peak memory above what the data take, MiB.",
        "",
        rows_of("N x D x K", *programs),
        "|---" + "|--:" * len(programs) + "|",
    ]
    for row in record["memory"]:
        cells = [f"{mib:.0f}" for mib in row["extra"].values()]
        lines.append(rows_of(words(row["size"]), *cells))
    return "\n".join(lines) + "\n"


def plot(record):
    """Time of an iteration for each size, every run a point."""
    import matplotlib.pyplot as plt

    use_book_style()
    figure, ax = plt.subplots(figsize=(6.4, 4.2))
    rows = record["iterations"]
    styles = {
        "floor": (INK, "|"),
        "emlib": (COLORS[0], "o"),
        "scikit-learn": (COLORS[1], "^"),
        "pomegranate": (COLORS[2], "s"),
    }
    for name, (color, marker) in styles.items():
        runs = [
            (1e3 * time, -place)
            for place, row in enumerate(rows)
            for time in (
                row["floor"] if name == "floor" else row["times"].get(name, [])
            )
        ]
        if runs:
            ax.plot(
                *zip(*runs, strict=True), marker, color=color, label=name, alpha=0.7
            )
    ax.set_xscale("log")
    ax.set_yticks([-place for place in range(len(rows))])
    ax.set_yticklabels([words(row["size"]) for row in rows])
    ax.set(xlabel="time of an iteration (ms)", ylabel="N x D x K")
    ax.grid(axis="x", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    figure.legend(loc="outside upper center", ncols=4)
    figure.savefig(HERE / "engine.png", dpi=110)


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", em.ConvergenceWarning)
    if sys.argv[1:2] == ["--memory"]:
        print_extra_memory(*sys.argv[2:])
        return
    mpl.use("agg")
    record = {
        "machine": machine(),
        "product_speed": product_speed(),
        "iterations": [iterations(size) for size in tqdm(SIZES, "iterations")],
        "fits": [fits(size) for size in tqdm(FITS, "fits")],
        "memory": [
            {
                "size": size,
                "extra": {name: extra_memory(name, size) for name in PROGRAMS},
            }
            for size in tqdm(MEMORY, "memory")
        ],
    }
    (HERE / "engine.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    (HERE / "engine.md").write_text(table(record), "utf-8")
    plot(record)
    print(table(record))


if __name__ == "__main__":
    main()
