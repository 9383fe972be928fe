"""How many processors there are to work with, and how many threads may do so."""

import os

# What libraries of linear algebra keep to, and what joblib sets in its workers: each one's share.
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
    threads than it has processors. (What part of their time a container may use is not asked.)
    """
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # on Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_threads():
    """How many threads to use unless the caller asks for another number, at least 1.

    As many as there are processors that the process may use, and no more than any of the variables
    `LIMITS` of the environment says. OpenMP's may be a list, for threads within threads; its first
    number counts.
    """
    said = (os.environ.get(name, "").partition(",")[0].strip() for name in LIMITS)
    limits = [int(number) for number in said if number.isdecimal() and int(number) > 0]
    return min([usable_processors(), *limits])
