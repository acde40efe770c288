"""Reads plain data (from JSON) one named value at a time and says in words what is wrong with it and where: a missing
or unknown key, a number out of range, a word that is not a choice. Owned by the room `overlay`; pure, any thread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args


class Broken(ValueError):
    """The data is not what it must be; the message says where and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class Checked:
    """One table of plain data. Every key must be asked for before `finish`, or it is unknown."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
            raise Broken(where, "a table was expected")
        self.where = where
        self._data: Mapping[str, object] = data
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        return key in self._data

    def _get(self, key: str) -> object:
        self._asked.add(key)
        if key not in self._data:
            raise Broken(self.where, f"‘{key}’ is missing")
        return self._data[key]

    def text(self, key: str, default: str | None = None) -> str:
        if default is not None and key not in self._data:
            return default
        value = self._get(key)
        if not isinstance(value, str):
            raise Broken(self.where, f"‘{key}’ must be a text")
        return value

    def number(self, key: str, default: float | None = None, low: float = -1e4, high: float = 1e4) -> float:
        if default is not None and key not in self._data:
            return default
        return self._number(key, self._get(key), low, high)

    def _number(self, key: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Broken(self.where, f"‘{key}’ must be a number")
        if not low <= value <= high:
            raise Broken(self.where, f"‘{key}’ must lie between {low:g} and {high:g}")
        return float(value)

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        value = self._get(key)
        if not isinstance(value, list) or len(value) != count:
            raise Broken(self.where, f"‘{key}’ must be {count} numbers")
        return tuple(self._number(key, one, -1e4, 1e4) for one in value)

    def flag(self, key: str) -> bool:
        if key not in self._data:
            return False
        value = self._get(key)
        if not isinstance(value, bool):
            raise Broken(self.where, f"‘{key}’ must be true or false")
        return value

    def choice(self, key: str, choices: Any, default: str | None = None) -> Any:
        """One of the words of a `Literal` type."""
        value = self.text(key, default)
        if value not in get_args(choices):
            raise Broken(self.where, f"‘{key}’ must be one of {', '.join(get_args(choices))}")
        return value

    def part(self, key: str) -> Checked:
        return Checked(self._get(key), f"{self.where}.{key}")

    def parts(self, key: str) -> tuple[Checked, ...]:
        if key not in self._data:
            return ()
        value = self._get(key)
        if not isinstance(value, list):
            raise Broken(self.where, f"‘{key}’ must be a list")
        return tuple(Checked(one, f"{self.where}.{key}[{index}]") for index, one in enumerate(value))

    def table(self, key: str) -> Mapping[str, object]:
        value = self._get(key)
        if not isinstance(value, Mapping):
            raise Broken(self.where, f"‘{key}’ must be a table")
        return value

    def finish(self) -> None:
        """Every key has been asked for; one that has not is a mistake."""
        unknown = sorted(set(self._data) - self._asked)
        if unknown:
            raise Broken(self.where, f"unknown key ‘{unknown[0]}’")
