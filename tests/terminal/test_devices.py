"""`jangteo devices`: what is there, in words and as JSON; a broken list of named cameras is told and costs no more than
its own entries."""

from __future__ import annotations

import json

import pytest

from tests.rigs.jangteo import Jangteo


def name_cameras(jangteo: Jangteo, text: str) -> None:
    data = jangteo.home / "data"
    data.mkdir(exist_ok=True)
    (data / "cameras.json").write_text(text)


def test_named_cameras(jangteo: Jangteo) -> None:
    name_cameras(jangteo, json.dumps([{"id": "front", "name": "앞 카메라", "url": "http://10.0.0.7/cam"}]))
    done = jangteo.run("devices", check=True)
    assert "앞 카메라" in done.stdout
    assert "camera:front" in done.stdout
    (camera,) = [one for one in json.loads(jangteo.run("devices", "--json").stdout) if one["kind"] == "camera"]
    assert (camera["id"], camera["name"]) == ("front", "앞 카메라")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"id": "a", "url": "http://x"}, {"id": 3}, 7, {"url": "http://y"}]', ["2", "3", "4"]),
        ("{", ["cameras.json"]),
        ("[" * 100_000, ["cameras.json"]),
        ('{"id": "a"}', ["cameras.json"]),
    ],
)
def test_a_broken_list_is_told(jangteo: Jangteo, text: str, told: list[str]) -> None:
    name_cameras(jangteo, text)
    done = jangteo.run("devices", "--json")
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "cameras.json" in line]
    assert len(lines) == 2 * len(told), "each in Korean and English"
    for word in told:
        assert any(word in line for line in lines)
    cameras = [one["id"] for one in json.loads(done.stdout) if one["kind"] == "camera"]
    assert cameras == (["a"] if len(told) == 3 else [])
