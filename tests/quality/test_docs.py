"""The docs say what the source says: made parts are as packaging/write_protocol.py makes them, walls are as they are
tested, examples can be aired, links lead somewhere, and nothing that can be typed is left out of the user guide."""

from __future__ import annotations

import importlib.util
import json
import re
from types import ModuleType

import pytest

from studio.model.codec import decode_command
from studio.model.show_file import read_show
from studio.program.plan import check_show
from studio.terminal.main import VERBS
from studio.terminal.options import run_options
from tests.quality.reading import REPO
from tests.quality.test_walls import LIBRARIES, WALLS

DOCS = REPO / "docs"
BY_HAND = [REPO / "README.md", *sorted(DOCS.glob("*.md"))]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """packaging/ is no package, so the script is loaded from its place."""
    specification = importlib.util.spec_from_file_location("write_protocol", REPO / "packaging" / "write_protocol.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def guide() -> str:
    return (DOCS / "guide.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Code blocks of the guide in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", guide(), re.DOTALL | re.MULTILINE)


def names(text: str) -> set[str]:
    """What stands in backquotes in a cell of a table."""
    return set(re.findall(r"`([\w.]+)`", text))


def test_made_parts_are_what_the_source_says(generator: ModuleType) -> None:
    stale = [str(path.relative_to(REPO)) for path in generator.stale()]
    assert stale == [], "run python packaging/write_protocol.py"


def test_a_made_part_without_a_place_is_seen(generator: ModuleType) -> None:
    with pytest.raises(generator.Gap):
        generator.filled("nothing", {"commands": ""})


def test_a_changed_made_part_is_seen(generator: ModuleType) -> None:
    text = "before\n<!-- made: one -->\nold\n<!-- end -->\nafter\n"
    assert generator.filled(text, {"one": "new"}) == text.replace("old", "new")


def test_the_example_of_a_show_can_be_aired(generator: ModuleType) -> None:
    check_show(read_show(generator.EXAMPLE.encode(), "example"))


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_the_guide_names_every_verb(verb: str) -> None:
    assert f"jangteo {verb}" in guide()


def test_the_guide_names_every_option_of_run() -> None:
    known = {word for action in run_options()._actions for word in action.option_strings} - {"-h"}
    assert sorted(word for word in known if f"`{word}" not in guide()) == []
    typed = set(re.findall(r"--[a-z][a-z-]+", guide()))
    others = {"--at", "--frames", "--size", "--version"}  # of say, bench and jangteo itself
    assert sorted(typed - known - others) == []


def test_scripts_in_the_guide_are_understood() -> None:
    lines = [line for block in blocks("jsonl") for line in block.splitlines()]
    assert lines
    for line in lines:
        entry = json.loads(line)
        assert entry.pop("at") >= 0
        decode_command(entry)


@pytest.mark.parametrize("path", BY_HAND, ids=lambda path: path.name)
def test_links_lead_somewhere(path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_walls_are_told_as_they_are_tested() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## Walls")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "| `" in line]
    told = {name: (names(may), names(libraries)) for first, may, libraries in rows for name in names(first)}
    assert told == {room: (allowed, LIBRARIES.get(room, set())) for room, allowed in WALLS.items()}
