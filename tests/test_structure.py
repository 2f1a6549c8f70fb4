"""Rules about the source text itself that no linter states."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import voltape

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/voltape"
MODULES = sorted(SOURCE.rglob("*.py"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
DRAWERS = {"common", "helper", "helpers", "misc", "util", "utils"}
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40


def name_of(path: Path) -> str:
    """Return the path as a reader of the test report knows it."""
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    """Return the file's text, whatever the machine's locale."""
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the module's syntax tree, parsed once for all tests here."""
    return ast.parse(text_of(path), filename=str(path))


@pytest.fixture(scope="module", autouse=True)
def _trees() -> Iterator[None]:
    yield
    tree_of.cache_clear()


def calls_of(path: Path) -> Iterator[ast.Call]:
    """Yield every call in the module."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))


def code_lines(path: Path) -> set[int]:
    """Return the numbers of lines that hold code: not blank, not only a comment, not a docstring."""
    text = text_of(path)
    quiet = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in quiet:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree_of(path)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def takes_symbol_apart(call: ast.Call) -> bool:
    """Tell whether the call is `split("-")`, or another way to cut something called a symbol at its dashes."""
    cuts = {"split", "rsplit", "partition", "rpartition"}
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in cuts:
        return False
    first = call.args[0] if call.args else None
    if not isinstance(first, ast.Constant) or first.value not in {"-", b"-"}:
        return False
    return call.func.attr == "split" or "symbol" in ast.unparse(call.func.value)


def long_functions(path: Path) -> Iterator[str]:
    """Yield a line of text for each function that holds too much code."""
    lines = code_lines(path)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = len(lines.intersection(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
            if size > MAX_FUNCTION_LINES:
                yield f"{name_of(path)}:{node.lineno} {node.name}: {size}"


def test_a_module_fits_in_one_reading() -> None:
    """No module is longer than the limit."""
    sizes = {name_of(path): len(text_of(path).splitlines()) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > MAX_MODULE_LINES} == {}


def test_a_function_fits_on_one_screen() -> None:
    """No function holds more lines of code than the limit, its docstring and comments aside."""
    assert [line for path in MODULES for line in long_functions(path)] == []


def test_modules_are_named_after_what_they_hold() -> None:
    """No module or package is a drawer for what has no better place."""
    parts = {name_of(path): set(path.relative_to(SOURCE).with_suffix("").parts) for path in MODULES}
    assert {name: found & DRAWERS for name, found in parts.items() if found & DRAWERS} == {}


def test_every_module_names_what_it_offers() -> None:
    """Each module with public content declares `__all__`."""

    def declares_all(path: Path) -> bool:
        names = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name))
        return any(name.id == "__all__" and isinstance(name.ctx, ast.Store) for name in names)

    silent = [path for path in MODULES if path.name != "__main__.py" and len(tree_of(path).body) > 1]
    assert [name_of(path) for path in silent if not declares_all(path)] == []


def test_nothing_prints() -> None:
    """Output goes through click or the log, so that `ready` stays the only line on standard output."""
    calls = (call.func for path in MODULES for call in calls_of(path))
    assert [func.lineno for func in calls if isinstance(func, ast.Name) and func.id == "print"] == []


def test_a_symbol_is_taken_apart_in_one_place() -> None:
    """Only `model.instrument` knows how symbols are built; the simulated exchange, which shares no code, aside."""
    program = [path for path in MODULES if path.relative_to(SOURCE).parts[0] != "sim"]
    places = {name_of(path) for path in program for call in calls_of(path) if takes_symbol_apart(call)}
    assert places <= {"src/voltape/model/instrument.py"}


def test_only_the_settings_read_the_environment() -> None:
    """`os.environ` and `os.getenv` occur in `voltape.config` alone."""
    readers = [path for path in MODULES if re.search(r"\b(environb?|getenv)\b", text_of(path))]
    outside = [path for path in readers if path.relative_to(SOURCE).with_suffix("").parts[0] != "config"]
    assert [name_of(path) for path in outside] == []


@pytest.mark.parametrize("path", LOCKS, ids=name_of)
def test_a_lock_holds_versions_and_hashes_only(path: Path) -> None:
    """Every line pins a version or gives a hash, so the lock is good with any index."""
    pin = re.compile(r"[a-z0-9-]+==[\w.!+]+( ; [^:/@]+)?( \\)?")
    digest = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")
    lines = text_of(path).splitlines()
    assert [line for line in lines if not pin.fullmatch(line) and not digest.fullmatch(line)] == []


def test_the_dashboards_lock_names_no_address() -> None:
    """A package manager resolves the dashboard's packages from the index it is configured with."""
    assert '"resolved"' not in text_of(ROOT / "web/package-lock.json")


def test_the_locks_agree_with_each_other() -> None:
    """A package has the same version, or versions by interpreter, whichever lock it is installed from."""
    versions: dict[str, set[frozenset[str]]] = {}
    for path in LOCKS:
        pins: dict[str, set[str]] = {}
        for name, pin in re.findall(r"^([a-z0-9-]+)==([^\\\n]+)", text_of(path), re.MULTILINE):
            pins.setdefault(name, set()).add(pin.strip())
        for name, found in pins.items():
            assert len({pin.partition(";")[2] for pin in found}) == len(found), name
            versions.setdefault(name, set()).add(frozenset(pin.split()[0] for pin in found))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_every_runtime_requirement_is_locked() -> None:
    """What pyproject.toml asks for is in the runtime lock; `make lock` was not forgotten."""
    wanted = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["dependencies"]
    locked = set(re.findall(r"^([a-z0-9-]+)==", text_of(ROOT / "requirements/runtime.lock"), re.MULTILINE))
    assert {re.split(r"[^\w-]", entry)[0] for entry in wanted} - locked == set()


def test_the_changelog_starts_with_this_version() -> None:
    """The newest released heading of the changelog is the program's version."""
    headings = re.findall(r"^## \[?(\d+\.\d+\.\d+)", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert headings[:1] == [voltape.__version__]
