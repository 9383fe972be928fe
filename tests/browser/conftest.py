"""One browser and one server for all pages of the book."""

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser import page_checks

BOOK = Path(__file__).parents[2] / "_build" / "html"
# The first is the same engine without a browser's windows: it costs two thirds of the time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    # A page's request to another host is recorded as a fault, and never leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # Without the others a browser calls its maker at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


class QuietHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        # A browser that closes a page drops its connections; that is no error of the page's.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; yields its address."""
    handler = partial(QuietHandler, directory=str(folder))
    with QuietServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[BrowserContext]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"no browser: install Chromium (looked for {', '.join(BROWSERS)})")
    sandbox = [] if os.getuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        process = playwright.chromium.launch(
            executable_path=executable, args=ARGUMENTS + sandbox
        )
        # One window for all pages: its cache spares each the megabytes that all of them load.
        yield process.new_context(color_scheme="light", reduced_motion="reduce")
        process.close()


@pytest.fixture(scope="session")
def readable() -> set[str]:
    """How text looks that some page of the book has shown to be readable."""
    return set()


@pytest.fixture(scope="session")
def book() -> Path:
    if not (BOOK / "index.html").is_file():
        pytest.skip("no built book: run 'make book' first")
    return BOOK


@pytest.fixture(scope="session")
def book_url(book: Path) -> Iterator[str]:
    with served(book) as url:
        yield url


@pytest.fixture
def serve():
    """Serve a folder for the length of one test."""
    with contextlib.ExitStack() as stack:
        yield lambda folder: stack.enter_context(served(folder))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in {"chapter_name", "page_name"} & set(metafunc.fixturenames):
        pages = page_checks.pages_to_visit(BOOK)
        chapters = {p for p in pages if p.count("/") == 2 and p.startswith("book/")}
        some = [page for page in pages if (page in chapters) == (name[0] == "c")]
        # Without a book there is still one test, which its fixtures then skip with a message.
        metafunc.parametrize(name, some or ["index.html"])
