"""A run's state as a person at a terminal reads it: the progress line, the answer of `jangteo status`, the summary at
the end. Pure; Korean first, English second."""

from __future__ import annotations

from typing import Any
from unicodedata import east_asian_width

STATES = {
    "off": "꺼짐 · off",
    "connecting": "연결 중 · connecting",
    "live": "송출 중 · live",
    "stalled": "막힘 · stalled",
    "waiting": "기다림 · waiting",
    "refused": "거절됨 · refused",
    "ended": "끝남 · ended",
    "failed": "멈춤 · failed",
}
RECORDING_STATES = {**STATES, "live": "녹화 중 · recording", "stalled": "느림 · slow disk"}
KINDS = {"live": "온에어 · on air", "rehearsal": "리허설 · rehearsal"}
COVERS = {"waiting": "곧 시작 · waiting", "moment": "잠시만요 · one moment", "ended": "끝 · ended"}
NAME_COLUMNS = 24


def columns(text: str) -> int:
    """How wide a terminal shows it: Korean letters and emoji count twice."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str, most: int) -> str:
    """`text`, shortened to so many columns."""
    if columns(text) <= most:
        return text
    while text and columns(text) > most - 1:
        text = text[:-1]
    return f"{text}…"


def progress_line(status: dict[str, Any]) -> str:
    """One line: time, scene, missed frames, recording, destinations."""
    parts = [f"{KINDS.get(status['kind'], status['kind'])} {clock(status['seconds'])}", str(status["program"])]
    if status["cover"]:
        parts.append(f"가림 · cover {status['cover']}")
    if status["missed_ticks"]:
        parts.append(f"놓침 · missed {status['missed_ticks']}")
    recorded = status["recordings"]
    if recorded:
        size = megabytes(sum(one["bytes"] for one in recorded.values()))
        stopped = any(one["state"] == "failed" for one in recorded.values())
        parts.append(f"녹화 · rec {STATES['failed'] if stopped else size}")
    parts += [f"{label} {STATES.get(one['state'], one['state'])}" for label, one in status["destinations"].items()]
    return "  ".join(part.replace(" · ", "·") for part in parts)


def status_table(status: dict[str, Any]) -> str:
    """What `jangteo status` says."""
    cards = [f"{card['subject']} {card['values'].get('price', '')}".strip() for card in status["cards"]]
    coupons = [f"{one['coupon']} {one['seconds_left']:.0f}초 · s" for one in status["coupons"]]
    cover = status["cover"]
    kind = KINDS.get(status["kind"], status["kind"])
    rows = [
        ("온에어 화면 · program", status["program"]),
        ("미리보기 · preview", status["preview"]),
        ("상품 카드 · cards", ", ".join(cards)),
        ("쿠폰 · coupons", ", ".join(coupons)),
        ("화면 가리기 · cover", COVERS.get(cover, cover) if cover else ""),
    ]
    for label, one in status["destinations"].items():
        rows.append((f"송출 · {label}", f"{_state(one)}  {megabytes(one['bytes'])}{_dropped(one)}"))
    for canvas, one in status["recordings"].items():
        state = _state(one, RECORDING_STATES)
        rows.append((f"녹화 · rec {canvas}", f"{state}  {megabytes(one['bytes'])}{_room(one)}"))
    rows.append(("놓친 프레임 · missed", str(status["missed_ticks"])))
    rows.append(("기록 · records", status["run_dir"]))
    return "\n".join([f"{status['show']['title']}  {kind} {clock(status['seconds'])}", *map(_row, rows)])


def end_table(summary: dict[str, Any]) -> str:
    """What came of a run: destinations and files; empty where there is nothing."""
    rows = []
    for label, one in summary["destinations"].items():
        sent = megabytes(one["bytes"]) if one["bytes"] else "보낸 것 없음 · nothing sent"
        rows.append((f"송출 · {label}", f"{sent}  연결 · connects {one['connects']}{_dropped(one)}"))
    rows += [("녹화 · recording", path) for path in summary["recordings"]]
    rows.append(("기록 · records", summary["run_dir"]))
    return "\n".join(map(_row, rows))


def clock(seconds: float) -> str:
    """0:05, 12:34, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def megabytes(count: int) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _row(pair: tuple[str, str]) -> str:
    name, text = pair
    return f"  {name}{' ' * max(2, NAME_COLUMNS - columns(name))}{text or '–'}"


def _state(one: dict[str, Any], states: dict[str, str] = STATES) -> str:
    reason = f" ({one['reason']})" if one["reason"] else ""
    return f"{states.get(one['state'], one['state'])}{reason}"


def _dropped(one: dict[str, Any]) -> str:
    seconds = one.get("dropped_seconds", 0)
    return f"  버림 · dropped {seconds:g} s" if seconds else ""


def _room(one: dict[str, Any]) -> str:
    minutes = one.get("minutes_left")
    return f"  남은 시간 · left {minutes:.0f} min" if minutes is not None else ""
