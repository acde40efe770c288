"""The state of a run in words for whoever asks: `jangteo status`, the terminal's progress line, the summary at the end.
Pure reading of snapshots; never a key."""

from __future__ import annotations

from typing import Any

from studio.program.state import State


def state_words(state: State, tick: int) -> dict[str, Any]:
    """What is on air, as JSON."""
    fps = state.show.fps
    insert = state.insert
    return {
        "tick": tick,
        "seconds": round(tick / fps, 3),
        "show": {"id": state.show.id, "title": state.show.title},
        "kind": state.kind,
        "program": state.program,
        "preview": state.preview,
        "cards": [
            {
                "card": card.card,
                "kind": card.kind,
                "subject": card.subject,
                "template": card.template,
                "values": dict(card.values),
                "since_tick": card.since_tick,
            }
            for card in state.cards
            if card.leaving_tick is None
        ],
        "coupons": [
            {
                "coupon": promise.coupon.id,
                "open_tick": promise.open_tick,
                "close_tick": promise.close_tick,
                "seconds_left": max(0, round((promise.close_tick - tick) / fps, 2)),
            }
            for promise in state.coupons
        ],
        "cover": None if state.cover is None else state.cover.slate,
        "insert": None
        if insert is None
        else {
            "source": insert.source,
            "return_scene": insert.return_scene,
            "seconds_left": max(0, round((insert.end_tick - tick) / fps, 2)),
        },
        "sources": {
            source: {"ready": known.ready, "lost": known.lost, "gain_db": state.gains.get(source, 0.0)}
            for source, known in state.sources.items()
        },
        "missed_ticks": state.missed_ticks,
        "letters": state.letters,
        "ended": state.ended,
    }
