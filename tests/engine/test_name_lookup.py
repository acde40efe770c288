"""A resolver that thinks for ever, says no, and comes back: nobody waits longer than agreed, an answer that was good is
used again, and the first new answer counts."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from studio.engine import name_lookup
from studio.engine.name_lookup import Found, NameLookup
from tests.rigs.waiting import wait_for

HERE: Found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 1935))]
THERE: Found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.8", 1935))]


class Resolver:
    """Answers `answer`; while `hangs` is set, only once that is cleared."""

    def __init__(self) -> None:
        self.answer: Found | OSError = HERE
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = 0

    def __call__(self, host: str, port: int) -> Found:
        assert (host, port) == ("live.example", 1935)
        self.asked += 1
        answer = self.answer
        assert self.may_answer.wait(20)
        if isinstance(answer, OSError):
            raise answer
        return answer


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    monkeypatch.setattr(name_lookup, "LIMIT_SECONDS", 0.3)
    monkeypatch.setattr(name_lookup, "KNOWN_SECONDS", 0.05)
    monkeypatch.setattr(name_lookup, "AGAIN_SECONDS", 0.02)
    monkeypatch.setattr(name_lookup, "FRESH_SECONDS", 0.0)
    return Resolver()


def test_a_name_is_found(resolver: Resolver) -> None:
    assert NameLookup("live.example", 1935, resolver).find() == (HERE, True)


def test_a_name_nobody_knows(resolver: Resolver) -> None:
    resolver.answer = socket.gaierror(-2, "Name or service not known")
    assert NameLookup("live.example", 1935, resolver).find() == ([], False)


def test_what_answered_once_is_used_while_there_is_no_other(resolver: Resolver) -> None:
    names = NameLookup("live.example", 1935, resolver)
    found, _ = names.find()
    names.keep(found)
    resolver.answer = socket.gaierror(-3, "Temporary failure in name resolution")
    assert names.find() == (HERE, False)
    resolver.may_answer.clear()
    assert names.find() == (HERE, False)
    resolver.answer = THERE
    resolver.may_answer.set()
    wait_for(lambda: names.find() == (THERE, True), 5, "the new address")


def test_a_slow_resolver_is_believed(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer comes after the moment that is waited for, and counts the next time."""
    names = NameLookup("live.example", 1935, resolver)
    found, _ = names.find()
    names.keep(found)
    monkeypatch.setattr(name_lookup, "FRESH_SECONDS", 3.0)
    resolver.answer = THERE
    resolver.may_answer.clear()
    names.find()
    resolver.may_answer.set()
    wait_for(lambda: names.find() == (THERE, True), 5, "the server has moved")
    assert names.find(is_patient=True) == (THERE, True)


def test_the_last_resort_is_waited_for(resolver: Resolver) -> None:
    names = NameLookup("live.example", 1935, resolver)
    found, _ = names.find()
    names.keep(found)
    resolver.may_answer.clear()
    begun = time.monotonic()
    assert names.find(is_patient=True) == (HERE, False)
    assert time.monotonic() - begun >= 0.3
    resolver.may_answer.set()


def test_one_that_never_answers_is_not_waited_for(resolver: Resolver) -> None:
    resolver.may_answer.clear()
    names = NameLookup("live.example", 1935, resolver)
    begun = time.monotonic()
    assert names.find() == ([], False)
    assert time.monotonic() - begun < 5
    assert resolver.asked > 1, "asked again: a resolver reads its settings when it is asked"
    for _ in range(20):
        names.find()
    assert resolver.asked <= name_lookup.MOST_ASKING, "threads without end"
    resolver.may_answer.set()
    wait_for(lambda: names.find() == (HERE, True), 5, "it answers again")
