"""Everything that is installed with the studio may be given away together with it under GPL-3.0-or-later."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from tests.quality.lock_file import Locked, locked

COMPATIBLE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Zlib",
}
# How older metadata says the same.
OLD_WORDS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# Odd ones: name → what its metadata says, looked at by a person, and why that is fine.
LOOKED_AT = {
    # One of three may be chosen; "GPL-3.0" is an old name of GPL-3.0-only.
    "shiboken6": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0",
    "pyside6-essentials": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0",
}


def said_by(name: str) -> str:
    """The licence expression of an installed package, or what its older fields amount to."""
    facts = metadata.metadata(name)
    if facts.get("License-Expression"):
        return facts["License-Expression"]
    classifiers = [OLD_WORDS[word] for word in facts.get_all("Classifier", []) if word in OLD_WORDS]
    return " AND ".join(classifiers) or facts.get("License") or ""


def is_compatible(expression: str) -> bool:
    """AND needs all, OR needs one; brackets do not occur and are refused."""
    if not expression or re.search(r"[()]", expression):
        return False
    return all(
        any(choice.strip() in COMPATIBLE for choice in re.split(r"\bOR\b", part))
        for part in re.split(r"\bAND\b", expression)
    )


@pytest.mark.parametrize(
    "entry", [one for one in locked("runtime") if one.is_for_this_system], ids=lambda one: one.name
)
def test_a_runtime_dependency_may_be_given_away_with_us(entry: Locked) -> None:
    said = said_by(entry.name)
    assert is_compatible(said) or LOOKED_AT.get(entry.name) == said, f"{entry.name}: {said!r}"


@pytest.mark.parametrize(
    ("expression", "fine"),
    [
        ("MIT", True),
        ("LGPL-3.0-only OR GPL-2.0-only", True),
        ("BSD-3-Clause AND Zlib", True),
        ("GPL-2.0-only", False),
        ("MIT AND Proprietary", False),
        ("AGPL-3.0-only", False),
        ("", False),
        ("Apache 2", False),
    ],
)
def test_licence_words_are_understood(expression: str, fine: bool) -> None:
    assert is_compatible(expression) is fine
