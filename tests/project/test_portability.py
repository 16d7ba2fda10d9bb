"""What can be known about Windows and macOS without them: nothing POSIX-only outside a guard, text always with an encoding."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "perfanalysis"
FILES = sorted(PACKAGE.rglob("*.py"))

POSIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
POSIX_NAMES = {
    "os": {"fork", "forkpty", "geteuid", "getuid", "killpg", "mkfifo", "nice", "sched_getaffinity", "sched_setaffinity", "setpgrp", "setsid", "wait4", "waitpid", "wait3"},
    "signal": {"SIGALRM", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "alarm", "setitimer"},
}  # fmt: skip
POSIX_WORDS = {"fork", "forkserver", "/tmp", "/dev/null"}
POSIX_STARTS = ("/tmp/", "/dev/shm", "/proc/", "/usr/", "/etc/", "/var/")


def not_portable(source: str) -> list[str]:
    """Every place that works on POSIX systems only and stands neither under ``if`` nor ``try``, as ``line: what``.

    A module that says at its top whether it can be used at all (``AVAILABLE = hasattr(os, "fork")`` or by ``sys.platform``) may do in its functions what it
    likes; it must still be importable everywhere.
    """
    tree = ast.parse(source)
    asks = any(
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "AVAILABLE" and re.search(r"hasattr|sys\.platform", ast.unparse(node.value))
        for node in tree.body
    )
    guards = (ast.If, ast.IfExp, ast.Try, *([ast.FunctionDef] if asks else []))
    return [f"{line}: {what}" for line, what in _look(tree, guards, guarded=False)]


def _look(node: ast.AST, guards: tuple[type, ...], guarded: bool):
    guarded = guarded or isinstance(node, guards) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "hasattr")
    if not guarded:
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, f"import {alias.name}") for alias in names if alias.name in POSIX_MODULES)
            case ast.ImportFrom(module=module) if module in POSIX_MODULES:
                yield node.lineno, f"import {module}"
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in POSIX_NAMES.get(module, ()):
                yield node.lineno, f"{module}.{name}"
            case ast.Constant(value=str(text)) if text in POSIX_WORDS or text.startswith(POSIX_STARTS):
                yield node.lineno, repr(text)
    match node:
        case ast.Call(func=ast.Attribute(attr="read_text" | "write_text"), keywords=given) if not _names_encoding(given):
            yield node.lineno, "read_text or write_text without an encoding"
        case ast.Call(func=ast.Name(id="open"), args=args, keywords=given) if not _is_binary(args, given) and not _names_encoding(given):
            yield node.lineno, "open without an encoding"
    for child in ast.iter_child_nodes(node):
        yield from _look(child, guards, guarded)


def _names_encoding(given: list[ast.keyword]) -> bool:
    return any(keyword.arg in ("encoding", None) for keyword in given)


def _is_binary(args: list[ast.expr], given: list[ast.keyword]) -> bool:
    mode = args[1] if len(args) > 1 else next((keyword.value for keyword in given if keyword.arg == "mode"), None)
    return isinstance(mode, ast.Constant) and "b" in mode.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_module_works_on_windows_as_far_as_can_be_seen(path):
    assert not_portable(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\npid = os.fork()", ["2: os.fork"]),
        ("import os\nif hasattr(os, 'fork'):\n    os.fork()", []),
        ("import os\nAVAILABLE = hasattr(os, 'fork')\ndef run():\n    os.fork()", []),
        ("import os, fcntl\nAVAILABLE = hasattr(os, 'fork')", ["1: import fcntl"]),
        ("import resource", ["1: import resource"]),
        ("try:\n    import resource\nexcept ImportError:\n    resource = None", []),
        ("folder = '/tmp/reports'", ["1: '/tmp/reports'"]),
        ("context = get_context('fork')", ["1: 'fork'"]),
        ("path.write_text(page)", ["1: read_text or write_text without an encoding"]),
        ("path.write_text(page, encoding='utf-8')", []),
        ("open(path)", ["1: open without an encoding"]),
        ("open(path, 'rb')", []),
    ],
)
def test_the_look_itself(source, found):
    assert not_portable(source) == found


def test_no_two_files_differ_only_by_case():
    # on Windows and macOS the second would replace the first
    names = [path.relative_to(ROOT).as_posix() for folder in ("perfanalysis", "notebooks", "parameters", "tests") for path in (ROOT / folder).rglob("*")]
    names = [name for name in names if "__pycache__" not in name]
    assert len({name.casefold() for name in names}) == len(names)


def test_file_names_are_allowed_on_windows():
    folders = ("perfanalysis", "notebooks", "parameters", "tests", "docs")
    names = [path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    assert [str(path) for path in names if set(path.name) & set('<>:"\\|?*') or path.name.endswith((".", " "))] == []
