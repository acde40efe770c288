"""The chain of a timeline: whatever is changed, left out, doubled, swapped or torn is found at its line, and what
stands before is given back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model import events
from studio.model.chain import FIRST_HASH, chained_line, read_chain
from studio.model.events import EVENTS, Fact
from tests.model.generating import values_of

UTC = "2026-01-02T03:04:05.678+00:00"
FACTS = (
    Fact(0, UTC, events.PreviewSet("귤밭")),
    Fact(3, UTC, events.SceneTaken("귤밭", "fade", 15)),
    Fact(3, UTC, events.GainSet("music", -8.5)),
    Fact(40, UTC, events.MutedSet("music", True)),
    Fact(41, UTC, events.RunEnded()),
)


def written(facts: tuple[Fact, ...]) -> list[bytes]:
    lines, digest = [], FIRST_HASH
    for number, fact in enumerate(facts):
        line, digest = chained_line(fact, number, digest)
        lines.append(line)
    return lines


LINES = written(FACTS)
WHOLE = b"".join(LINES)


def as_read(data: bytes) -> list[bytes]:
    """As a file opened in binary mode gives its lines."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + ([last] if (last := data.split(b"\n")[-1]) else [])


def test_a_whole_timeline_is_read() -> None:
    reading = read_chain(LINES)
    assert reading.facts == FACTS
    assert reading.good_bytes == len(WHOLE)
    assert (reading.bad_line, reading.problem, reading.torn) == (0, "", False)
    assert reading.last_hash == json.loads(LINES[-1])["hash"]
    assert read_chain([]).facts == ()


@given(st.lists(st.sampled_from(sorted(EVENTS)).flatmap(lambda name: values_of(EVENTS[name])), max_size=6))
def test_any_facts_are_read_as_written(happened: list[events.Event]) -> None:
    facts = tuple(Fact(number * 2, UTC, event) for number, event in enumerate(happened))
    assert read_chain(written(facts)).facts == facts


@pytest.mark.parametrize("line", range(len(LINES)))
def test_a_changed_byte_is_found_at_its_line(line: int) -> None:
    start = sum(map(len, LINES[:line]))
    for position in range(start, start + len(LINES[line])):
        for change in (0x01, 0x20, 0x80):
            data = bytearray(WHOLE)
            data[position] ^= change
            reading = read_chain(as_read(bytes(data)))
            assert reading.bad_line == line + 1, data
            assert reading.facts == FACTS[:line]
            assert reading.good_bytes == start
            assert reading.problem


@pytest.mark.parametrize("letter", [b" ", b"\t", b"\r", b"0", b'"', b",", b"\x00"])
def test_an_added_byte_is_found(letter: bytes) -> None:
    for position in range(len(WHOLE)):
        reading = read_chain(as_read(WHOLE[:position] + letter + WHOLE[position:]))
        assert reading.bad_line == WHOLE[:position].count(b"\n") + 1


@pytest.mark.parametrize("line", range(len(LINES)))
def test_a_byte_left_out_is_found(line: int) -> None:
    start = sum(map(len, LINES[:line]))
    for position in range(start, start + len(LINES[line])):
        reading = read_chain(as_read(WHOLE[:position] + WHOLE[position + 1 :]))
        assert reading.bad_line == line + 1


@pytest.mark.parametrize("line", range(len(LINES) - 1))
def test_a_dropped_line_is_found(line: int) -> None:
    reading = read_chain(LINES[:line] + LINES[line + 1 :])
    assert (reading.bad_line, reading.torn) == (line + 1, False)
    assert reading.facts == FACTS[:line]


@pytest.mark.parametrize("line", range(len(LINES)))
@pytest.mark.parametrize("added", [b"\n", b"{}\n", b"null\n", b"[]\n", b"7\n", b'"hash"\n', b"\xff\n", b"\x00\x00\n"])
def test_an_added_line_is_found(line: int, added: bytes) -> None:
    reading = read_chain([*LINES[:line], added, *LINES[line:]])
    assert (reading.bad_line, reading.torn) == (line + 1, False)


@pytest.mark.parametrize("line", range(len(LINES)))
def test_a_doubled_line_is_found(line: int) -> None:
    assert read_chain([*LINES[: line + 1], *LINES[line:]]).bad_line == line + 2


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in range(len(LINES)) for b in range(a)])
def test_swapped_lines_are_found(first: int, second: int) -> None:
    lines = list(LINES)
    lines[first], lines[second] = lines[second], lines[first]
    assert read_chain(lines).bad_line == second + 1


def test_a_timeline_cut_at_any_byte_is_torn_or_shorter() -> None:
    ends = [0]
    for line in LINES:
        ends.append(ends[-1] + len(line))
    for length in range(len(WHOLE)):
        reading = read_chain(as_read(WHOLE[:length]))
        complete = max(number for number, end in enumerate(ends) if end <= length)
        assert reading.facts == FACTS[:complete]
        assert reading.good_bytes == ends[complete]
        assert reading.torn is (length not in ends)
        assert reading.bad_line == (0 if length in ends else complete + 1)


@pytest.mark.parametrize("tail", [b"\x00" * 40, b"{", b'{"n":5', b"\xff\xfe", b"[" * 20_000, b"9" * 20_000])
def test_a_spoiled_tail_is_torn(tail: bytes) -> None:
    reading = read_chain([*LINES, tail])
    assert reading.torn
    assert reading.facts == FACTS
    assert not read_chain([*LINES, tail + b"\n"]).torn
    assert read_chain([*LINES, tail + b"\n"]).bad_line == len(LINES) + 1


def forged(change: dict[str, object], number: int = 2) -> bytes:
    content = {**json.loads(LINES[number]), **change}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    "change",
    [
        {"tick": 4},
        {"utc": "2026-01-02T03:04:06+00:00"},
        {"kind": "MutedSet"},
        {"values": {"source": "music", "gain_db": 0}},
        {"n": 3},
        {"n": True},
        {"n": 2.0},
        {"hash": FIRST_HASH},
        {"hash": None},
        {"hash": ["x"]},
        {"more": 1},
        {"tick": 10**30},
        {"tick": "\ud800".encode("utf-8", "replace").decode()},
    ],
    ids=range(13),
)
def test_a_well_written_forgery_is_found(change: dict[str, object]) -> None:
    assert read_chain([*LINES[:2], forged(change), *LINES[3:]]).bad_line == 3


def test_the_order_of_fields_is_part_of_the_line() -> None:
    content = json.loads(LINES[2])
    turned = json.dumps(dict(reversed(content.items())), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    assert read_chain([*LINES[:2], turned, *LINES[3:]]).bad_line == 3


def test_a_number_that_is_none_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        chained_line(Fact(0, UTC, events.GainSet("music", float("nan"))), 0, FIRST_HASH)
