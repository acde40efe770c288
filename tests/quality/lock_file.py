"""Reads packaging/lock/*.txt as requirements with markers and hashes, for the tests of locks and licences."""

from __future__ import annotations

import re
from typing import NamedTuple

from packaging.requirements import Requirement

from tests.quality.reading import REPO

LOCKS = REPO / "packaging" / "lock"


class Locked(NamedTuple):
    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return plain(self.requirement.name)

    @property
    def is_for_this_system(self) -> bool:
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> list[Locked]:
    text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    entries = []
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = re.split(r"\s+--hash=", line.strip())
            entries.append(Locked(Requirement(requirement), tuple(hashes)))
    return entries
