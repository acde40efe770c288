"""The encoding threads: a fault in one block of sound costs that block and nothing else; ticks without a picture repeat
the one before them."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from studio.engine.encoding import CanvasEncoding, SoundEncoding
from studio.model.packet import Packet
from studio.model.run import EncoderChoice
from studio.model.show import Canvas
from studio.model.time import samples_per_tick
from tests.rigs.waiting import wait_for

SAMPLES = samples_per_tick(30)


def test_a_failing_sound_encoder_is_opened_anew() -> None:
    packets: list[Packet] = []
    encoding = SoundEncoding(packets.append, 200)
    tone = np.full((SAMPLES, 2), 0.25, np.float32)
    for tick in range(90):
        # FFmpeg takes no frame with three channels for a stereo encoder.
        block = np.zeros((SAMPLES, 3), np.float32) if tick == 30 else tone
        assert encoding.offer(block, tick * SAMPLES)
        if tick % 3 == 0:
            encoding.encode_waiting()
    encoding.close(20)
    starts = [packet.pts for packet in packets]
    assert starts == sorted(set(starts)), "sound packets overlap"
    before = [start for start in starts if start < 30 * SAMPLES]
    after = [start for start in starts if start >= 31 * SAMPLES - 1024]
    assert len(before) >= 30 * SAMPLES // 1024 - 2
    assert len(after) >= 59 * SAMPLES // 1024, "the show is mute after a fault"


def test_after_a_gap_sound_goes_on_where_it_belongs(caplog: pytest.LogCaptureFixture) -> None:
    packets: list[Packet] = []
    encoding = SoundEncoding(packets.append, 200)
    tone = np.full((SAMPLES, 2), 0.25, np.float32)
    for tick in [*range(30), *range(90, 120)]:
        assert encoding.offer(tone, tick * SAMPLES)
    encoding.close(20)
    starts = [packet.pts for packet in packets]
    assert starts == sorted(set(starts)), "sound packets overlap"
    assert not [start for start in starts if 30 * SAMPLES <= start < 90 * SAMPLES], "sound in the gap"
    assert starts[-1] + 1024 >= 120 * SAMPLES
    assert not caplog.records, "a gap is no fault"


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
@pytest.mark.parametrize("missing", [1, 2, 5, 70])
def test_a_hole_never_turns_the_times_round(fps: int, missing: int) -> None:
    """A muxer that is given an earlier time ends for good."""
    packets: list[Packet] = []
    count = samples_per_tick(fps)
    encoding = SoundEncoding(packets.append, 200)
    tone = np.full((count, 2), 0.25, np.float32)
    for tick in [*range(60), *range(60 + missing, 120 + missing)]:
        assert encoding.offer(tone, tick * count)
    encoding.close(20)
    starts = [packet.pts for packet in packets]
    steps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(steps) >= 1024, "packets overlap"
    if missing * count < 48_000:
        assert set(steps) == {1024}, "a short hole is silence"
    assert starts[-1] + 1024 >= (120 + missing) * count


def test_canvases_that_come_by_together_encode_sound_once() -> None:
    packets: list[Packet] = []
    encoding = SoundEncoding(packets.append, 4)
    tone = np.full((SAMPLES, 2), 0.25, np.float32)
    is_over = threading.Event()

    def come_by() -> None:
        while not is_over.is_set():
            encoding.encode_waiting()

    threads = [threading.Thread(target=come_by) for _ in range(3)]
    for thread in threads:
        thread.start()
    for tick in range(300):
        assert encoding.offer(tone, tick * SAMPLES, 5.0)
    is_over.set()
    for thread in threads:
        thread.join()
    encoding.close(20)
    starts = [packet.pts for packet in packets]
    assert starts == [starts[0] + 1024 * number for number in range(len(starts))]
    assert starts[-1] + 1024 >= 300 * SAMPLES


def test_holes_are_filled_and_a_gap_is_not() -> None:
    packets: list[Packet] = []
    troubles: list[str] = []
    canvas = Canvas("v", 180, 320, 30)
    choice = EncoderChoice(preset="ultrafast", bitrate_kbps=500)
    encoding = CanvasEncoding(canvas, choice, packets.append, troubles.append, lambda: None)
    for tick in (0, 1, 4, 5, 40, 41):
        if tick == 40:
            encoding.note_gap(40)
        frame = encoding.pool.take(5.0)
        assert frame is not None
        for plane in frame.planes:
            plane[:] = 128
        encoding.offer(frame, tick)
    encoding.close(44, 20)
    assert [packet.pts for packet in packets] == [0, 1, 2, 3, 4, 5, 40, 41, 42, 43]
    assert [packet.pts for packet in packets if packet.is_key] == [0, 40]
    assert encoding.frames_repeated == 4
    assert not troubles


def test_a_changed_pace_is_one_key_frame_however_long_the_hole() -> None:
    packets: list[Packet] = []
    canvas = Canvas("v", 180, 320, 30)
    choice = EncoderChoice(preset="superfast", bitrate_kbps=500)
    encoding = CanvasEncoding(canvas, choice, packets.append, lambda reason: None, lambda: None)
    for tick in (0, 20, 21):
        if tick == 20:
            wait_for(lambda: len(packets) == 1, 10, "the first picture is encoded")
            encoding.ease(True)
        frame = encoding.pool.take(5.0)
        assert frame is not None
        for plane in frame.planes:
            plane[:] = 128
        encoding.offer(frame, tick)
    encoding.close(22, 20)
    assert [packet.pts for packet in packets] == list(range(22))
    assert [packet.pts for packet in packets if packet.is_key] == [0, 1]
