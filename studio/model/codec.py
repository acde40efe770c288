"""Dataclasses of the model as JSON and back, directed by their types. A wrong type, an unknown key or a missing one is
a Refusal that names the place (`scenes[2].layers[0].rect.width`). Pure, any thread; knows no file and no socket."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from studio.model.commands import COMMANDS, Command
from studio.model.events import EVENTS, Event, Fact
from studio.model.sentence import Refusal

Noun = TypeVar("Noun")

MAX_DEPTH = 32
MAX_ITEMS = 20_000
MAX_TEXT = 4_000


def encode(value: Any) -> Any:
    """A JSON value with every field written out, so that a later default cannot change an old file's meaning."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: encode(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(entry) for entry in value]
    return value


def decode(noun: type[Noun], data: Any, place: str = "") -> Noun:
    """An instance of `noun` from a JSON value; Refusal(code="schema") names what is wrong and where."""
    return cast(Noun, _decode(noun, data, place or noun.__name__, 0))


@cache
def _hints(noun: type) -> dict[str, Any]:
    return get_type_hints(noun)


def _decode(wanted: Any, data: Any, place: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise _wrong(place, "너무 깊이 들어 있어요", "is nested too deeply")
    if wanted is Any:
        return _anything(data, place, depth)
    origin = get_origin(wanted)
    if origin is Literal:
        for choice in get_args(wanted):
            if data == choice and type(data) is type(choice):
                return choice
        choices = ", ".join(map(str, get_args(wanted)))
        raise _wrong(place, f"{choices} 가운데 하나여야 해요", f"must be one of {choices}")
    if origin in (Union, types.UnionType):
        inner = [choice for choice in get_args(wanted) if choice is not type(None)]
        if data is None and len(inner) < len(get_args(wanted)):
            return None
        return _decode(inner[0], data, place, depth)
    if origin is tuple:
        return _tuple(get_args(wanted), data, place, depth)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(get_args(wanted)[1], data, place, depth)
    if is_dataclass(wanted):
        return _noun(cast(type, wanted), data, place, depth)
    return _plain(wanted, data, place)


def _tuple(kinds: tuple[Any, ...], data: Any, place: str, depth: int) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise _wrong(place, "목록이어야 해요", "must be a list")
    _bounded(data, place)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    elif len(kinds) != len(data):
        raise _wrong(place, f"항목이 {len(kinds)}개여야 해요", f"must have {len(kinds)} items")
    pairs = enumerate(zip(kinds, data, strict=True))
    return tuple(_decode(kind, entry, f"{place}[{n}]", depth + 1) for n, (kind, entry) in pairs)


def _mapping(kind: Any, data: Any, place: str, depth: int) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _wrong(place, "이름과 값의 묶음이어야 해요", "must be an object")
    _bounded(data, place)
    return {_plain(str, key, place): _decode(kind, entry, f"{place}.{key}", depth + 1) for key, entry in data.items()}


def _anything(data: Any, place: str, depth: int) -> Any:
    """Any JSON value, within the same bounds."""
    if isinstance(data, list):
        return [_decode(Any, entry, f"{place}[{n}]", depth + 1) for n, entry in enumerate(data)]
    if isinstance(data, dict):
        return _mapping(Any, data, place, depth)
    return None if data is None else _plain(type(data), data, place)


def _noun(noun: type, data: Any, place: str, depth: int) -> Any:
    if not isinstance(data, dict):
        raise _wrong(place, "이름과 값의 묶음이어야 해요", "must be an object")
    hints = _hints(noun)
    known = {item.name for item in fields(noun)}
    for key in data:
        if key not in known:
            raise _wrong(f"{place}.{key}", "모르는 항목이에요", "is not a known field")
    values = {}
    for item in fields(noun):
        if item.name in data:
            values[item.name] = _decode(hints[item.name], data[item.name], f"{place}.{item.name}", depth + 1)
        elif item.default is MISSING and item.default_factory is MISSING:
            raise _wrong(f"{place}.{item.name}", "빠져 있어요", "is missing")
    return noun(**values)


def _plain(wanted: Any, data: Any, place: str) -> Any:
    if wanted is bool and isinstance(data, bool):
        return data
    if wanted is int and isinstance(data, int) and not isinstance(data, bool) and abs(data) < 2**62:
        return data
    if wanted is float and isinstance(data, (int, float)) and not isinstance(data, bool) and abs(data) < 1e300:
        return float(data)
    if wanted is str and isinstance(data, str):
        if len(data) > MAX_TEXT or "\x00" in data or any("\ud800" <= letter <= "\udfff" for letter in data):
            raise _wrong(place, "글이 너무 길거나 쓸 수 없는 문자가 있어요", "is too long or holds unusable characters")
        return data
    names = {
        bool: ("참·거짓이어야", "true or false"),
        int: ("정수여야", "a whole number"),
        float: ("수여야", "a number"),
    }
    ko, en = names.get(wanted, ("글이어야", "text"))
    raise _wrong(place, f"{ko} 해요", f"must be {en}")


def _bounded(data: list[Any] | dict[str, Any], place: str) -> None:
    if len(data) > MAX_ITEMS:
        raise _wrong(place, f"항목이 {MAX_ITEMS:,}개를 넘어요", f"has more than {MAX_ITEMS:,} items")


def _wrong(place: str, ko: str, en: str) -> Refusal:
    where = _shown(place, 200)
    return Refusal(f"{where}: {ko}.", f"{where} {en}.", code="schema")


def _shown(foreign: object, most: int) -> str:
    """Foreign text as it may stand in a message: bounded, and without characters that no terminal or wire can take."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(foreign)[:most])


def encode_command(command: Command) -> dict[str, Any]:
    """`{"command": name, …}`."""
    return {"command": type(command).__name__, **encode(command)}


def decode_command(data: Mapping[str, Any]) -> Command:
    """The command named by `data["command"]`; Refusal for an unknown name or wrong fields."""
    name = data.get("command")
    noun = COMMANDS.get(name) if isinstance(name, str) else None
    if noun is None:
        shown = _shown(name, 60)
        raise Refusal(f"모르는 명령이에요: {shown}", f"Unknown command: {shown}", code="unknown_command")
    return decode(noun, {key: value for key, value in data.items() if key != "command"})


def encode_fact(fact: Fact) -> dict[str, Any]:
    """`{"tick", "utc", "kind", "values"}`."""
    return {"tick": fact.tick, "utc": fact.utc, "kind": type(fact.event).__name__, "values": encode(fact.event)}


def decode_fact(data: Mapping[str, Any]) -> Fact:
    """The fact in one line of a timeline; Refusal where its kind or values are unknown."""
    kind = data.get("kind")
    noun: type[Event] | None = EVENTS.get(kind) if isinstance(kind, str) else None
    if noun is None:
        shown = _shown(kind, 60)
        raise Refusal(f"모르는 기록이에요: {shown}", f"Unknown fact: {shown}", code="unknown_fact")
    tick, utc = _plain(int, data.get("tick"), f"{kind}.tick"), _plain(str, data.get("utc"), f"{kind}.utc")
    return Fact(tick, utc, decode(noun, data.get("values")))
