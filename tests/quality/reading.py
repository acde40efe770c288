"""Reads the source of `studio/` for the tests of this folder: modules by name, imports with where they point."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[2]
STUDIO = REPO / "studio"


class Module(NamedTuple):
    name: str  # "studio.link.wire"
    file: Path
    text: str
    tree: ast.Module

    @property
    def inside(self) -> str:
        """Its name inside the house: "link.wire", "sink", "" for studio itself."""
        return self.name.removeprefix("studio").removeprefix(".")

    @property
    def room(self) -> str:
        return self.inside.split(".")[0]


class Import(NamedTuple):
    target: str  # a module, "studio.program.state" or "numpy"
    line: int
    in_function: bool


def read(text: str, name: str = "studio.example", file: Path = STUDIO / "example.py") -> Module:
    return Module(name, file, text, ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for file in sorted(STUDIO.rglob("*.py")):
        parts = file.relative_to(REPO).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(read(file.read_text(encoding="utf-8"), name, file))
    return tuple(found)


def imports(module: Module) -> Iterator[Import]:
    """Everything a module imports, at the top or inside functions, for the type checker or for real."""
    yield from _imports_below(module.tree, module, in_function=False)


def _imports_below(node: ast.AST, module: Module, *, in_function: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, in_function)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(child, module)
            for alias in child.names:
                yield Import(_module_or_its_content(base, alias.name), child.lineno, in_function)
        else:
            inner = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports_below(child, module, in_function=inner)


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    up = node.level - (module.file.name == "__init__.py")
    base = package[: len(package) - up]
    return ".".join([*base, *([node.module] if node.module else [])])


def _module_or_its_content(base: str, name: str) -> str:
    """`from studio.program import compose` means a module, `from studio.program.compose import compose` its content."""
    if base.split(".")[0] not in ("studio", "PySide6"):
        return base
    if base == "PySide6":
        return f"{base}.{name}"
    place = REPO.joinpath(*base.split("."), name)
    return f"{base}.{name}" if place.is_dir() or place.with_suffix(".py").is_file() else base


def where(module: Module, line: int) -> str:
    return f"{module.file.relative_to(REPO)}:{line}"
