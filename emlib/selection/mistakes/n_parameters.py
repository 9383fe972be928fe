"""Mistakes in counting parameters."""

from emlib import gmm
from emlib.exercises.mistakes import mistake
from emlib.selection import vectorized as right
from emlib.selection.mistakes.ingredients import counted_as

N_PARAMETERS = "selection.n_parameters"

counted_as(N_PARAMETERS)


def sizes(params):
    """K and D."""
    return params.means.shape


@mistake(N_PARAMETERS, "eq-selection-parameters")
def last_weight_counted(params, structure):
    """All K weights are counted.

    The weights sum to one, so K - 1 of them determine the last. You cannot choose it freely, so do
    not count it.
    """
    return right.n_parameters(params, structure) + 1


@mistake(N_PARAMETERS, "eq-selection-parameters")
def both_triangles_counted(params, structure):
    """Both triangles of a covariance are counted.

    A covariance is symmetric: the entries above the diagonal repeat those below. Only D (D + 1) / 2
    of the D^2 entries are free.
    """
    K, D = sizes(params)
    twice = {"full": K, "tied": 1, "diag": 0, "spherical": 0}[structure]
    return right.n_parameters(params, structure) + twice * D * (D - 1) // 2


@mistake(N_PARAMETERS, "eq-selection-parameters")
def diagonal_left_out(params, structure):
    """The entries below the diagonal are counted, but not those on it.

    The D (D - 1) / 2 entries below the diagonal are the covariances of two features. The D
    variances on it are parameters too: D (D + 1) / 2 together.
    """
    K, D = sizes(params)
    missing = {"full": K, "tied": 1, "diag": 0, "spherical": 0}[structure]
    return right.n_parameters(params, structure) - missing * D


@mistake(N_PARAMETERS, "eq-selection-parameters")
def tied_counted_for_each(params, structure):
    """The tied covariance is counted once for each component.

    The array holds it K times, but it is one matrix, and all components share it. Count it once.
    """
    K, D = sizes(params)
    more = (K - 1) * D * (D + 1) // 2 if structure == "tied" else 0
    return right.n_parameters(params, structure) + more


@mistake(N_PARAMETERS, "eq-selection-parameters")
def structure_ignored(params, structure):
    """The covariances are counted as if they were full, whatever the structure.

    The array has the shape (K, D, D) in every structure. Only the structure tells you how many of
    its numbers are free: do not count off-diagonal entries that it sets to zero.
    """
    return right.n_parameters(params, "full")


@mistake(N_PARAMETERS, "eq-selection-parameters")
def one_mean_a_component(params, structure):
    """Only one number is counted for each mean.

    A mean is a point with D coordinates, and you estimate each of them. The K means have K D
    parameters.
    """
    K, D = sizes(params)
    return right.n_parameters(params, structure) - K * (D - 1)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def weights_left_out(params, structure):
    """The weights are not counted.

    You estimate them like everything else. K weights that sum to one have K - 1 free parameters.
    """
    return right.n_parameters(params, structure) - (len(params.weights) - 1)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def spherical_counted_as_diagonal(params, structure):
    """A spherical covariance is counted with D variances.

    "spherical" means one variance for all features of a component, so the D equal entries of the
    diagonal are one parameter. Count K of them.
    """
    return right.n_parameters(params, "diag" if structure == "spherical" else structure)


def counted(params, structure, **numbers):
    """The number of parameters if the covariances of some structures are counted otherwise."""
    if structure not in numbers:
        return right.n_parameters(params, structure)
    K, D = sizes(params)
    return K - 1 + K * D + numbers[structure](K, D)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def one_covariance_alone(params, structure):
    """The covariance of only one component is counted.

    Unless they are tied, every component has its own covariance, and you estimate each: K times as
    many parameters.
    """
    return counted(
        params,
        structure,
        full=lambda K, D: D * (D + 1) // 2,
        diag=lambda K, D: D,
        spherical=lambda K, D: 1,
    )


@mistake(N_PARAMETERS, "eq-selection-parameters")
def covariances_not_counted(params, structure):
    """The covariances are not counted.

    You estimate them like the weights and the means. With many features, full covariances have most
    of the parameters.
    """
    return counted(params, structure, **dict.fromkeys(gmm.STRUCTURES, lambda K, D: 0))


@mistake(N_PARAMETERS, "eq-selection-parameters")
def means_not_counted(params, structure):
    """The means are not counted.

    Each of the K means has D coordinates, and you estimate each of them: K D parameters.
    """
    K, D = sizes(params)
    return right.n_parameters(params, structure) - K * D


@mistake(N_PARAMETERS, "eq-selection-parameters")
def one_mean_for_all(params, structure):
    """The mean of only one component is counted.

    One mean has D coordinates. Every component has its own mean, whatever the structure of the
    covariances: K D parameters.
    """
    K, D = sizes(params)
    return right.n_parameters(params, structure) - (K - 1) * D


@mistake(N_PARAMETERS, "eq-selection-parameters")
def spherical_shared(params, structure):
    """The spherical variance is counted once for all components.

    In the structure "spherical" each component has one variance of its own. One variance for all of
    them would be tied as well. Count K.
    """
    return counted(params, structure, spherical=lambda K, D: 1)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def diagonal_shared(params, structure):
    """The diagonal is counted once for all components.

    In the structure "diag" each component has D variances of its own: K D parameters. Only the
    structure "tied" shares a covariance.
    """
    return counted(params, structure, diag=lambda K, D: D)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def numbers_in_the_arrays(params, structure):
    """All the numbers in the three arrays are counted.

    The last weight and the entries above a diagonal follow from the others, and a structure sets
    some entries equal or to zero. Count only those that you can choose freely.
    """
    return sum(part.size for part in params)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def components_counted(params, structure):
    """The components are counted instead of their parameters.

    A component has a weight, a mean with D coordinates and a covariance. How many numbers that
    makes depends on D and on the structure.
    """
    return len(params.weights)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def tied_counted_as_diagonal(params, structure):
    """The tied covariance is counted as if it were diagonal.

    Tied means that all the components have the same covariance. It is a full matrix, with
    D (D + 1) / 2 parameters.
    """
    return counted(params, structure, tied=lambda K, D: D)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def weight_and_mean_not_multiplied(params, structure):
    """K and D are added where they should be multiplied.

    K means of D coordinates each are K D numbers. The sum of K and D counts neither the means nor
    their coordinates.
    """
    K, D = sizes(params)
    return right.n_parameters(params, structure) - K * D + K + D
