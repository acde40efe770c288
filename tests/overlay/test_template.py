"""Templates and themes are data, and broken data is refused in words before anything is drawn with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from studio import paths
from studio.model.sentence import Refusal
from studio.overlay.template import parse, template, template_names, themes
from tests.overlay.seeing import VALUES, contrast

COLOURS = frozenset(next(iter(themes().values())))


def data(name: str) -> Any:
    return json.loads((paths.assets() / "templates" / f"{name}.json").read_text(encoding="utf-8"))


def test_every_template_reads() -> None:
    assert set(template_names()) == set(VALUES)
    for name in template_names():
        assert template(name).designs.keys() == {"portrait", "landscape"}


def unknown_field(one: Any) -> None:
    one["portrait"]["content"]["children"][1]["children"][0]["field"] = "nmae"


def unknown_key(one: Any) -> None:
    one["portrait"]["onclick"] = "alert()"


def unknown_colour(one: Any) -> None:
    one["portrait"]["shape"]["fill"] = "#FF0000"


def off_canvas(one: Any) -> None:
    one["portrait"]["at"] = [400, 248]


def wide_picture(one: Any) -> None:
    one["portrait"]["content"]["children"][0]["width"] = 900


def high_picture(one: Any) -> None:
    one["portrait"]["content"]["children"][0]["height"] = 217


def high_floor(one: Any) -> None:
    one["portrait"]["content"]["children"][1]["children"][0]["floor"] = 99


def wrong_kind(one: Any) -> None:
    one["portrait"]["content"]["children"][0]["field"] = "price"


def strange_field_kind(one: Any) -> None:
    one["fields"]["price"]["kind"] = "expression"


def text_for_number(one: Any) -> None:
    one["portrait"]["width"] = "864 * 2"


def not_a_number(one: Any) -> None:
    one["portrait"]["width"] = float("nan")


def no_landscape(one: Any) -> None:
    del one["landscape"]


BREAKS: dict[Callable[[Any], None], str] = {
    unknown_field: "unknown field ‘nmae’",
    unknown_key: "unknown key ‘onclick’",
    unknown_colour: "no theme has the colour",
    off_canvas: "the card lies outside its canvas",
    wide_picture: "a box lies outside the card",
    high_picture: "a box lies below the card",
    high_floor: "the floor is above the size",
    wrong_kind: "wrong kind",
    strange_field_kind: "must be one of",
    text_for_number: "must be a number",
    not_a_number: "must be a number",
    no_landscape: "‘landscape’ is missing",
}


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda one: one.__name__)
def test_a_broken_template_is_refused_in_words(spoil: Callable[[Any], None]) -> None:
    broken = data("product-compact")
    spoil(broken)
    with pytest.raises(Refusal) as caught:
        parse("product-compact", broken, COLOURS)
    assert caught.value.code == "template_broken"
    assert BREAKS[spoil] in caught.value.sentence.en
    assert "product-compact" in caught.value.sentence.ko


@pytest.mark.parametrize("junk", [None, [], "text", {"fields": {}}, {"fields": [], "portrait": 1}])
def test_junk_is_refused_and_never_crashes(junk: object) -> None:
    with pytest.raises(Refusal):
        parse("junk", junk, COLOURS)


@pytest.mark.parametrize("name", ["nothing", "themes", "../templates/coupon", "Coupon", ""])
def test_an_unknown_template_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as caught:
        template(name)
    assert caught.value.code == "unknown_template"


PAIRS = [
    ("surface", "ink"),
    ("surface", "accent"),
    ("surface", "price"),
    ("surface", "delivery"),
    ("surface", "struck"),
    ("ticket", "ticket_ink"),
    ("ticket", "ticket_soft"),
    ("stub", "stub_ink"),
    ("urgent", "urgent_ink"),
    ("strip", "strip_ink"),
    ("strip", "strip_soft"),
    ("slate_top", "slate_ink"),
    ("slate_end", "slate_ink"),
    ("slate_end", "slate_soft"),
    ("glow", "slate_soft"),
    ("night_top", "night_ink"),
    ("night_end", "night_soft"),
]


@pytest.mark.parametrize("theme", ["mandarin", "ink", "indigo", "pink"])
def test_every_text_can_be_read(theme: str) -> None:
    colours = themes()[theme]
    weak = {
        (a, b): round(contrast(colours[a], colours[b]), 2) for a, b in PAIRS if contrast(colours[a], colours[b]) < 4.5
    }
    if (pair := ("glow", "slate_soft")) in weak and weak[pair] >= 3.5:
        del weak[pair]  # large letters, and the light is never at full strength under them
    assert not weak


def test_the_colours_that_look_md_settles() -> None:
    mandarin = themes()["mandarin"]
    assert (mandarin["ink"], mandarin["accent"], mandarin["delivery"]) == ("#1C1A17", "#C8281E", "#5A4632")
    assert (mandarin["ticket"], mandarin["ticket_ink"]) == ("#FF9F1C", "#1C1A17")
    assert {one["urgent"] for one in themes().values()} == {"#C8281E"}
    assert (themes()["indigo"]["ticket"], themes()["pink"]["ticket"]) == ("#1B4DB1", "#B4235A")
    assert themes()["ink"]["surface"] == "#12151A"
