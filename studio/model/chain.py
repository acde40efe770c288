"""The timeline's hash chain: each line carries the hash of the line before, so that nothing can be changed, left out or
reordered unseen. Arithmetic over lines of bytes; who writes and reads them is not its business. Pure, any thread."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from studio.model.codec import decode_fact, encode_fact
from studio.model.events import Fact
from studio.model.sentence import Refusal

FIRST_HASH = "0" * 64


def chained_line(fact: Fact, number: int, previous_hash: str) -> tuple[bytes, str]:
    """One line (with its newline) and its hash: SHA-256 over the previous hash and the JSON of the rest, as written."""
    content = {"n": number, **encode_fact(fact)}
    digest = _digest(previous_hash, content)
    return _written({**content, "hash": digest}) + b"\n", digest


@dataclass(frozen=True, slots=True)
class Reading:
    """What a timeline holds up to its first bad line. `good_bytes` is the length of the good part; `bad_line` counts
    from 1 and is 0 where all is well; `torn` says the bad line is merely an unfinished last one."""

    facts: tuple[Fact, ...]
    last_hash: str
    good_bytes: int
    bad_line: int = 0
    problem: str = ""
    torn: bool = False


def read_chain(lines: Iterable[bytes]) -> Reading:
    """Facts of a timeline, checked line by line."""
    facts: list[Fact] = []
    previous, good_bytes = FIRST_HASH, 0
    for number, line in enumerate(lines):
        try:
            if not line.endswith(b"\n"):
                raise ValueError("the line is not finished")
            content = json.loads(line)
            if _written(content) + b"\n" != line:
                raise ValueError("it is not written as the engine writes")
            told = content.pop("hash")
            if content.get("n") != number:
                raise ValueError(f"line {number} says it is {content.get('n')}")
            if told != _digest(previous, content):
                raise ValueError("its hash does not follow from the line before")
            facts.append(decode_fact(content))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError, Refusal) as error:
            torn = not line.endswith(b"\n")
            return Reading(tuple(facts), previous, good_bytes, number + 1, str(error) or type(error).__name__, torn)
        previous, good_bytes = told, good_bytes + len(line)
    return Reading(tuple(facts), previous, good_bytes)


def _written(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _digest(previous_hash: str, content: dict[str, Any]) -> str:
    return sha256(previous_hash.encode() + _written(content)).hexdigest()
