"""Which canvases are encoded and with what: a canvas nobody receives any more leaves no false facts behind, one whose
encoder cannot be opened keeps nobody else from anything, and a link is followed fact by fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from studio.engine.encoding import SoundEncoding
from studio.engine.encodings import Encodings
from studio.engine.network_outlet import Link
from studio.model.events import BitrateChanged, EncodingEased, Event
from studio.model.packet import Packet
from studio.model.run import EncoderChoice, RunPlan
from studio.model.show import Canvas
from tests.program.a_show import SHOW

FULL_KBPS = 500


class Ways:
    """What the ways out of a run say: who is received, and what the only link takes."""

    def __init__(self) -> None:
        self.wanted = {"one"}
        self.link: Link | None = None

    def wanted_canvases(self) -> set[str]:
        return self.wanted

    def only_link(self, canvas: str) -> Link | None:
        return self.link if canvas == "one" else None

    def put_picture(self, canvas: str, packet: Packet) -> None:
        raise AssertionError("nothing was offered")


class Rig:
    def __init__(self) -> None:
        show = replace(SHOW, canvases=(Canvas("one", 180, 320, 30), Canvas("two", 180, 320, 30)))
        choices = {
            "one": EncoderChoice("libx264", "superfast", FULL_KBPS),
            "two": EncoderChoice("h264_nvenc", "", FULL_KBPS),
        }
        plan = RunPlan("r", show, choices, None)
        self.ways = Ways()
        self.events: list[Event] = []
        sound = SoundEncoding(lambda packet: None, 8)
        self.encodings = Encodings(plan, self.ways, sound, self.events.append, self.events.append)  # type: ignore[arg-type]  # the outlets' questions, without their processes

    def fall_behind(self) -> None:
        """As the tick would note it, until something is given up."""
        while self.encodings.paces()["one"] == "plan":
            self.encodings.current["one"].ticks_behind += 3
            self.encodings.attend()


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    clock = iter(range(10**9))
    monkeypatch.setattr("studio.engine.encodings.time.monotonic", lambda: next(clock) * 0.1)
    one = Rig()
    yield one
    one.encodings.close(0, 5.0)


def test_a_link_is_followed_and_forgotten(rig: Rig) -> None:
    rig.encodings.attend()
    rig.ways.link = Link("to-1", 200, False)
    rig.encodings.attend()
    rig.encodings.attend()
    rig.ways.link = None
    rig.encodings.attend()
    assert rig.events == [
        BitrateChanged("one", "to-1", 200, FULL_KBPS, FULL_KBPS),
        BitrateChanged("one", "", FULL_KBPS, FULL_KBPS, 200),
    ]


def test_a_closed_canvas_has_given_up_nothing(rig: Rig) -> None:
    rig.encodings.attend()
    rig.ways.link = Link("to-1", 200, False)
    rig.fall_behind()
    rig.ways.wanted = set()
    rig.encodings.attend()
    assert rig.encodings.current == {}
    assert rig.events[-2:] == [
        EncodingEased("one", "plan", "quick"),
        BitrateChanged("one", "", FULL_KBPS, FULL_KBPS, 200),
    ]
    rig.ways.wanted, rig.ways.link = {"one"}, None
    rig.encodings.attend()
    assert (rig.encodings.paces(), rig.encodings.kbps()) == ({"one": "plan"}, {"one": FULL_KBPS})


def test_an_encoder_that_cannot_be_opened_is_its_own_trouble(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.encodings.attend()
    rig.ways.wanted = {"one", "two"}
    rig.ways.link = Link("to-1", 200, False)
    for _ in range(5):
        rig.encodings.attend()
    assert set(rig.encodings.current) == {"one"}
    assert rig.events == [BitrateChanged("one", "to-1", 200, FULL_KBPS, FULL_KBPS)]
    assert sum("cannot be opened" in record.message for record in caplog.records) == 1, (
        "tried again, but not in a storm"
    )
