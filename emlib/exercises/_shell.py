"""The shell that runs a submission's cells: IPython's own, as in JupyterLab's kernel.

Magics, `display`, `get_ipython`, `In`, `Out`, `_`, `await` outside of functions and commands after
``!`` are IPython's. Unlike in a kernel, figures are not shown, and a command that would change the
programs installed on this machine is noted instead of run.
"""

import ast
import os
import re
import subprocess
import sys
from contextlib import contextmanager, suppress

from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import (
    ExecutionInfo,
    ExecutionResult,
    InteractiveShell,
)
from traitlets.config import Config

CHANGES = "install|uninstall|remove|update|upgrade|add|sync|create"
INSTALLS = re.compile(
    r"\b(?:pip[\d.]*|pipx|conda|mamba|micromamba|uv|poetry|apt|apt-get|brew|npm)"
    rf"""["']?\s(?:.*\s)?["']?(?:{CHANGES})\b"""
)
INSTALL_MAGICS = ("pip", "conda", "mamba", "micromamba", "uv")
SHELLS = ("bash", "sh", "script", "system", "sx", "!", "cmd")
# A kernel's magics for its window or its connection, which do not exist here.
WITHOUT_EFFECT = (
    "autosave",
    "clear",
    "connect_info",
    "less",
    "man",
    "more",
    "qtconsole",
)


class Compiler(CachingCompiler):
    """Names a cell's code as `name` says; code that cells compile gets IPython's own names."""

    name = None

    def get_code_name(self, raw_code, transformed_code, number):
        name, self.name = self.name, None
        return name or super().get_code_name(raw_code, transformed_code, number)


# Named as a kernel's shell, because programs recognise a kernel by that name.
class ZMQInteractiveShell(InteractiveShell):
    """Runs cells and notes what it did not run.

    Attributes
    ----------
    note : callable
        Takes a sentence.
    progress : callable
        Takes the number of the first line of each statement that is about to run.
    """

    note = progress = staticmethod(lambda words: None)
    _keep, _running, _latest, _deeper = None, None, None, 0

    def __init__(self, **options):
        config = Config()
        config.IPKernelApp.parent_appname = "ipython-kernel"
        config.HistoryManager.enabled = (
            False  # it has a thread, which a fork does not copy
        )
        config.InteractiveShell.xmode = "Minimal"  # tracebacks are not shown
        super().__init__(config=config, **options)
        self.compile = Compiler()
        self.set_hook("show_in_pager", lambda *_, **options: None, 0)
        self.ast_transformers.append(self)
        for name in WITHOUT_EFFECT:
            self.register_magic_function(lambda line: None, "line", name)
        self.extension_manager.load_extension("storemagic")

    def in_folder(self, folder):
        """Prepare to run a submission in a folder of its own."""
        self.db = type(self.db)(os.path.join(folder, ".ipython-db"))  # for %store
        _install_nothing(self._installs)

    # This shell has no event loop of a window system.
    def enable_gui(self, gui=None):
        """Do nothing."""

    def showtraceback(self, *arguments, **options):
        """As in IPython, but an error that cannot be shown does not end the run."""
        with suppress(Exception):
            super().showtraceback(*arguments, **options)

    def ask_exit(self):
        """Do nothing: `exit` ends a kernel, but here the cells after it still run."""

    def enable_matplotlib(self, gui=None):
        """Use the backend Agg, which shows no figures, whatever was asked for."""
        return gui, "agg"

    def var_expand(self, cmd, depth=0, **options):
        """Expand the caller's variables, which are more frames up than in IPython."""
        return super().var_expand(cmd, depth=depth + 1 + self._deeper, **options)

    def system(self, cmd):
        """Run a command after ``!``."""
        if self._installs(f"!{cmd}", self.var_expand(cmd, depth=1)):
            return
        with self._one_deeper():
            super().system_piped(cmd)

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        """Run a command and return its output: ``files = !ls``."""
        if self._installs(f"!{cmd}", self.var_expand(cmd, depth=depth + 1)):
            cmd = ":"
        return super().getoutput(cmd, split=split, depth=depth + 1)

    @contextmanager
    def _one_deeper(self):
        self._deeper += 1
        try:
            yield
        finally:
            self._deeper -= 1

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        """Run a line magic."""
        if magic_name in INSTALL_MAGICS:
            return self._not_run(f"%{magic_name} {line}")
        if magic_name == "config" and "InlineBackend" in line:
            _let_figures_be_configured(self)
        return super().run_line_magic(magic_name, line, _stack_depth=_stack_depth + 1)

    def run_cell_magic(self, magic_name, line, cell):
        """Run a cell magic."""
        if magic_name in INSTALL_MAGICS:
            return self._not_run(f"%%{magic_name} {line}")
        if magic_name in SHELLS and self._installs(f"%%{magic_name} {line}", cell):
            return None
        return super().run_cell_magic(magic_name, line, cell)

    def _installs(self, words, command):
        found = [line for line in command.splitlines() if INSTALLS.search(line)]
        if found:
            same = found[0] in words or not words
            self._not_run((words or found[0]) if same else f"{words}: {found[0]}")
        return bool(found)

    def _not_run(self, words):
        self.note(
            f"{words.strip()!r} was not run: grading does not install or remove programs"
        )

    async def run_code(self, code_obj, result=None, *, async_=False):
        """Run a statement, and report its line as progress."""
        if code_obj.co_filename == self._running:  # not in a cell that a cell runs
            lines = [line for _, _, line in code_obj.co_lines() if line]
            self.progress(min(lines, default=1))
            self._latest = result
        return await super().run_code(code_obj, result, async_=async_)

    def visit(self, tree):
        """Reduce the cell's syntax tree to the statements that are to run."""
        if self._keep is not None:
            tree.body = list(filter(self._keep, tree.body))
            self._keep = None
        return tree

    async def run(self, source, name, before=None):
        """Run a notebook's cell.

        Parameters
        ----------
        source : str
            The cell's text.
        name : str
            The file name that its code gets.
        before : int, optional
            Run only the statements that end before this line.

        Returns
        -------
        BaseException or None
            What it raised.
        """
        self.compile.name = self._running = name
        self._keep = lambda node: before is None or node.end_lineno < before
        code, problem = source, None
        # IPython drops blank lines at the beginning, which would change the line numbers.
        blank = re.match(r"(?:[ \t]*\n)*", source).end()
        try:
            code = source[:blank] + self.transform_cell(source[blank:])
        except Exception:
            problem = sys.exc_info()
        try:
            result = await self.run_cell_async(
                source,
                store_history=True,
                transformed_cell=code,
                preprocessing_exc_tuple=problem,
            )
        except Exception:  # IPython could not format an error
            result = self._latest
        self.events.trigger("post_execute")
        self.events.trigger("post_run_cell", result)
        if "matplotlib.pyplot" in sys.modules:  # a figure belongs to its cell
            sys.modules["matplotlib.pyplot"].close("all")
        return result.error_before_exec or result.error_in_exec

    async def run_statement(self, node, name):
        """Run a statement of a Python file, given as a syntax tree; return what it raised."""
        self._running = name
        result = ExecutionResult(ExecutionInfo("", False, True, True, None))
        tree = ast.Module([node], [])
        with self.builtin_trap, self.display_trap:
            await self.run_ast_nodes(tree.body, name, "none", self.compile, result)
        return result.error_before_exec or result.error_in_exec


def _install_nothing(installs):
    """Replace installing commands that a submission starts itself by ones that do nothing."""

    def words(command):
        if isinstance(command, (list, tuple)):
            return " ".join(os.fsdecode(part) for part in command)
        return os.fsdecode(command)

    def begin(self, args, *rest, **options):
        if installs("", words(args)):
            args = ":" if options.get("shell") else [sys.executable, "-c", ""]
            options.pop("executable", None)
        return begin_any(self, args, *rest, **options)

    def system(command):
        return 0 if installs("", words(command)) else any_system(command)

    begin_any, subprocess.Popen.__init__ = subprocess.Popen.__init__, begin
    any_system, os.system = os.system, system


def _let_figures_be_configured(shell):
    """Support ``%config InlineBackend...`` where the package for it is installed."""
    try:
        from matplotlib_inline.config import InlineBackend
    except ImportError:
        return
    backend = InlineBackend.instance(parent=shell)
    if backend not in shell.configurables:
        shell.configurables.append(backend)
