"""The package loads with NumPy alone, its imports run one way, its data equal the sources."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import emlib
from emlib import datasets, display, gmm
from emlib._topics import topics
from emlib.exercises import mistakes, names
from tests.test_equations import BOOK

PACKAGE = Path(emlib.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


# What a module may import besides NumPy; `import emlib.exercises` imports none of it.
OPTIONAL = {
    "plotting.py": {"matplotlib"},
    "estimators/__init__.py": {"sklearn"},
    "estimators/climbs.py": {"tqdm"},
    "estimators/gaussian_mixture.py": {"sklearn"},
    "estimators/starts.py": {"sklearn"},
    "gmm/streaming/team.py": {"threadpoolctl"},
    "hmc/_sample.py": {"arviz", "tqdm"},
    "exercises/grading.py": {"tqdm"},
    "exercises/_shell.py": {"IPython", "matplotlib_inline", "traitlets"},
    "exercises/_submission.py": {"IPython", "nbformat"},
}


# What the modules that all others build on may import from the package.
BENEATH = {
    "_checks.py": (),
    "acceleration/__init__.py": ("emlib._checks", "emlib.acceleration"),
    "acceleration/naive.py": ("emlib._checks", "emlib.acceleration"),
    "acceleration/vectorized.py": ("emlib._checks", "emlib.acceleration"),
    "em.py": ("emlib._checks", "emlib.acceleration"),
}


def imported(path):
    """The dotted names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_modules_beneath_exist():
    assert all((PACKAGE / name).exists() for name in BENEATH)


@pytest.mark.parametrize(
    "path", MODULES, ids=[str(p.relative_to(PACKAGE)) for p in MODULES]
)
def test_only_plotting_needs_more_than_numpy(path):
    standard = sys.stdlib_module_names | {"numpy", "emlib"}
    others = {name.split(".")[0] for name in imported(path)} - standard
    assert others <= OPTIONAL.get(str(path.relative_to(PACKAGE)), set())


@pytest.mark.parametrize(
    "path", MODULES, ids=[str(p.relative_to(PACKAGE)) for p in MODULES]
)
def test_imports_run_one_way(path):
    names = " ".join(imported(path))
    if path.name == "naive.py":
        assert ".vectorized" not in names
    if path.name == "vectorized.py":
        assert ".naive" not in names
    beneath = BENEATH.get(str(path.relative_to(PACKAGE)))
    if beneath is not None:
        inside = {name for name in imported(path) if name.startswith("emlib")}
        assert all(name.startswith(beneath) for name in inside)


IN_TOPICS = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in topics()]


@pytest.mark.parametrize(
    "path", IN_TOPICS, ids=[str(p.relative_to(PACKAGE)) for p in IN_TOPICS]
)
def test_a_topic_knows_nothing_of_what_builds_on_it(path):
    """Only its problems and mistakes may import `emlib.problems` and `emlib.exercises`."""
    topic, *inside = path.relative_to(PACKAGE).parts
    names = [name for name in imported(path) if name.startswith("emlib.")]
    above = {"plotting", "estimators", "exercises", "problems"}
    if inside[0] in ("problems.py", "mistakes.py", "mistakes"):
        above -= {"exercises", "problems"}
    else:
        assert not any(name.split(".")[2:3] == ["mistakes"] for name in names)
    assert not above & {part for name in names for part in name.split(".")[1:3]}
    if path.name != "naive.py":
        loops = {name for name in names if ".naive" in name}
        assert all(name.startswith(f"emlib.{topic}.") for name in loops)


def test_a_topic_loads_without_its_exercises():
    code = f"""
import sys
import {", ".join(f"emlib.{topic}" for topic in topics())}
loaded = {{name for name in sys.modules if name.startswith("emlib.")}}
assert not any(name.split(".")[1] in ("problems", "exercises", "plotting") for name in loaded)
assert not any({{"problems", "mistakes"}} & set(name.split(".")) for name in loaded)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize("folder", ["gmm/streaming", "estimators"])
def test_the_files_of_a_package_import_each_other_one_way(folder):
    """They do so at the top of a file, where an import cannot hide a cycle."""
    dotted = f"emlib.{folder.replace('/', '.')}"
    paths = {f"{dotted}.{p.stem}": p for p in (PACKAGE / folder).glob("*.py")}
    uses = {}
    for module, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {node for node in tree.body if isinstance(node, ast.ImportFrom)}
        inside = {
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module.startswith("emlib")
        }
        assert inside <= top
        uses[module] = set()
        for name in imported(path):
            if name.startswith(f"{dotted}."):
                found = [p for p in paths if f"{name}.".startswith(f"{p}.")]
                assert found, f"{name} stands in __init__.py, which is above {path}"
                uses[module].update(found)
    assert len(uses) > 5
    list(TopologicalSorter(uses).static_order())  # raises CycleError


ARRAY_CODE = "linalg|einsum| @ |.sum(|.dot(|.mean(|np.sum(|np.log(|np.exp("
UNSOUND = "linalg.inv|linalg.pinv|linalg.det|np.random.seed|np.random.rand"


@pytest.mark.parametrize(
    ("path", "forbidden"),
    [(path, ARRAY_CODE) for path in sorted(PACKAGE.glob("*/naive.py"))]
    + [(path, UNSOUND) for path in MODULES],
    ids=lambda value: (
        str(value.relative_to(PACKAGE)) if isinstance(value, Path) else None
    ),
)
def test_naive_is_naive_and_nothing_inverts_or_draws_globally(path, forbidden):
    source = path.read_text(encoding="utf-8")
    assert [words for words in forbidden.split("|") if words in source] == []


def test_the_package_loads_and_checks_with_numpy_alone():
    code = """
import sys
absent = ("threadpoolctl", "matplotlib", "IPython", "scipy", "sklearn", "nbformat", "tqdm")
sys.modules.update(dict.fromkeys(absent))  # importing them fails
import numpy as np
from importlib import import_module
from emlib import datasets, display, em, gmm, kmeans, problems, race, search, selection
from emlib._topics import topics
from emlib.exercises import check, mistakes, names
for topic in topics():
    import_module(f"emlib.{topic}")
for name in names():
    problems.draw(name, np.random.default_rng(0))
    mistakes.known(name)
assert check("gmm.e_step", gmm.naive.e_step)
assert check("kmeans.update", kmeans.naive.update)
X = datasets.old_faithful()
start = gmm.vectorized.m_step(X, np.ones((272, 1)))
em.fit(gmm.vectorized, X, start)
em.fit(gmm.vectorized, X, start, acceleration="squarem")
gmm.streaming.fit(X, start)
kmeans.vectorized.fit(X, kmeans.vectorized.seed(X, 2, np.random.default_rng(0)))
best = search.climb_all(X, 2, 2, np.random.default_rng(0)).best.params
selection.vectorized.icl(X, best, "full")
import emlib.exercises.__main__
emlib.exercises.__main__.main([])
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_old_faithful():
    X = datasets.old_faithful()
    assert X.shape == (272, 2)
    np.testing.assert_allclose(
        X.mean(axis=0), [3.487783088235294, 70.8970588235294], rtol=1e-14
    )


def test_coins_count_their_own_tosses():
    sets = datasets.coins()
    counted = [[tosses.count("H"), tosses.count("T")] for tosses in sets.tosses]
    np.testing.assert_array_equal(sets.counts, counted)


def test_linkage():
    np.testing.assert_array_equal(datasets.linkage(), [125, 18, 20, 34])


def test_galaxies_are_the_corrected_ones():
    velocity = datasets.galaxies()
    assert velocity.shape == (82, 1)
    assert velocity[77, 0] == 26960


def test_iris_is_fisher_s():
    irises = datasets.iris()
    assert irises.measurements.shape == (150, 4)
    species, counts = np.unique(irises.species, return_counts=True)
    assert list(zip(species.tolist(), counts.tolist(), strict=True)) == [
        ("setosa", 50),
        ("versicolor", 50),
        ("virginica", 50),
    ]
    # Another widely used copy has 0.1 for the width of the petal here.
    np.testing.assert_array_equal(irises.measurements[34], [4.9, 3.1, 1.5, 0.2])


def test_data_are_fresh_copies():
    datasets.old_faithful()[0, 0] = np.nan
    assert np.isfinite(datasets.old_faithful()).all()


def test_show_prints_the_package_s_own_lines_without_the_docstring():
    shown = display.show(gmm.naive.e_step)
    assert "# eq-gmm-responsibility" in repr(shown)
    assert '"""' not in repr(shown)
    assert repr(shown).splitlines()[0].startswith("def e_step(")
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"
    source = (PACKAGE / "gmm" / "naive.py").read_text(encoding="utf-8")
    for line in repr(shown).splitlines():
        assert line in source


def test_show_takes_methods_too():
    assert repr(display.show(display.Source.__repr__)).startswith("def __repr__(self):")


EXPORTS = {"skl2onnx", "skops.io"}  # in the README, but not in the environment


def test_the_code_of_the_readme_runs():
    """All code that can run here, in order, in one session."""
    text = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    session, left_out = {}, []
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        wanted = {name for name in EXPORTS if f"import {name}\n" in block}
        if all(find_spec(name.partition(".")[0]) for name in wanted):
            exec(block, session)
        else:
            left_out.append(wanted)
    assert session["result"].converged
    assert len(session["mixture"].predict(session["X"])) == 272
    labels = session["mixture"].predict(session["X"])
    assert (session["same"].predict(session["X"]) == labels).all()
    assert len(left_out) <= len(EXPORTS)


def test_what_the_readme_counts_is_so():
    text = " ".join((PACKAGE.parent / "README.md").read_text(encoding="utf-8").split())
    assert "nine hundred known mistakes" in text
    assert sum(len(mistakes.known(name)) for name in names()) >= 900
    assert "half of the numbered equations" in text
    with_code = [label for label in BOOK if label.startswith("eq-")]
    assert 0.5 < len(with_code) / len(BOOK) < 0.65
