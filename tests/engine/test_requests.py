"""Commands that wait for their cards: they keep their order, and a newer word about the same card replaces them."""

from __future__ import annotations

from pathlib import Path

from studio.engine.drawing_room import DrawingRoom
from studio.engine.requests import Request, Requests
from studio.model import commands
from studio.program.card import Artwork
from tests.program.a_show import Run


def waiting(tmp_path: Path, *asked: Request) -> Requests:
    requests = Requests(DrawingRoom(tmp_path / "sprites", lambda: None))
    for request in asked:
        requests.put(request)
    requests.collect(Run().state, Artwork())
    return requests


def test_held_commands_keep_their_order(tmp_path: Path) -> None:
    first, second = (Request(commands.SetPreview(name)) for name in ("main", "both"))
    requests = waiting(tmp_path, first, second)
    for tick in range(5):
        due = requests.due(tick)
        assert due == [first, second]
        for request in due:
            requests.hold(request)
        requests.collect(Run().state, Artwork())


def test_a_hide_takes_back_a_show_that_waits(tmp_path: Path) -> None:
    shown, hidden = Request(commands.ShowCard("tangerine")), Request(commands.HideCard())
    coupon = Request(commands.OpenCoupon("x"))
    requests = waiting(tmp_path, shown, coupon, hidden)
    requests.due(0)
    requests.hold(shown)
    requests.hold(coupon)
    assert requests.superseded_by(hidden) == [shown]
    assert requests.superseded_by(hidden) == []
    requests.collect(Run().state, Artwork())
    assert requests.due(1) == [coupon]
