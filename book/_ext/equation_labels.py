"""Where the package computes the book's equations: labels in trailing comments.

A line such as ``log_joint[n, k] = ...  # eq-gmm-joint`` computes the equation that the book
labels ``eq-gmm-joint``. This is separate from the Sphinx extension so that the tests can
check that both twins have the same labels without building anything.
"""

import io
import re
import tokenize
from pathlib import Path

LABEL = r"eq-[a-z0-9]+(?:-[a-z0-9]+)*"
# A shape may come before the labels: "# (N, K)  # eq-gmm-joint". Prose that merely mentions
# a label ("the denominator of eq-gmm-joint") does not match.
TRAILING = re.compile(rf"#\s*({LABEL}(?:[\s,#]+{LABEL})*)\s*$")

Places = dict[str, list[tuple[str, int]]]


def labels_in_comment(comment: str) -> list[str]:
    """The labels that a comment ends in, in their order; none if it ends in anything else."""
    trailing = TRAILING.search(comment)
    return re.findall(LABEL, trailing[1]) if trailing else []


def labels_in_code(package_dir: Path | str) -> Places:
    """Find every line of a package that computes a labelled equation.

    Parameters
    ----------
    package_dir : path
        The package's folder; every ``.py`` file below it is read, none is imported.

    Returns
    -------
    dict
        For each label the places that have it, as pairs of the module's path relative to
        ``package_dir`` (``"gmm/naive.py"``) and the line number, sorted.
    """
    package = Path(package_dir)
    places: Places = {}
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).as_posix()
        text = path.read_text("utf-8")
        if not re.search(TRAILING.pattern, text, re.MULTILINE):
            continue
        # Tokens and not lines of text: a label inside a docstring marks no code.
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if (
                token.type != tokenize.COMMENT
                or not token.line[: token.start[1]].strip()
            ):
                continue
            for label in labels_in_comment(token.string):
                places.setdefault(label, []).append((module, token.start[0]))
    return {label: sorted(where) for label, where in sorted(places.items())}


def names_of(modules: list[str]) -> dict[str, str]:
    """A short name for each module, without the topic's folder if all are in one topic.

    "naive" and "streaming/quick"; but "gmm/naive" if modules of several topics have the label.
    """
    names = {module: module.removesuffix(".py") for module in modules}
    topics = {name.partition("/")[0] if "/" in name else "" for name in names.values()}
    if len(topics) > 1:
        return names
    return {module: name.partition("/")[2] or name for module, name in names.items()}
