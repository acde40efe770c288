"""A secret never shows itself, whatever is done with it or with what holds it."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import string
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from studio.model.codec import encode
from studio.model.secret import Secret

TEXT = "live_canary-7f3a9c"


@dataclasses.dataclass(frozen=True)
class Holder:
    label: str
    key: Secret


SECRET = Secret(TEXT)
HOLDER = Holder("youtube", SECRET)

WAYS: dict[str, Callable[[], Any]] = {
    "repr": lambda: repr(SECRET),
    "str": lambda: str(SECRET),
    "ascii": lambda: ascii(SECRET),
    "format": lambda: format(SECRET),
    "format with width": lambda: format(SECRET, ">40"),
    "f-string": lambda: f"{SECRET}",
    "f-string repr": lambda: f"{SECRET!r}",
    "f-string str": lambda: f"{SECRET!s:>30}",
    "f-string debug": lambda: f"{SECRET=}",
    "str.format": lambda: "{0} {0!r} {0:>9}".format(SECRET),  # noqa: UP032
    "percent s": lambda: "%s" % SECRET,  # noqa: UP031
    "percent r": lambda: "%r" % SECRET,  # noqa: UP031
    "template": lambda: string.Template("$key").substitute(key=SECRET),
    "in a list": lambda: str([SECRET, (SECRET,), {SECRET: SECRET}, {SECRET}]),
    "in a dataclass": lambda: repr(HOLDER),
    "in an exception": lambda: repr(ValueError(SECRET)) + str(ValueError("x", HOLDER)),
    "pretty": lambda: pprint.pformat({"key": SECRET, "holder": HOLDER}),
    "json": lambda: json.dumps({"key": SECRET}),
    "json with default str": lambda: json.dumps({"key": SECRET}, default=str),
    "codec and json": lambda: json.dumps(encode(HOLDER)),
    "copy": lambda: repr(copy.copy(SECRET)),
    "deep copy": lambda: repr(copy.deepcopy(HOLDER)),
    "asdict": lambda: repr(dataclasses.asdict(HOLDER)),
    "join": lambda: "".join(["a", SECRET]),  # type: ignore[list-item]
    "plus": lambda: "a" + SECRET,  # type: ignore[operator]
    "bytes": lambda: bytes(SECRET),  # type: ignore[call-overload]
    "int": lambda: int(SECRET),  # type: ignore[call-overload]
    "iterate": lambda: list(SECRET),  # type: ignore[call-overload]
    "index": lambda: SECRET[0],  # type: ignore[index]
    "vars": lambda: vars(SECRET),
    "dir": lambda: dir(SECRET),
    **{f"pickle {protocol}": lambda protocol=protocol: pickle.dumps(SECRET, protocol) for protocol in range(6)},
    **{f"pickle holder {protocol}": lambda protocol=protocol: pickle.dumps(HOLDER, protocol) for protocol in range(6)},
}


@pytest.mark.parametrize("way", WAYS)
def test_it_does_not_show_itself(way: str) -> None:
    try:
        shown = WAYS[way]()
    except (TypeError, ValueError) as error:
        shown = "".join(traceback.format_exception(error))
    assert TEXT not in (shown.decode("latin-1") if isinstance(shown, bytes) else str(shown))


@pytest.mark.parametrize("pattern", ["%s", "%r", "key=%s", "%.100s", "%40s"])
@pytest.mark.parametrize("thing", [SECRET, HOLDER, [SECRET], {"key": SECRET}], ids=["it", "holder", "list", "dict"])
def test_logs_do_not_show_it(pattern: str, thing: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning(pattern, thing if not isinstance(thing, dict) else (thing,))
    assert caplog.records
    assert TEXT not in caplog.text


def test_a_traceback_with_locals_does_not_show_it() -> None:
    def fail(key: Secret) -> None:
        holder = Holder("x", key)
        raise RuntimeError(holder)

    try:
        fail(SECRET)
    except RuntimeError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "holder" in told
    assert TEXT not in told


def test_only_reveal_gives_it() -> None:
    assert SECRET.reveal() == TEXT
    assert Secret(TEXT) == SECRET
    assert hash(Secret(TEXT)) == hash(SECRET)
    assert Secret("other") != SECRET
    assert SECRET != TEXT
    assert SECRET
    assert not Secret("")


def test_its_length_does_not_show() -> None:
    assert {str(Secret("x" * length)) for length in (1, 5, 200)} == {str(SECRET)}
