"""Execute the book's notebooks side by side, each once, into a cache that others read.

``make html`` runs this first. The build takes the pages' outputs from the cache, and
tests/test_notebooks.py compares the same outputs with those that are stored: one execution, two
uses. The first of the two that needs a notebook which is not in the cache executes it, so that each
also works alone.

The cache is jupyter-cache's, which MyST-NB reads. It is filled before the build and not by it,
because Sphinx shares out documents in batches by name and Jupyter Book has no option for that.
"""

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import yaml
from execution_cache import cache_of
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from emlib._processors import usable_processors

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "book").glob("*/*.ipynb"))
# Short pages below a chapter; their exercises are in the chapter.
PAGES = sorted((ROOT / "book").glob("*/*/*.ipynb"))
SETTINGS = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["execute"]
# One thread of linear algebra a kernel: several kernels share the processors already.
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB")
}


class Failed(Exception):
    """A cell raised, or took too long: the message has the notebook and the traceback."""


def executed(paths):
    """The notebooks with the outputs of a fresh execution, in the order of the paths.

    What the cache holds was executed with the same code, the same package and the same libraries
    (see `execution_cache`).

    Raises
    ------
    Failed
        If a notebook cannot be executed to its end. Those that can be are in the cache by then.
    """
    cache = get_cache(cache_of(ROOT))
    notebooks = {path: nbformat.read(path, as_version=4) for path in paths}
    missing = {path: nb for path, nb in notebooks.items() if not _is_in(cache, nb)}
    failures = []
    if missing:
        # In a separate thread, because the caller may already have a running event loop.
        with ThreadPoolExecutor(1) as thread:
            failures = thread.submit(
                lambda: asyncio.run(_execute(missing, cache))
            ).result()
    if failures:
        raise Failed("\n\n".join(failures))
    return [cache.merge_match_into_notebook(nb)[1] for nb in notebooks.values()]


def _is_in(cache, notebook):
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


async def _execute(notebooks, cache):
    """Execute notebooks (by path) into the cache; return the failures, in words."""
    turns = asyncio.Semaphore(usable_processors())

    async def one(path, notebook):
        async with turns:
            began = time.perf_counter()
            client = NotebookClient(
                notebook,
                timeout=SETTINGS["timeout"],
                record_timing=False,  # the cache recognises cells by their metadata, too
                resources={"metadata": {"path": path.parent}},
            )
            name = path.relative_to(ROOT)
            try:
                await client.async_execute(env=os.environ | ONE_THREAD)
            except (CellExecutionError, CellTimeoutError) as error:
                return f"{name}: {error}"
            seconds = time.perf_counter() - began
        cache.cache_notebook_bundle(
            CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds}),
            check_validity=False,
            overwrite=True,
        )
        print(f"executed {name} in {seconds:.1f} s", flush=True)
        return None

    # The largest files first, likely the longest to run: few processors are idle at the end.
    order = sorted(notebooks, key=lambda path: path.stat().st_size, reverse=True)
    found = await asyncio.gather(*(one(path, notebooks[path]) for path in order))
    return [words for words in found if words]


if __name__ == "__main__":
    try:
        executed(CHAPTERS + PAGES)
    except Failed as failure:
        sys.exit(str(failure))
