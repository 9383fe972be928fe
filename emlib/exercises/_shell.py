"""The shell that runs a submission's cells: IPython's own, as JupyterLab's kernel has it.

Magics, `display`, `get_ipython`, `In`, `Out`, `_`, `await` outside of functions and commands after
``!`` are IPython's. What differs from a kernel: figures are drawn for nobody, and what would
change the programs installed on this machine is not run but noted.
"""

import re
import sys

from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

INSTALLERS = "pip|pip3|conda|mamba|micromamba|uv|pipx|poetry|apt|apt-get|brew|npm"
INSTALLS = re.compile(
    rf"(?:^|[;&|]|\bsudo\b|\bpython[\d.]*\s+-m|\}}\s+-m)\s*(?:\S*/)?(?:{INSTALLERS})\s",
    re.M,
)
INSTALL_MAGICS = ("pip", "conda", "mamba", "micromamba", "uv")
SHELLS = ("bash", "sh", "script", "system", "sx", "!", "cmd")


class Compiler(CachingCompiler):
    """Gives a cell's code the name that it is told, and numbers those that cells make."""

    name = None

    def get_code_name(self, raw_code, transformed_code, number):
        name, self.name = self.name, None
        return name or super().get_code_name(raw_code, transformed_code, number)


class Shell(InteractiveShell):
    """Runs cells and says what it did not run.

    Attributes
    ----------
    note : callable
        Takes a sentence.
    progress : callable
        Takes the first line of each statement that is about to run.
    """

    note = progress = staticmethod(lambda words: None)
    _keep = None

    def __init__(self, **options):
        config = Config()
        config.HistoryManager.enabled = (
            False  # a file, and a thread, which is not copied
        )
        config.InteractiveShell.xmode = "Minimal"  # nobody reads it
        super().__init__(config=config, **options)
        self.compile = Compiler()
        self.set_hook("show_in_pager", lambda *_: None, 0)
        self.ast_transformers.append(self)
        self.events.register("post_run_cell", _close_figures)

    # A kernel has no event loop of a window system to enter, and neither has this.
    def enable_gui(self, gui=None):
        """Nothing is to be enabled."""

    def enable_matplotlib(self, gui=None):
        """Whatever was asked for, figures are drawn where nobody sees them."""
        return gui, "agg"

    def system(self, cmd):
        """A command after ``!``."""
        return None if self._installs(f"!{cmd}", cmd) else super().system_piped(cmd)

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        """A command whose output is kept: ``files = !ls``."""
        if self._installs(f"!{cmd}", cmd):
            cmd = ":"
        return super().getoutput(cmd, split=split, depth=depth + 1)

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        """A magic of one line."""
        if magic_name in INSTALL_MAGICS:
            return self._not_run(f"%{magic_name} {line}")
        if magic_name == "config" and "InlineBackend" in line:
            _let_figures_be_configured(self)
        return super().run_line_magic(magic_name, line, _stack_depth=_stack_depth + 1)

    def run_cell_magic(self, magic_name, line, cell):
        """A magic of a cell."""
        if magic_name in INSTALL_MAGICS:
            return self._not_run(f"%%{magic_name} {line}")
        if magic_name in SHELLS and self._installs(f"%%{magic_name} {line}", cell):
            return None
        return super().run_cell_magic(magic_name, line, cell)

    def _installs(self, words, command):
        found = [line for line in command.splitlines() if INSTALLS.search(line)]
        if found:
            self._not_run(
                words if found[0] in words else f"{words.strip()}: {found[0]}"
            )
        return bool(found)

    def _not_run(self, words):
        self.note(
            f"{words.strip()!r} was not run: grading changes no program on this machine"
        )

    async def run_code(self, code_obj, result=None, *, async_=False):
        """A statement."""
        lines = [line for _, _, line in code_obj.co_lines() if line]
        self.progress(min(lines, default=1))
        return await super().run_code(code_obj, result, async_=async_)

    def visit(self, tree):
        """As a transformer of syntax trees: of the cell at hand only what is to run."""
        if self._keep is not None:
            tree.body = [
                node for i, node in enumerate(tree.body) if self._keep(i, node)
            ]
            self._keep = None
        return tree

    async def run(self, source, name, statement=None, before=None):
        """Run a cell.

        Parameters
        ----------
        source : str
            Of a notebook's cell as it stands there; of a Python file all of it.
        name : str
            The name of the file that its code is said to be in.
        statement : int, optional
            Which statement of a Python file to run.
        before : int, optional
            Run only what ends before this line.

        Returns
        -------
        BaseException or None
            What it raised.
        """

        def keep(i, node):
            return (statement is None or i == statement) and (
                before is None or node.end_lineno < before
            )

        self._keep, self.compile.name = keep, name
        code, problem = source, None
        if statement is None:
            # IPython drops blank lines at the beginning; the numbers of the lines are to stay.
            blank = re.match(r"(?:[ \t]*\n)*", source).end()
            try:
                code = source[:blank] + self.transform_cell(source[blank:])
            except Exception:
                problem = sys.exc_info()
        result = await self.run_cell_async(
            source,
            store_history=True,
            transformed_cell=code,
            preprocessing_exc_tuple=problem,
        )
        return result.error_before_exec or result.error_in_exec


def _close_figures(_result):
    """As the inline backend does: a figure belongs to its cell."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def _let_figures_be_configured(shell):
    """Let ``%config InlineBackend...`` be understood, where the package for it is installed."""
    try:
        from matplotlib_inline.config import InlineBackend
    except ImportError:
        return
    backend = InlineBackend.instance(parent=shell)
    if backend not in shell.configurables:
        shell.configurables.append(backend)
