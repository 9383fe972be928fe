"""Show the package's own source on a notebook's page, so that no chapter pastes a copy."""

import ast
import inspect
import textwrap


class Source:
    """Python source that a notebook shows highlighted and a terminal as plain text."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return f"```python\n{self.text}\n```"


def show(*functions):
    """The source of functions without their docstrings, which the API reference prints.

    Parameters
    ----------
    *functions : callable
        Functions of this package, or any whose source can be read.

    Returns
    -------
    Source
        A notebook displays it as highlighted code.

    Raises
    ------
    OSError
        If there is no source to read, as for a function typed at a prompt.
    TypeError
        If a function is not written in Python.
    """
    return Source("\n\n\n".join(_without_docstring(function) for function in functions))


def _without_docstring(function):
    lines = textwrap.dedent(inspect.getsource(function)).rstrip().splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines)
