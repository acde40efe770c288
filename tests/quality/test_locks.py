"""The locks hold what pyproject.toml asks for, exactly one version per system and Python, from no address."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.quality.lock_file import LOCKS, locked, plain
from tests.quality.reading import REPO

PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
ASKED = {"runtime": PROJECT["project"]["dependencies"] + GROUPS["build"], "test": GROUPS["test"]}


@pytest.mark.parametrize("lock", ["runtime", "test"])
def test_everything_asked_for_is_locked(lock: str) -> None:
    there = {entry.name: entry for entry in locked(lock)}
    for words in ASKED[lock]:
        asked = Requirement(words)
        for entry in (entry for entry in locked(lock) if entry.name == plain(asked.name)):
            (version,) = entry.requirement.specifier
            for python in PYTHONS:
                if applies(asked, python) and applies(entry.requirement, python):
                    assert asked.specifier.contains(version.version), f"{entry.requirement} does not fit {asked}"
        assert plain(asked.name) in there, f"{asked} is not locked; run packaging/lock.py"


def applies(requirement: Requirement, python: str) -> bool:
    """Whether a requirement's marker holds on that Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.mark.parametrize("lock", ["runtime", "test"])
def test_every_entry_is_one_version_with_hashes(lock: str) -> None:
    assert locked(lock)
    for entry in locked(lock):
        assert re.fullmatch(r"==[\w.]+", str(entry.requirement.specifier)), entry.requirement
        assert entry.hashes, entry.requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in entry.hashes), entry.requirement


@pytest.mark.parametrize("lock", ["runtime", "test"])
def test_no_address_and_no_path_of_a_machine_is_written_down(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|@ |\s/\w", text)


def test_both_locks_agree() -> None:
    runtime = {entry.name: entry.requirement.specifier for entry in locked("runtime")}
    for entry in locked("test"):
        assert runtime.get(entry.name, entry.requirement.specifier) == entry.requirement.specifier


@pytest.mark.parametrize(("python", "version"), [("3.11", "18.1"), ("3.12", "19."), ("3.13", "19."), ("3.14", "19.")])
def test_av_follows_the_python(python: str, version: str) -> None:
    fitting = [
        str(entry.requirement.specifier)
        for entry in locked("runtime")
        if entry.name == "av"
        and (
            entry.requirement.marker is None
            or entry.requirement.marker.evaluate({"python_full_version": f"{python}.0"})
        )
    ]
    assert len(fitting) == 1
    assert fitting[0].startswith(f"=={version}")
