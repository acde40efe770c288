"""What a person reads while a run goes on: widths of Korean letters, the progress line within a terminal's width,
tables, and nothing on the screen that moves its cursor."""

from __future__ import annotations

from typing import Any

import pytest

from studio.model.codec import encode_fact
from studio.model.events import DestinationChanged, Fact, SourceLost
from studio.terminal.fact_words import fact_words, standing_words
from studio.terminal.speak import shown
from studio.terminal.status_words import clock, columns, cut, end_table, progress_line, status_table


def status(**changes: Any) -> dict[str, Any]:
    light = {"state": "live", "reason": "", "bytes": 2_500_000, "packets": 9, "dropped_seconds": 0}
    return {
        "show": {"id": "s", "title": "저녁 방송"},
        "kind": "live",
        "seconds": 3725.4,
        "program": "orchard",
        "preview": "hands",
        "cards": [{"subject": "mandarin", "values": {"price": "15,900"}}],
        "coupons": [{"coupon": "evening", "seconds_left": 12.4}],
        "cover": None,
        "destinations": {"to-1": light},
        "recordings": {"vertical": {**light, "minutes_left": 12.0}},
        "sources": {"main": {"ready": True, "lost": "", "gain_db": 0.0}},
        "missed_ticks": 0,
        "run_dir": "/home/me/runs/1",
        **changes,
    }


def test_korean_letters_count_twice() -> None:
    assert columns("온에어 on") == 9
    assert columns("🍊") == 2
    assert cut("온에어 on air", 30) == "온에어 on air"
    assert columns(cut("온에어 on air", 8)) <= 8
    assert cut("온에어 on air", 8).endswith("…")
    assert columns(cut("온에어", 4)) <= 4


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65.9, "1:05"), (3725.4, "1:02:05")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_the_progress_line() -> None:
    line = progress_line(status())
    assert line == "온에어·on air 1:02:05  orchard  녹화·rec 2.5 MB  to-1 송출 중·live"
    assert columns(line) <= 80
    assert "놓침·missed 7" in progress_line(status(missed_ticks=7))
    assert "가림·cover moment" in progress_line(status(cover="moment"))
    failed = {"vertical": {"state": "failed", "bytes": 1, "reason": "disk_full"}}
    assert "녹화·rec 멈춤·failed" in progress_line(status(recordings=failed))
    assert "rec" not in progress_line(status(recordings={}))


def test_the_status_table() -> None:
    said = status_table(status())
    wanted = ("저녁 방송", "1:02:05", "mandarin 15,900", "evening 12초", "녹화 중 · recording", "left 12 min", "2.5 MB")
    for part in wanted:
        assert part in said, said
    starts = {
        columns(line[: line.index(text)])
        for line in said.splitlines()
        for text in ("orchard", "hands", "mandarin", "송출 중", "녹화 중")
        if text in line
    }
    assert len(starts) == 1, said


def test_the_end_table() -> None:
    light = {"state": "ended", "bytes": 0, "connects": 0, "dropped_seconds": 0}
    dropped = {**light, "bytes": 10**9, "connects": 3, "dropped_seconds": 2.5}
    said = end_table({"destinations": {"a": light, "b": dropped}, "recordings": ["/x.mp4"], "run_dir": "/r"})
    for part in ("nothing sent", "1.00 GB", "connects 3", "dropped 2.5 s", "/x.mp4", "/r"):
        assert part in said


def test_what_had_happened_before_is_told_in_the_same_words() -> None:
    waiting = status(destinations={"to-1": {"state": "waiting", "reason": "unreachable", "bytes": 0}})
    waiting["sources"]["main"]["lost"] = "damaged"
    told = [
        fact_words(encode_fact(Fact(1, "", event)))
        for event in (DestinationChanged("to-1", "waiting", "unreachable", 0), SourceLost("main", "damaged"))
    ]
    assert standing_words(waiting) == told
    assert standing_words(status(destinations={})) == []


def test_foreign_text_moves_no_cursor_and_shows_no_key() -> None:
    assert shown("가\x1b[2J\r\x07나 👩\u200d🌾\n둘째 줄") == "가?[2J??나 👩\u200d🌾\n둘째 줄"
    assert "secret" not in shown("rtmp://host/app/secret123")
