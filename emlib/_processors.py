"""How many processors there are to work with."""

import os


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
