"""Leave out of the API reference the docstrings that Python writes by itself."""

from typing import NamedTuple

from sphinx.application import Sphinx


class Example(NamedTuple):
    field: None


FIELD_TYPE = type(Example.field)


def skip_fields(
    app: Sphinx, what: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    """Leave out "Alias for field number 0": the class's docstring describes its fields."""
    return True if isinstance(member, FIELD_TYPE) else None


def setup(app: Sphinx) -> dict:
    app.connect("autodoc-skip-member", skip_fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
