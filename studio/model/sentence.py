"""What the studio says to a person: one sentence in Korean and the same in English, and the refusal that carries it.
Owned by whoever speaks; pure, any thread. A sentence says what happened, what was done and what the person can do
(house law 13)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """The same words twice; Korean comes first."""

    ko: str
    en: str

    def both(self) -> str:
        """Two lines for a terminal, Korean first."""
        return f"{self.ko}\n{self.en}"


class Refusal(Exception):
    """Something was asked that cannot be done; nothing was changed. `code` is a stable name for programs."""

    def __init__(self, ko: str, en: str, code: str = "refused") -> None:
        super().__init__(en)
        self.sentence = Sentence(ko, en)
        self.code = code
