"""Small real data sets, each with its source. Every call returns a fresh copy."""

import csv
from importlib import resources
from typing import NamedTuple

import numpy as np


class CoinSets(NamedTuple):
    """Do & Batzoglou's five sets of ten tosses.

    Attributes
    ----------
    counts : numpy.ndarray, shape (5, 2)
        Heads and tails of each set: the data of `emlib.coins`.
    tosses : list of str
        The tosses in order, ``"HTTT..."``.
    coins : list of str
        The coin that made each set, ``"A"`` or ``"B"``: known in the complete-data version,
        hidden from EM.
    """

    counts: np.ndarray
    tosses: list
    coins: list


class Irises(NamedTuple):
    """Anderson's irises: four measurements of each flower, and its species.

    Attributes
    ----------
    measurements : numpy.ndarray, shape (150, 4)
        Length and width of a sepal, length and width of a petal, cm.
    species : list of str
        ``"setosa"``, ``"versicolor"`` or ``"virginica"``: known to the botanist, hidden from a
        clustering.
    """

    measurements: np.ndarray
    species: list


class Schools(NamedTuple):
    """What coaching did in eight schools.

    Attributes
    ----------
    effects : numpy.ndarray, shape (8,)
        The estimated effect on the test's score, in points.
    errors : numpy.ndarray, shape (8,)
        The standard error of each estimate, in points.
    """

    effects: np.ndarray
    errors: np.ndarray


def _rows(name):
    with resources.files(__name__).joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def old_faithful():
    """272 eruptions of the Old Faithful geyser, in the order they were observed.

    Returns
    -------
    numpy.ndarray, shape (272, 2)
        Duration of the eruption (minutes), waiting time to the next one (minutes).

    Notes
    -----
    R ``datasets::faithful``, after Härdle (1991), Smoothing Techniques, Springer. Azzalini & Bowman
    (1990), Applied Statistics 39:357-365, have a longer series from the same geyser.
    """
    rows = _rows("faithful.csv")
    return np.array([[float(row["eruptions"]), float(row["waiting"])] for row in rows])


def coins():
    """Five sets of ten tosses, each set made with one of two coins.

    Returns
    -------
    CoinSets
        Heads and tails (5, 2), the tosses and the coins.

    Notes
    -----
    Do & Batzoglou (2008), Nature Biotechnology 26:897-899, figure 1.
    """
    rows = _rows("coins.csv")
    return CoinSets(
        counts=np.array([[float(row["heads"]), float(row["tails"])] for row in rows]),
        tosses=[row["tosses"] for row in rows],
        coins=[row["true_coin"] for row in rows],
    )


def linkage():
    """197 animals in four classes, the example of Dempster, Laird & Rubin.

    Returns
    -------
    numpy.ndarray, shape (4,)
        The counts 125, 18, 20, 34.

    Notes
    -----
    Rao (1965), as used in Dempster, Laird & Rubin (1977), JRSS B 39:1-38.
    """
    return np.array([float(row["count"]) for row in _rows("linkage.csv")])


def galaxies():
    """Velocities of 82 galaxies in the Corona Borealis region.

    Returns
    -------
    numpy.ndarray, shape (82, 1)
        Velocity (km/s).

    Notes
    -----
    Roeder (1990), JASA 85:617-624. Row 78 is 26960 as in the paper; the copy in R's
    ``MASS::galaxies`` has 26690, which moves a three-component log-likelihood by 0.3 nats.
    """
    return np.array([[float(row["velocity_km_s"])] for row in _rows("galaxies.csv")])


def iris():
    """150 irises of three species, fifty of each.

    Returns
    -------
    Irises
        The measurements (150, 4) and the species.

    Notes
    -----
    R ``datasets::iris``, after Fisher (1936), Annals of Eugenics 7:179-188; measured by Anderson
    (1935). The copy in the UCI repository differs in rows 35 and 38.
    """
    rows = _rows("iris.csv")
    columns = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    return Irises(
        measurements=np.array([[float(row[c]) for c in columns] for row in rows]),
        species=[row["species"] for row in rows],
    )


def eight_schools():
    """The effect of coaching for a test, estimated in each of eight schools.

    Returns
    -------
    Schools
        The effects (8,) and their standard errors (8,).

    Notes
    -----
    Rubin (1981), Journal of Educational Statistics 6:377-401, table 1; Gelman et al., Bayesian Data
    Analysis.
    """
    rows = _rows("eight_schools.csv")
    return Schools(
        effects=np.array([float(row["y"]) for row in rows]),
        errors=np.array([float(row["sigma"]) for row in rows]),
    )
