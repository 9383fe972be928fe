"""Write the skeleton of a topic: its room in the package, its tests and its chapter.

``make topic NAME=ising`` writes ``emlib/ising/``, ``tests/ising/`` and ``book/ising/ising.ipynb``
from the files in ``tools/skeleton``, in which the topic is called toy and has one function. It also
enters the chapter in ``_toc.yml``, executes it and records the topic's mutants: the suite passes as
it stands. Then replace the toy with the real topic.
"""

import argparse
import keyword
import re
import sys
from pathlib import Path

import notebooks
import workbooks
from execution import ROOT

SKELETON = Path(__file__).parent / "skeleton"
TOY = re.compile("toy", re.IGNORECASE)
DRAFTS = "  - caption: Drafts\n    numbered: 1\n    chapters:\n"
REFERENCE = "  - caption: Reference\n"


def places(name):
    """Pairs of paths: each file of the skeleton, and where it goes."""
    for source in sorted(SKELETON.rglob("*.*")):
        if source.is_file() and "__pycache__" not in source.parts:
            folder, *inside = source.relative_to(SKELETON).parts
            yield (
                source,
                ROOT.joinpath(folder, name, *(TOY.sub(name, p) for p in inside)),
            )


def written(source, name):
    """A file of the skeleton under the topic's name."""

    def spelled(found):
        return name.capitalize() if found[0][0].isupper() else name

    return TOY.sub(spelled, source.read_text(encoding="utf-8"))


def with_chapter(contents, name):
    """The table of contents with the chapter at the end of the drafts, before the reference."""
    if DRAFTS not in contents:
        contents = contents.replace(REFERENCE, DRAFTS + REFERENCE)
    begin = contents.index(REFERENCE)
    entry = f"      - file: book/{name}/{name}\n"
    return contents[:begin] + entry + contents[begin:]


def refused(name):
    """Why a topic cannot have this name, in words; None if it can."""
    if not re.fullmatch("[a-z][a-z0-9]*", name) or keyword.iskeyword(name):
        return f"{name!r} cannot name a topic: use lower-case letters and digits, such as ising"
    for folder in ("emlib", "tests", "book"):
        for taken in (ROOT / folder / name, ROOT / folder / f"{name}.py"):
            if taken.exists():
                return f"{taken.relative_to(ROOT)} exists already: choose another name"
    return None


def main(arguments=None):
    """Write the files and print the next step."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help="of the topic, as it will be imported")
    name = parser.parse_args(arguments).name
    reason = refused(name)
    if reason:
        sys.exit(reason)
    for source, target in places(name):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(written(source, name), encoding="utf-8")
        print(target.relative_to(ROOT))
    contents = ROOT / "_toc.yml"
    contents.write_text(with_chapter(contents.read_text("utf-8"), name), "utf-8")
    notebooks.main([ROOT / "book" / name / f"{name}.ipynb"])
    workbooks.main(["--catalogue"])
    print(
        "\nNext: make test. Then replace the toy with the real topic (CONTRIBUTING.md)."
    )


if __name__ == "__main__":
    main()
