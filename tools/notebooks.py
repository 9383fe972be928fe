"""Execute the book's notebooks and write them in the form in which they are committed.

``make notebooks`` does both to every chapter and its pages, or to the files named on the command
line. A normalised notebook holds what nbval compares (the text of every output) and nothing that
changes from run to run: no images, no machine's metadata, no random cell ids. The code cells are
numbered from 1: nbval treats a cell without a number as one that was never run, and does not
compare it.
"""

import sys
from pathlib import Path

import nbformat
from execution import CHAPTERS, PAGES, Failed, executed

KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def normalised(notebook):
    """A copy in the committed form; nbformat writes it the same way every time."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = nbformat.from_dict(KERNEL)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    n_code_cells = 0
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        cell.source = "\n".join(
            line.rstrip() for line in cell.source.strip().splitlines()
        )
        cell.metadata = {
            key: value
            for key, value in cell.metadata.items()
            if key in ("mystnb", "tags")
        }
        if cell.cell_type != "code":
            continue
        n_code_cells += 1
        cell.execution_count = n_code_cells
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            cell.outputs = []  # timings: they would be out of date at once
        cell.outputs = with_merged_streams(cell.outputs)
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = n_code_cells
            if "data" in output:
                output.metadata = {}
                output.data = {
                    kind: text
                    for kind, text in output.data.items()
                    if kind.startswith("text/")
                }
    return notebook


def with_merged_streams(outputs):
    """The outputs, with neighbouring pieces of one stream joined.

    The number of pieces into which a kernel cuts what a cell prints depends on timing.
    """
    merged = []
    for output in outputs:
        name = output.get("name")
        if name and merged and merged[-1].get("name") == name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def written(notebook):
    """The text of a notebook file."""
    return nbformat.writes(notebook) + "\n"


def main(paths):
    """Execute and normalise; if a chapter raises, nothing is written."""
    for path, notebook in zip(paths, executed(paths), strict=True):
        path.write_text(written(normalised(notebook)), encoding="utf-8")


if __name__ == "__main__":
    try:
        main([Path(name).resolve() for name in sys.argv[1:]] or CHAPTERS + PAGES)
    except Failed as failure:
        sys.exit(str(failure))
