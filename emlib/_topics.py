"""The package's topics and what is in them, found by a walk: nothing is registered by hand."""

import inspect
import pkgutil
from functools import cache

import emlib


@cache
def topics():
    """The names of the folders that hold twins, in alphabetical order; none is imported."""
    return tuple(
        module.name
        for module in pkgutil.iter_modules(emlib.__path__)
        if module.ispkg and {"naive", "vectorized"} <= set(files(module.name))
    )


@cache
def files(topic):
    """The names of the modules in a topic's folder, without importing any."""
    folders = [f"{parent}/{topic}" for parent in emlib.__path__]
    return tuple(module.name for module in pkgutil.iter_modules(folders))


def functions(module):
    """The public functions that a module defines, by name, in the order of the file."""
    return {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith("_")
    }
