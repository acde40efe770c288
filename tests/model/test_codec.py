"""The codec: everything that is written can be read again and is the same; everything else is refused by its place."""

from __future__ import annotations

import contextlib
import copy
import json
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.codec import (
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    decode,
    decode_command,
    decode_fact,
    encode,
    encode_command,
    encode_fact,
)
from studio.model.commands import COMMANDS, SetGain, Take
from studio.model.events import EVENTS, Fact
from studio.model.overlay import DrawnCard, DrawRequest
from studio.model.run import LiveRun, Rehearsal, RunPlan
from studio.model.scene import Scene
from studio.model.sentence import Refusal
from studio.model.show import Show
from tests.model.generating import PLAIN, Spot, required, sample, spots, values_of

NOUNS: dict[str, Any] = {
    **COMMANDS,
    **EVENTS,
    **{noun.__name__: noun for noun in (Show, Rehearsal, LiveRun, DrawnCard, DrawRequest)},
}
HANGUL = range(0xAC00, 0xD7A4)


def refusal_of(noun: Any, data: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode(noun, data)
    words = caught.value.sentence
    assert words.en
    assert any(ord(letter) in HANGUL for letter in words.ko)
    (words.ko + words.en).encode()  # a message that no terminal and no wire can take is no message
    return caught.value


def with_value(data: Any, steps: tuple[str | int, ...], value: Any) -> Any:
    if not steps:
        return value
    changed = copy.deepcopy(data)
    inside = changed
    for step in steps[:-1]:
        inside = inside[step]
    inside[steps[-1]] = value
    return changed


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(encode(value), ensure_ascii=False, allow_nan=False).encode())


@pytest.mark.parametrize("name", NOUNS)
@settings(max_examples=8)
@given(data=st.data())
def test_what_is_written_is_read_the_same(name: str, data: st.DataObject) -> None:
    value = data.draw(values_of(NOUNS[name]))
    assert decode(NOUNS[name], through_json(value)) == value


@pytest.mark.parametrize("name", NOUNS)
def test_the_sample_of_each_noun_is_read(name: str) -> None:
    value = decode(NOUNS[name], sample(NOUNS[name]))
    assert encode(value) == sample(NOUNS[name])


@pytest.mark.parametrize("name", COMMANDS)
@settings(max_examples=8)
@given(data=st.data())
def test_commands_by_name(name: str, data: st.DataObject) -> None:
    command = data.draw(values_of(COMMANDS[name]))
    told = json.loads(json.dumps(encode_command(command)))
    assert told["command"] == name
    assert decode_command(told) == command


@pytest.mark.parametrize("name", EVENTS)
@settings(max_examples=8)
@given(data=st.data())
def test_facts_by_kind(name: str, data: st.DataObject) -> None:
    fact = data.draw(
        st.builds(Fact, st.integers(0, 2**60), st.just("2026-01-02T03:04:05.678+00:00"), values_of(EVENTS[name]))
    )
    assert decode_fact(json.loads(json.dumps(encode_fact(fact)))) == fact


# ── wrong values, at every place of every noun ─────────────────────────────────────────────────────────────────────

NUMBERS_OUT_OF_REACH = {
    int: [2**62, -(2**62), 10**400, 1.5, float("nan"), float("inf"), True],
    float: [float("nan"), float("inf"), float("-inf"), 10**400, True],
}
UNUSABLE_TEXTS = ["\ud800", "a\udfffb", "\x00", "가" * (MAX_TEXT + 1)]


def wrong_values(wanted: Any) -> list[Any]:
    origin, inside = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return [value for value in wrong_values(inside[0]) if value is not None]
    if origin is Literal:
        return [None, "no such choice", 45, 0.0, [], {}, not inside[0]]
    if origin is tuple or (origin is not None and issubclass(origin, Mapping)):
        return [None, "x", 1, [] if origin is not tuple else {}]
    if is_dataclass(wanted):
        return [None, "x", 1, [], True]
    if wanted is Any:
        return [float("nan"), 10**400, "\ud800"]
    others = [value for kind, value in PLAIN.items() if kind is not wanted and not (wanted is float and kind is int)]
    return [None, [], {}, *others, *NUMBERS_OUT_OF_REACH.get(wanted, []), *(UNUSABLE_TEXTS if wanted is str else [])]


ALL_SPOTS = [(name, spot) for name in NOUNS for spot in spots(NOUNS[name], (), name)]
ONCE = list({spot.home: (name, spot) for name, spot in reversed(ALL_SPOTS)}.values())
WRONG = [
    pytest.param(name, spot, wrong, id=f"{spot.place}-{number}")
    for name, spot in ONCE
    for number, wrong in enumerate(wrong_values(spot.wanted))
]


@pytest.mark.parametrize(("name", "spot", "wrong"), WRONG)
def test_a_wrong_value_is_refused_by_its_place(name: str, spot: Spot, wrong: Any) -> None:
    refusal = refusal_of(NOUNS[name], with_value(sample(NOUNS[name]), spot.steps, wrong))
    assert refusal.code == "schema"
    assert refusal.sentence.ko.startswith(f"{spot.place}:")
    assert refusal.sentence.en.startswith(f"{spot.place} ")


OBJECTS = [pytest.param(name, spot, id=spot.place) for name, spot in ONCE if is_dataclass(spot.wanted)]


def at(data: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        data = data[step]
    return data


@pytest.mark.parametrize(("name", "spot"), OBJECTS)
def test_an_unknown_field_is_refused_by_its_name(name: str, spot: Spot) -> None:
    data = sample(NOUNS[name])
    crowded = {**at(data, spot.steps), "colour of the sky": 1}
    refusal = refusal_of(NOUNS[name], with_value(data, spot.steps, crowded))
    assert refusal.sentence.en.startswith(f"{spot.place}.colour of the sky ")


@pytest.mark.parametrize(("name", "spot"), OBJECTS)
def test_a_missing_field_is_refused_by_its_name_and_others_have_defaults(name: str, spot: Spot) -> None:
    data = sample(NOUNS[name])
    for field in at(data, spot.steps):
        left = {key: value for key, value in at(data, spot.steps).items() if key != field}
        changed = with_value(data, spot.steps, left)
        if field in required(spot.wanted):
            assert refusal_of(NOUNS[name], changed).sentence.en.startswith(f"{spot.place}.{field} is missing")
        else:
            decode(NOUNS[name], changed)


# ── bounds ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["\ud800", "\x00", "x" * (MAX_TEXT + 1)], ids=["surrogate", "nul", "long"])
@pytest.mark.parametrize("place", ["notes", "scenes.0.layers.0.places"])
def test_keys_of_mappings_are_text_like_any_other(key: str, place: str) -> None:
    steps = tuple(int(step) if step.isdigit() else step for step in place.split("."))
    data = sample(Show)
    inside = at(data, steps)
    refusal_of(Show, with_value(data, steps, {key: inside["k"]}))


@pytest.mark.parametrize(
    "key", ["\ud800", "\x1b[2J", "x" * 100_000, "\u202e"], ids=["surrogate", "escape", "long", "bidi"]
)
def test_a_message_about_an_unknown_field_can_be_shown(key: str) -> None:
    words = refusal_of(Scene, {"id": "a", key: 1}).sentence
    assert len(words.ko) < 300
    assert words.ko.isprintable()


def test_lists_and_mappings_have_an_end() -> None:
    assert len(decode(Scene, {"id": "a", "layers": [{"id": "b"}] * MAX_ITEMS}).layers) == MAX_ITEMS
    refusal_of(Scene, {"id": "a", "layers": [{"id": "b"}] * (MAX_ITEMS + 1)})
    refusal_of(Show, {**sample(Show), "notes": {str(n): "" for n in range(MAX_ITEMS + 1)}})


@pytest.mark.parametrize("depth", [MAX_DEPTH, 500, 900])
@pytest.mark.parametrize("shape", ["list", "object"])
def test_depth_has_an_end(depth: int, shape: str) -> None:
    inner: Any = 1
    for _ in range(depth):
        inner = [inner] if shape == "list" else {"a": inner}
    plan = {**sample(RunPlan), "script": [{"at": 1.0, "command": {"a": inner}}]}
    refusal = refusal_of(RunPlan, plan)
    assert "깊이" in refusal.sentence.ko
    assert len(refusal.sentence.ko) < 400
    refusal_of(Show, {**sample(Show), "notes": {"a": inner}})


def test_a_script_holds_any_command() -> None:
    plan = sample(RunPlan)
    script = [{"at": 0.5, "command": {"command": "Take", "x": [1, {"y": None}]}}, {"at": 1, "command": {}}]
    read = decode(RunPlan, {**plan, "script": script}).script
    assert [(one.at, one.command) for one in read] == [(0.5, script[0]["command"]), (1.0, {})]


def test_pairs_are_pairs() -> None:
    request = sample(DrawRequest)
    assert decode(DrawRequest, {**request, "values": [["a", "b"]]}).values == (("a", "b"),)
    for bad in ([["a"]], [["a", "b", "c"]], ["ab"], [["a", 1]], [[]]):
        refusal_of(DrawRequest, {**request, "values": bad})


def test_whole_numbers_may_stand_for_numbers_with_a_point() -> None:
    command = decode(SetGain, {"source": "a", "gain_db": -6})
    assert command == SetGain("a", -6.0)
    assert isinstance(command.gain_db, float)


# ── the doors ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"command": None},
        {"command": 1},
        {"command": ["Take"]},
        {"command": {"Take": 1}},
        {"command": "Command"},
        {"command": "take"},
        {"command": "__class__"},
        {"command": "\ud800"},
        {"command": "x" * 1_000_000},
    ],
    ids=range(10),
)
def test_unknown_commands_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        decode_command(data)
    assert caught.value.code == "unknown_command"
    assert len(caught.value.sentence.ko.encode()) < 400


def test_a_command_has_defaults() -> None:
    assert decode_command({"command": "Take"}) == Take()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "Nothing"},
        {"kind": None},
        {"kind": ["RunEnded"]},
        {"kind": "x" * 1_000_000},
        {"tick": None},
        {"tick": True},
        {"tick": "1"},
        {"tick": 1.0},
        {"tick": 2**70},
        {"utc": None},
        {"utc": 1},
        {"utc": "\ud800"},
        {"values": None},
        {"values": []},
        {"values": {"reason": 1}},
        {"values": {"why": "x"}},
    ],
    ids=range(16),
)
def test_bad_facts_are_refused(change: dict[str, Any]) -> None:
    good = {"tick": 3, "utc": "2026-01-02T03:04:05+00:00", "kind": "RunEnded", "values": {"reason": "asked"}}
    decode_fact(good)
    with pytest.raises(Refusal) as caught:
        decode_fact({**good, **change})
    assert len(caught.value.sentence.ko.encode()) < 400


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(NOUNS)), JSON_VALUES)
def test_any_json_is_read_or_refused(name: str, data: Any) -> None:
    with contextlib.suppress(Refusal):
        decode(NOUNS[name], data)


@given(st.sampled_from(sorted(NOUNS)), st.data())
def test_any_json_at_any_place_is_read_or_refused(name: str, data: st.DataObject) -> None:
    spot = data.draw(st.sampled_from(list(spots(NOUNS[name], (), name))))
    changed = with_value(sample(NOUNS[name]), spot.steps, data.draw(JSON_VALUES))
    try:
        value = decode(NOUNS[name], changed)
    except Refusal:
        return
    assert decode(NOUNS[name], through_json(value)) == value
