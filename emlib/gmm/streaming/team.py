"""Threads that share the work, each limited to one thread of linear algebra."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import lru_cache

from emlib import _checks
from emlib._processors import usable_threads


class Team:
    """Threads that share the spans, each with one thread of linear algebra.

    That takes threadpoolctl. If it is installed, the default is as many as the process may use
    (`usable_threads`), and 1 if it is not.
    """

    def __init__(self, n_threads):
        if n_threads is None:
            n_threads = usable_threads() if _controller() else 1
        self.n_threads = _checks.whole_number(n_threads, "n_threads")

    def __enter__(self):
        self.stack = ExitStack()
        self.stack.enter_context(_one_thread_each())
        self.pool = self.stack.enter_context(ThreadPoolExecutor(self.n_threads))
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def share(self, spans, worker):
        """What the workers, one a thread, return for each span, in the order of the spans."""
        n = min(self.n_threads, len(spans))

        def some(first):
            work = worker()
            return [work(span) for span in spans[first::n]]

        shares = list((self.pool.map if n > 1 else map)(some, range(n)))
        return [shares[i % n][i // n] for i in range(len(spans))]


@lru_cache(maxsize=1)
def _controller():
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


_teams, _teams_lock, _limit = 0, threading.Lock(), None


@contextmanager
def _one_thread_each():
    """Limit the whole process: the first team at work sets the limit, the last lifts it."""
    global _teams, _limit
    with _teams_lock:
        if _teams == 0 and (controller := _controller()):
            _limit = controller.limit(limits=1, user_api="blas")
        _teams += 1
    try:
        yield
    finally:
        with _teams_lock:
            _teams -= 1
            if _teams == 0 and _limit:
                _limit.restore_original_limits()
                _limit = None
