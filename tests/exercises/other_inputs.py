"""`check` with other draws than its own: what it says of a function has to stay true."""

import sys
from contextlib import contextmanager

from emlib.exercises import _cases


@contextmanager
def other_inputs(first_seed):
    """Within this context every input of `check` is drawn from other seeds."""
    before = _cases.FIRST
    try:
        _cases.FIRST = first_seed
        _forget()
        yield
    finally:
        _cases.FIRST = before
        _forget()


def _forget():
    for name, module in list(sys.modules.items()):
        if name.startswith("emlib.exercises"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
