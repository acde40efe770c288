"""Encoders: one packet a tick, key frames where they were asked for, VBV always, colours and sound as they were put
in."""

from __future__ import annotations

import re
import threading
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from studio.media.encode import (
    HARDWARE,
    SoundEncoder,
    VideoEncoder,
    can_be_eased,
    encoder_options,
    encodes_a_frame,
    measured_rate,
    usable_hardware_encoders,
)
from studio.media.frame import PooledFrame, planes_of
from studio.media.sources.pattern import PatternSource
from studio.model.packet import SOUND, VIDEO, Packet
from studio.model.run import EncoderChoice
from studio.model.show import Canvas
from studio.program.draw_list import Look
from tests.instruments.pattern import patch, read_tick, whole

CANVAS = Canvas("v", 180, 320, 30)
FAST = EncoderChoice(preset="ultrafast", bitrate_kbps=1000)


def encode(ticks: int, keys: tuple[int, ...] = (), choice: EncoderChoice = FAST, first: int = 0) -> list[Packet]:
    encoder = VideoEncoder(CANVAS, choice)
    source = PatternSource("#FF0000", CANVAS.fps)
    frames = [PooledFrame(CANVAS.width, CANVAS.height) for _ in range(3)]
    packets = []
    for tick in range(first, first + ticks):
        frame = frames[tick % 3]
        shown = source.picture(Look(CANVAS.width, CANVAS.height), tick, 0.0)
        assert shown is not None
        for plane, part in zip(frame.planes, shown.planes, strict=True):
            plane[:] = part
        frame.is_key = tick in keys
        made = encoder.encode(frame, tick)
        assert len(made) == 1, f"tick {tick} gave {len(made)} packets"
        packets += made
    assert encoder.flush() == []
    return packets


def decoded(packets: list[Packet]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create("h264", "r")
    frames = []
    for packet in packets:
        frames += decoder.decode(av.Packet(packet.data))
    return frames + decoder.decode(None)  # type: ignore[no-any-return]


@pytest.mark.parametrize("preset", ["ultrafast", "superfast", "veryfast"])
def test_exactly_one_packet_a_tick(preset: str) -> None:
    packets = encode(45, choice=EncoderChoice(preset=preset, bitrate_kbps=800), first=100)
    assert [packet.pts for packet in packets] == list(range(100, 145))
    assert all(packet.dts == packet.pts and packet.duration == 1 and packet.stream == VIDEO for packet in packets)
    assert [read_tick(planes_of(frame).y) for frame in decoded(packets)] == list(range(100, 145))


def test_key_frames_where_they_were_asked_for_and_every_two_seconds() -> None:
    packets = encode(200, keys=(7, 40))
    assert [packet.pts for packet in packets if packet.is_key] == [0, 7, 40, 100, 160]
    for packet in packets:
        if packet.is_key:
            assert packet.data[:5] in (b"\x00\x00\x00\x01\x67", b"\x00\x00\x00\x01\x09"), "an IDR begins with SPS"
            assert b"\x00\x00\x01\x68" in packet.data[:80], "and has PPS"
    assert [read_tick(planes_of(frame).y) for frame in decoded(packets[40:60])] == list(range(40, 60))


def test_red_is_red_and_tagged_after_decoding() -> None:
    for frame in decoded(encode(5))[-2:]:
        assert (int(frame.color_range), int(frame.colorspace)) == (1, 1)
        planes = planes_of(frame)
        x, y, width, height = patch(whole(planes.y), "red")
        row, column = int(y + height / 2), int(x + width / 2)
        seen = int(planes.y[row, column]), int(planes.u[row // 2, column // 2]), int(planes.v[row // 2, column // 2])
        assert all(abs(one - other) <= 2 for one, other in zip(seen, (63, 102, 240), strict=True)), seen


@pytest.mark.parametrize("encoder", ["libx264", *HARDWARE])
def test_vbv_is_always_set(encoder: str) -> None:
    options = encoder_options(EncoderChoice(encoder, "veryfast", 3000))
    assert options["maxrate"] == options["bufsize"] == "3000k"
    if encoder == "libx264":
        assert options["bf"] == "0"
        assert options["tune"] == "zerolatency"
        assert options["forced-idr"] == "1"


def test_noise_stays_within_the_buffer() -> None:
    """Two seconds of noise: no window of a second takes more than the rate and one buffer of a second."""
    encoder = VideoEncoder(CANVAS, EncoderChoice(preset="ultrafast", bitrate_kbps=400))
    chooser = np.random.default_rng(2)
    frame = PooledFrame(CANVAS.width, CANVAS.height)
    sizes = []
    for tick in range(60):
        frame.planes.y[:] = chooser.integers(16, 235, frame.planes.y.shape, np.uint8)
        sizes.append(len(encoder.encode(frame, tick)[0].data) * 8)
    busiest = max(sum(sizes[first : first + 30]) for first in range(31))
    assert busiest <= 2 * 400_000 * 1.1


def test_an_unknown_size_or_encoder_is_told() -> None:
    assert not encodes_a_frame(CANVAS, EncoderChoice("no_such_encoder", "", 1000))
    assert encodes_a_frame(CANVAS, FAST)
    assert set(usable_hardware_encoders(CANVAS)) <= set(HARDWARE)


def test_the_rate_is_measured() -> None:
    assert measured_rate(CANVAS, FAST, 0.1) > 1


def test_encoding_lets_other_threads_run() -> None:
    counts = [0]
    done = threading.Event()

    def count() -> None:
        while not done.wait(0.0005):
            counts[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    encode(60)
    done.set()
    thread.join()
    assert counts[0] > 20


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_sound_comes_back_at_its_place(fps: int) -> None:
    encoder, source = SoundEncoder(), PatternSource("", fps)
    packets: list[Packet] = []
    for tick in range(fps, 3 * fps):
        samples = source.sound(tick, 0.0)
        assert samples is not None
        packets += encoder.encode(samples, tick * (48_000 // fps))
    packets += encoder.flush()
    assert packets[0].pts == 48_000 - 1024
    steps = {later.pts - earlier.pts for earlier, later in pairwise(packets)}
    assert steps == {1024}
    assert all(packet.stream == SOUND and packet.duration == 1024 for packet in packets)
    decoder = av.CodecContext.create("aac", "r")
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    decoder.extradata = bytes.fromhex("1190")
    wave = []
    for packet in packets:
        raw = av.Packet(packet.data)
        raw.pts, raw.time_base = packet.pts, Fraction(1, 48_000)
        wave += [frame.to_ndarray()[0] for frame in decoder.decode(raw)]
    sound = np.concatenate(wave)[1024:]
    expected = 0.5 * np.sin(2 * np.pi * 1000 / 48_000 * np.arange(48_000)) * (np.arange(48_000) < 2 * 48_000 // fps)
    second = sound[48_000:96_000] if len(sound) >= 96_000 else sound[:48_000]
    best = max(range(-40, 41), key=lambda shift: float(np.dot(np.roll(second, shift)[100:-100], expected[100:-100])))
    assert abs(best) <= 2, f"sound is {best} samples away"
    assert np.abs(second[3300:40_000]).max() < 0.25 or fps == 24


def parameter_sets(data: bytes) -> list[bytes]:
    """Sequence and picture parameter sets of an Annex B packet."""
    starts = [match.start() + 3 for match in re.finditer(b"\x00\x00\x01", data)] + [len(data) + 3]
    units = [data[first : last - 3].rstrip(b"\x00") for first, last in pairwise(starts)]
    return [unit for unit in units if unit and unit[0] & 31 in (7, 8)]


@pytest.mark.parametrize("preset", ["superfast", "veryfast"])
def test_an_eased_encoder_goes_on_with_the_same_parameter_sets(preset: str) -> None:
    """F40: whoever decodes or writes the stream notices nothing but a key frame."""
    choice = EncoderChoice("libx264", preset, 1500)
    assert can_be_eased(choice)
    found = []
    for is_eased in (False, True):
        (packet,) = VideoEncoder(CANVAS, choice, is_eased).encode(PooledFrame(CANVAS.width, CANVAS.height), 0)
        assert packet.is_key
        found.append(parameter_sets(packet.data))
    assert len(found[0]) == 2
    assert found[0] == found[1]


@pytest.mark.parametrize("choice", [FAST, EncoderChoice("libx264", "medium", 1500), EncoderChoice("h264_nvenc", "", 1)])
def test_others_are_never_eased(choice: EncoderChoice) -> None:
    """Their parameter sets would change under a connection that told them already."""
    assert not can_be_eased(choice)
