"""The framing between processes: however the bytes are cut, the messages are the same; what is no frame is a WireError
and nothing else; limits hold."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.link.wire import (
    LENGTH,
    MAX_FRAME_BYTES,
    PACKET,
    Decoder,
    Message,
    WireError,
    frame_message,
    frame_packet,
)
from studio.model.packet import SOUND, VIDEO, Packet
from tests.model.generating import LETTERS

TEXTS = st.text(LETTERS, max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)
LONG = st.integers(-(2**63), 2**63 - 1)
PACKETS = st.builds(Packet, st.sampled_from([VIDEO, SOUND]), st.booleans(), LONG, LONG, LONG, st.binary(max_size=300))
MESSAGES: st.SearchStrategy[Message] = OBJECTS | PACKETS


def framed(message: Message) -> bytes:
    return frame_packet(message) if isinstance(message, Packet) else frame_message(message)


def heard(decoder: Decoder, *chunks: bytes) -> list[Message]:
    return [message for chunk in chunks for message in decoder.feed(chunk)]


@settings(max_examples=80)
@given(st.lists(MESSAGES, max_size=4), st.data())
def test_any_chunking_gives_the_same_messages(messages: list[Message], data: st.DataObject) -> None:
    whole = b"".join(map(framed, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    chunks = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert heard(Decoder(), *chunks) == messages
    assert heard(Decoder(), whole) == messages


@settings(max_examples=30)
@given(st.lists(MESSAGES, max_size=3))
def test_byte_by_byte(messages: list[Message]) -> None:
    whole = b"".join(map(framed, messages))
    assert heard(Decoder(), *(whole[n : n + 1] for n in range(len(whole)))) == messages


@given(st.lists(MESSAGES, min_size=1, max_size=4), st.integers(1, 500))
def test_half_a_message_is_waited_for(messages: list[Message], missing: int) -> None:
    whole = b"".join(map(framed, messages))
    missing = min(missing, len(framed(messages[-1])))
    decoder = Decoder()
    assert heard(decoder, whole[: len(whole) - missing]) == messages[:-1]
    assert heard(decoder, whole[len(whole) - missing :]) == messages[-1:]


@settings(max_examples=100)
@given(st.binary(max_size=200), st.lists(MESSAGES, max_size=2))
def test_garbage_is_a_wire_error_or_waits(garbage: bytes, before: list[Message]) -> None:
    decoder = Decoder()
    found: list[Message] = []
    try:
        for message in decoder.feed(b"".join(map(framed, before)) + garbage):
            found.append(message)  # noqa: PERF402  # what came before the error counts
    except WireError as error:
        assert str(error)  # noqa: PT017
    assert found[: len(before)] == before


@settings(max_examples=80)
@given(MESSAGES, st.data())
def test_a_changed_byte_raises_nothing_but_a_wire_error(message: Message, data: st.DataObject) -> None:
    changed = bytearray(framed(message))
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = heard(Decoder(), bytes(changed))
    except WireError:
        return
    assert all(isinstance(one, (dict, Packet)) for one in found)


def json_frame(body: bytes) -> bytes:
    return LENGTH.pack(len(body), ord("J")) + body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"x",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"true",
        b"{}{}",
        b"{} x",
        b'{"a":}',
        b"{'a':1}",
        b"\xff",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"9" * 5_000 + b"}",
        b"\x00" * 50,
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32-le"),
    ],
    ids=range(22),
)
def test_a_body_that_is_no_object_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        heard(Decoder(), json_frame(body))


def test_an_unknown_kind_is_seen_before_its_body() -> None:
    for kind in set(range(256)) - set(b"JP"):
        with pytest.raises(WireError):
            heard(Decoder(), LENGTH.pack(1_000_000, kind))


@pytest.mark.parametrize("kind", [ord("J"), ord("P")])
@pytest.mark.parametrize("length", [MAX_FRAME_BYTES + 1, 2**31, 2**32 - 1])
def test_a_frame_over_the_limit_is_seen_before_its_body(kind: int, length: int) -> None:
    with pytest.raises(WireError):
        heard(Decoder(), struct.pack(">IB", length, kind))


@pytest.mark.parametrize("length", range(PACKET.size))
def test_a_packet_shorter_than_its_head_is_a_wire_error(length: int) -> None:
    with pytest.raises(WireError):
        heard(Decoder(), LENGTH.pack(length, ord("P")) + b"\x00" * length)


def test_a_stranger_may_say_little_until_it_has_shown_its_token() -> None:
    small, large = frame_message({"a": "x"}), frame_message({"a": "x" * 5_000})
    decoder = Decoder(max_bytes=100)
    assert heard(decoder, small) == [{"a": "x"}]
    with pytest.raises(WireError):
        heard(decoder, large[:5])
    decoder = Decoder(max_bytes=100)
    decoder.allow_more()
    assert heard(decoder, large) == [{"a": "x" * 5_000}]
    assert heard(Decoder(max_bytes=len(large) - LENGTH.size), large) == [{"a": "x" * 5_000}]
    with pytest.raises(WireError):
        heard(Decoder(max_bytes=len(large) - LENGTH.size - 1), large)


def test_the_limit_may_rise_between_two_messages() -> None:
    decoder = Decoder(max_bytes=100)
    large = frame_message({"a": "x" * 5_000})
    stream = decoder.feed(frame_message({"token": 1}) + large)
    assert next(stream) == {"token": 1}
    decoder.allow_more()
    assert list(stream) == [{"a": "x" * 5_000}]


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 3_000_000])
def test_large_packets(size: int) -> None:
    packet = Packet(VIDEO, True, 7, 6, 1, b"\x5a" * size)
    whole = frame_packet(packet)
    assert heard(Decoder(), *(whole[n : n + 65_536] for n in range(0, len(whole), 65_536))) == [packet]


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "귤\ud83c"])
@pytest.mark.parametrize("place", ["value", "key", "inside"])
def test_half_a_surrogate_pair_ends_nobody(text: str, place: str) -> None:
    """A client may send one (`"\\ud800"` is good JSON); a reply that repeats it must not fail."""
    message: dict[str, Any] = {"value": {"a": text}, "key": {text: 1}, "inside": {"a": [{"b": text}]}}[place]
    received = heard(Decoder(), json_frame(json.dumps(message).encode()))
    assert received == [message]
    (again,) = heard(Decoder(), frame_message(message))
    assert "?" in str(again)


def test_korean_is_sent_as_it_is() -> None:
    assert "귤밭 🍊".encode() in frame_message({"title": "귤밭 🍊"})
