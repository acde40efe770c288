"""Manners of a module: it opens by saying what it decides, is called by what it is, stays short, swallows nothing."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.quality.reading import Module, modules, read, where

OPENING = 60  # characters of the first paragraph, at least
LONGEST = 450  # lines of a module
REASON = 10  # characters of a comment that says why everything is caught, at least
HOMELESS = {"utils", "util", "common", "helpers", "helper", "misc", "shared", "manager", "managers", "handlers", "base"}


def opening(module: Module) -> Iterator[str]:
    words = " ".join((ast.get_docstring(module.tree) or "").split("\n\n")[0].split())
    if len(words) < OPENING:
        yield f"{where(module, 1)}: opens with {len(words)} characters, a paragraph has {OPENING}"


def length(module: Module) -> Iterator[str]:
    lines = module.text.count("\n")
    if lines > LONGEST:
        yield f"{where(module, lines)}: {lines} lines want to be two modules"


def names(module: Module) -> Iterator[str]:
    for part in module.inside.split("."):
        if part.strip("_") in HOMELESS:
            yield f"{where(module, 1)}: {part} is no noun of the house"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ClassDef):
            continue
        is_log_handler = any(ast.unparse(base).endswith("Handler") for base in node.bases)
        if node.name.endswith("Manager") or (node.name.endswith("Handler") and not is_log_handler):
            yield f"{where(module, node.lineno)}: {node.name} says nothing about what it is"


def swallowing(module: Module) -> Iterator[str]:
    comments: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = re.sub(
                r"#|(noqa|type|pragma)\b:?\s*[\w\[\], -]*?(?=\s[-–—(]|\s*$|#)", "", token.string
            )
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            yield f"{where(module, node.lineno)}: bare except"
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if {ast.unparse(one) for one in caught}.isdisjoint({"Exception", "BaseException"}):
            continue
        reason = max((comments.get(line, "").strip(" -–—()") for line in (node.lineno, node.lineno - 1)), key=len)
        if len(reason) < REASON:
            yield f"{where(module, node.lineno)}: except {ast.unparse(node.type)} without its reason in a comment"


@pytest.mark.parametrize("law", [opening, length, names, swallowing])
def test_every_module_keeps_the_law(law) -> None:
    assert [breach for module in modules() for breach in law(module)] == []


def test_the_folder_of_the_set_up_is_no_package() -> None:
    """An __init__.py there would hide the library of the same name, which pytest and hatchling import."""
    assert not (modules()[0].file.parent.parent / "packaging" / "__init__.py").exists()


PARAGRAPH = '"""What this decides, who owns it, which thread: a paragraph of sixty characters or more."""\n'


@pytest.mark.parametrize(
    ("law", "name", "text"),
    [
        (opening, "studio.sink", ""),
        (opening, "studio.sink", '"""Sink."""'),
        (length, "studio.sink", PARAGRAPH + "x = 1\n" * 450),
        (names, "studio.media.utils", PARAGRAPH),
        (names, "studio.sink", "class SceneManager: ..."),
        (names, "studio.sink", "class EventHandler: ..."),
        (swallowing, "studio.sink", "try: ...\nexcept: ..."),
        (swallowing, "studio.sink", "try: ...\nexcept Exception: ..."),
        (swallowing, "studio.sink", "try: ...\nexcept (OSError, Exception) as e:  # noqa: BLE001\n    ..."),
    ],
)
def test_bad_manners_are_seen(law, name: str, text: str) -> None:
    assert list(law(read(text, name)))


@pytest.mark.parametrize(
    ("law", "text"),
    [
        (opening, PARAGRAPH),
        (names, "class JournalHandler(logging.Handler): ..."),
        (swallowing, "try: ...\nexcept OSError: ..."),
        (swallowing, "try: ...\nexcept Exception:  # a camera driver raises anything at all\n    ..."),
        (swallowing, "try: ...\n# the last words of a dying process must get out\nexcept BaseException: ..."),
        (swallowing, "try: ...\nexcept Exception:  # noqa: BLE001 - a driver raises anything at all\n    ..."),
    ],
)
def test_good_manners_are_left_alone(law, text: str) -> None:
    assert list(law(read(text))) == []
