"""How many processors this process may use, and how many threads it should."""

import os

# Limits that libraries of linear algebra and joblib read. joblib sets the libraries' limits in its
# workers, to each worker's share.
LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


def usable_processors():
    """How many processors this process may use, at least 1.

    The machine may have more: a process can be bound to some of them, and it is slower with more
    threads than it has processors. (A container's quota of processor time is ignored.)
    """
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # on Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_threads():
    """How many threads to use unless the caller asks for another number, at least 1.

    As many as there are processors that the process may use, and no more than any environment
    variable in `LIMITS` allows. OpenMP's may be a list, for nested threads; its first number
    counts.
    """
    said = (os.environ.get(name, "").partition(",")[0].strip() for name in LIMITS)
    limits = [int(number) for number in said if number.isdecimal() and int(number) > 0]
    return min([usable_processors(), *limits])
