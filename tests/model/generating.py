"""Values of the model made from its types: one sample per type with every field filled, the places inside it, and
hypothesis strategies."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.text(LETTERS, max_size=12)
PLAIN: dict[Any, Any] = {bool: True, int: 7, float: 0.25, str: "귤"}


class Spot(NamedTuple):
    """One place inside a JSON sample: the steps to it, its name in a refusal, the type that is wanted there, and its
    name inside the noun that owns it, which is the same wherever that noun stands."""

    steps: tuple[str | int, ...]
    place: str
    wanted: Any
    home: str


def sample(wanted: Any) -> Any:
    """A JSON value of the type with every field written and one entry in every list and mapping."""
    origin, inside = get_origin(wanted), get_args(wanted)
    if origin is Literal:
        return inside[0]
    if origin in (Union, types.UnionType):
        return sample(inside[0])
    if origin is tuple:
        return [sample(inside[0])] if inside[-1] is Ellipsis else [sample(kind) for kind in inside]
    if origin is not None and issubclass(origin, Mapping):
        return {"k": sample(inside[1])}
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        return {item.name: sample(hints[item.name]) for item in fields(wanted)}
    return PLAIN.get(wanted, {"any": [1, None]})


def spots(wanted: Any, steps: tuple[str | int, ...], place: str, home: str = "") -> Iterator[Spot]:
    """The place itself and all places inside it."""
    yield Spot(steps, place, wanted, home or place)
    origin, inside = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        yield from list(spots(inside[0], steps, place, home))[1:]
    elif origin is tuple:
        kinds = inside[:1] if inside[-1] is Ellipsis else inside
        for number, kind in enumerate(kinds):
            yield from spots(kind, (*steps, number), f"{place}[{number}]", f"{home}[{number}]")
    elif origin is not None and origin is not Literal and issubclass(origin, Mapping):
        yield from spots(inside[1], (*steps, "k"), f"{place}.k", f"{home}.k")
    elif is_dataclass(wanted):
        hints = get_type_hints(wanted)
        for item in fields(wanted):
            name = item.name
            yield from spots(hints[name], (*steps, name), f"{place}.{name}", f"{wanted.__name__}.{name}")


def required(noun: Any) -> list[str]:
    """Fields without a default."""
    return [item.name for item in fields(noun) if item.default is MISSING and item.default_factory is MISSING]


@cache
def values_of(wanted: Any) -> st.SearchStrategy[Any]:
    """Instances of a type of the model, of any size that JSON can carry."""
    origin, inside = get_origin(wanted), get_args(wanted)
    if origin is Literal:
        return st.sampled_from(inside)
    if origin in (Union, types.UnionType):
        return st.none() | values_of(inside[0])
    if origin is tuple and inside[-1] is Ellipsis:
        return st.lists(values_of(inside[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, inside))
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXTS, values_of(inside[1]), max_size=2)
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        return st.builds(wanted, **{item.name: values_of(hints[item.name]) for item in fields(wanted)})
    plain = {
        bool: st.booleans(),
        int: st.integers(-(2**62) + 1, 2**62 - 1),
        float: st.floats(-1e299, 1e299, allow_nan=False),
        str: TEXTS,
    }
    if wanted in plain:
        return plain[wanted]
    atoms = st.none() | plain[bool] | plain[int] | plain[float] | TEXTS
    return st.recursive(
        atoms, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2), max_leaves=4
    )
