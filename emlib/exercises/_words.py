"""How numbers, shapes, differences and whole inputs are put into words."""

import numpy as np

# An example with more entries than this would be unreadable.
SHOWN = 60


def number(value):
    """A number as a reader would write it."""
    return f"{float(value):.6g}"


def told(got, want):
    """Two numbers in as many digits as it takes to tell them apart, at least six; truth values."""
    if all(isinstance(value, (bool, np.bool)) for value in (got, want)):
        return str(got), str(want)
    for digits in (6, 9, 12, 17):
        texts = f"{float(got):.{digits}g}", f"{float(want):.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def first(name, bad):
    """Name and index of the first entry where `bad` is true."""
    index = tuple(map(int, np.argwhere(bad)[0]))
    return entry(name, index), index


def entry(name, index):
    """An entry by name, such as ``means[0, 1]``."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def kind_of(value):
    """What kind of thing this is."""
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array"
    if isinstance(value, np.ndarray):
        holds = "" if value.dtype.kind in "fiubc" else f" of {value.dtype.name}"
        return f"an array{holds} of shape {shape_of(value.shape)}"
    kind = type(value).__name__
    if hasattr(value, "_fields"):
        topic = type(value).__module__.rpartition(".")[2]
        return f"a {topic}.{kind}"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def shape_of(axes):
    """A shape, in letters or numbers."""
    if not axes:
        return "a number"
    return f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"


def shape_hint(got, want, axes):
    """What may have happened to a shape."""
    if got[::-1] == want:
        return ": transposed?"
    without_ones = [tuple(n for n in shape if n != 1) for shape in (got, want)]
    if without_ones[0] == without_ones[1]:
        return (
            ": an axis of length 1 too many or too few (keepdims, [:, None], squeeze)?"
        )
    for axis, letter in enumerate(axes):
        if got == want[:axis] + want[axis + 1 :]:
            return f": the axis {letter} is missing. Was it summed over?"
    return ""


def difference(got, want, bad):
    """What can be said of two arrays that differ where `bad` is true."""
    words = f" ({int(bad.sum())} of {bad.size} entries differ)" if bad.size > 1 else ""
    if not (np.isfinite(got).all() and np.isfinite(want).all()):
        return words
    if want.dtype.kind in "iub" and want.ndim:
        return words  # labels, truth values: a multiple of one means nothing
    apart = got - want
    with np.errstate(all="ignore"):
        digits = -np.log10(np.abs(apart[bad] / want[bad]).max())
    if digits >= 4:
        return (
            f"{words}; they differ by less than 1 part in 1e{int(digits)}: was something small "
            f"added or clipped, or were digits lost?"
        )
    if bad.sum() < 2:
        return words
    if got.ndim == 2 and got.shape[0] == got.shape[1] and np.array_equal(got.T, want):
        return f"{words}; it is the transpose of what it should be"
    with np.errstate(all="ignore"):
        factor = (got * want).sum() / (want * want).sum()
        multiple = np.abs(got - factor * want) <= 1e-6 * np.abs(got)
    if multiple.all():
        return f"; every entry is {number(factor)} times what it should be"
    if np.ptp(apart) <= 1e-6 * np.abs(apart).max():
        direction = "large" if apart.flat[0] > 0 else "small"
        return f"; every entry is too {direction} by {number(abs(apart.flat[0]))}"
    return words


# --- inputs and results as they can be typed ------------------------------------------------------


def typed(name, value, equals=" = ", digits=17):
    """The lines of an assignment, with each field of a parameter object on a line of its own."""
    if hasattr(value, "_fields"):
        kind = type(value)
        topic = kind.__module__.rpartition(".")[2]
        lines = [f"{name}{equals}{topic}.{kind.__name__}("]
        for field, content in zip(value._fields, value, strict=True):
            inside = typed(field, content, "=", digits)
            lines += [f"    {line}" for line in inside]
            lines[-1] += ","
        return [*lines, ")"]
    if np.ndim(value) == 0:
        return [f"{name}{equals}{_number_typed(value, digits)}"]
    if np.size(value) > SHOWN:
        return [f"# {name} has shape {shape_of(np.shape(value))}: too large to show"]
    begin = f"{name}{equals}np.array("
    # `np.array2string` with all its options set, so that the reader's print options have no effect.
    text = np.array2string(
        np.asarray(value),
        separator=", ",
        threshold=SHOWN,
        max_line_width=84,
        prefix=begin,
        formatter={"all": lambda x: _number_typed(x, digits)},
        legacy=False,
    )
    return f"{begin}{text})".splitlines()


def _number_typed(value, digits):
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        return str(int(array))
    if array.dtype.kind != "f":
        return repr(value)
    value = float(array)
    if not np.isfinite(value):
        return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}[str(value)]
    if value == 0:
        return "0.0"  # and never -0.0
    return repr(value) if digits >= 17 else repr(float(f"{value:.{digits}g}"))
