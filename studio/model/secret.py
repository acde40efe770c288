"""A secret is one type (house law 10): it never shows itself in repr, str, logs, exceptions or JSON; only `reveal()`
gives the text, and only where it leaves through a pipe. Pure, any thread."""

from __future__ import annotations


class Secret:
    """A stream key or token."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the pipe to the process that needs it, nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "•••"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
