"""The file source in a stepped run, where every answer is exact: loops without a seam, sound with its picture, inserts,
jumps, resumed runs, and files that are damaged in every way."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest

from studio.media.sources.file import FileSource
from studio.media.sources.file_facts import open_media, read_facts
from studio.model.sentence import Refusal
from studio.program.draw_list import Look
from tests.instruments.pattern import is_flash, read_tick
from tests.media.clips import LOOK, WAIT, heard, loud, opened, shown, tick_shown, turned_by_metadata
from tests.rigs.samples import Beep, clip, mutated, truncated
from tests.rigs.waiting import wait_for

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def beeping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 30 with a beep."""
    return clip(tmp_path_factory.mktemp("clip") / "beep.mp4", beep=Beep())


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-four seconds, 720 pictures, with key frames far apart."""
    return clip(
        tmp_path_factory.mktemp("clip") / "long.mp4", seconds=24, width=96, height=54, key_every=250, beep=Beep()
    )


# --- loops ---


@pytest.mark.parametrize("rate", [24, 25, 30, 60])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_three_loops_at_any_rate(tmp_path: Path, rate: int, suffix: str) -> None:
    path = clip(tmp_path / f"clip{suffix}", fps=rate, seconds=1)
    with opened(path) as source:
        for tick in range(90):
            wanted = (tick * rate * 1000 // 30 + 1) // 1000 % rate
            assert tick_shown(source, tick) == wanted, tick
        assert not source.trouble


@pytest.mark.parametrize(
    "options", [{"preset": "ultrafast", "bf": "2"}, {"preset": "ultrafast", "bf": "3", "refs": "3"}]
)
def test_pictures_that_are_stored_out_of_order(tmp_path: Path, options: dict[str, str]) -> None:
    path = clip(tmp_path / "clip.mp4", seconds=1, options=options)
    with opened(path) as source:
        assert [tick_shown(source, tick) for tick in range(65)] == [tick % 30 for tick in range(65)]


def test_a_loop_of_one_picture(tmp_path: Path) -> None:
    with opened(clip(tmp_path / "one.mp4", seconds=1 / 30)) as source:
        assert [tick_shown(source, tick) for tick in range(6)] == [0] * 6


def test_a_rate_of_our_own_that_is_not_the_files(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4", fps=30, seconds=1)
    with opened(path, fps=25) as source:
        assert [tick_shown(source, tick) for tick in range(50)] == [tick * 30 // 25 % 30 for tick in range(50)]


def test_what_is_told_about_a_file(beeping: Path) -> None:
    with opened(beeping) as source:
        shown(source, 0)
        assert source.info is not None
        assert (source.info.width, source.info.height) == (160, 90)
        assert source.info.duration_ns == 2_000_000_000
        assert source.info.has_picture
        assert source.info.has_sound


# --- sound ---


@pytest.mark.parametrize(
    "beep",
    [
        Beep(),
        Beep(rate=44_100),
        Beep(channels=1),
        Beep(channels=6),
        Beep(codec="pcm_s16le"),
        Beep(codec="pcm_s16le", rate=44_100, channels=1),
    ],
)
def test_the_beep_comes_with_its_flash_over_three_loops(tmp_path: Path, beep: Beep) -> None:
    path = clip(tmp_path / "clip.mkv", beep=beep)
    with opened(path) as source:
        for tick in range(180):
            shown(source, tick)
            samples = np.abs(heard(source, tick)).max(axis=1)
            if is_flash(tick, 30):
                assert samples.max() > 0.2, tick
            else:
                # An encoder smears a beep over a packet; a sixth of a tick is no error anybody hears.
                assert samples[270:-270].max() < 0.2, tick


def test_where_the_beep_begins_to_the_sample(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mkv", beep=Beep(codec="pcm_s16le"))
    with opened(path) as source:
        wave = np.concatenate([heard(source, tick)[:, 0] for tick in range(125)])
    expected = np.arange(len(wave))
    sine = 0.5 * np.sin(2 * np.pi * 1000 / 48_000 * expected) * (expected % 48_000 < 3200)
    assert np.abs(wave - sine).max() < 0.001


@pytest.mark.parametrize("media_tick", [7, 29, 45, 67, 101])
def test_sound_in_the_middle_is_where_it_belongs(beeping: Path, media_tick: int) -> None:
    """A run that goes on in the middle of a packet: the same samples as from the beginning."""
    with opened(beeping) as source:
        whole = [heard(source, tick) for tick in range(130)]
    with opened(beeping, media_tick=media_tick) as source:
        for tick in range(media_tick, media_tick + 25):
            assert np.abs(heard(source, tick)[300:] - whole[tick][300:]).max() < 0.02, tick


def test_late_sound_stays_late(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4", beep=Beep(late_ms=100.0))
    with opened(path) as source:
        assert [tick for tick in range(60) if loud(source, tick)] == [3, 4, 33, 34]


def test_a_file_with_sound_alone(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.full((1, 96_000), 8000, np.int16), "s16", "stereo")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with opened(path) as source:
        for tick in (0, 1, 29, 30, 59, 1000, 1001):
            assert np.allclose(heard(source, tick), 8000 / 32768, atol=0.001), tick
        assert source.picture(LOOK, 5, WAIT) is None
        assert not source.trouble


def test_a_file_without_sound_is_silent(tmp_path: Path) -> None:
    with opened(clip(tmp_path / "clip.mp4", seconds=0.5)) as source:
        shown(source, 0)
        assert source.sound(0, WAIT) is None


# --- jumps ---


def test_a_run_is_resumed_in_the_middle(beeping: Path) -> None:
    with opened(beeping, media_tick=100) as source:
        assert [tick_shown(source, tick) for tick in range(100, 130)] == [tick % 60 for tick in range(100, 130)]
        assert [loud(source, tick) for tick in range(100, 130)] == [is_flash(tick, 30) for tick in range(100, 130)]


def test_far_ahead_and_back(long: Path) -> None:
    look = Look(96, 54)
    with opened(long) as source:
        for tick in (0, 600, 601, 3, 400, 719, 720, 14_400, 0):
            assert tick_shown(source, tick, look) == tick % 720, tick
            assert loud(source, tick) == is_flash(tick % 720, 30), tick


def test_sound_that_nobody_heard_for_a_while(long: Path) -> None:
    """The cover hides a source for twenty seconds; then its sound is with its picture at once."""
    look = Look(96, 54)
    with opened(long) as source:
        shown(source, 0, look)
        heard(source, 0)
        for tick in range(1, 600, 7):
            shown(source, tick, look)
        began = time.monotonic()
        assert [loud(source, tick) for tick in range(599, 604)] == [False, True, True, False, False]
        assert time.monotonic() - began < 5


def test_a_live_run_shows_an_old_picture_rather_than_none(long: Path) -> None:
    look = Look(96, 54)
    with opened(long) as source:
        assert tick_shown(source, 10, look) == 10
        at_once = source.picture(look, 600, 0.0)
        assert at_once is not None
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            prepared = source.picture(look, 600, 0.0)
            assert prepared is not None
            if read_tick(prepared.planes.y) == 600:
                break
            time.sleep(0.01)
        else:
            raise AssertionError("the new position was never shown")


# --- inserts ---


def test_an_insert_waits_plays_once_and_ends(beeping: Path) -> None:
    with opened(beeping, loops=False) as source:
        assert [tick_shown(source, 0) for _ in range(5)] == [0] * 5
        assert source.sound(-3, WAIT) is None
        assert [tick_shown(source, tick) for tick in range(60)] == list(range(60))
        assert [tick_shown(source, tick) for tick in (60, 61, 90)] == [59] * 3
        assert [loud(source, tick) for tick in (0, 1, 2, 30, 31, 32, 59, 60, 200)] == [True, True, False] * 2 + [
            False
        ] * 3


def test_an_insert_is_played_again_and_again(beeping: Path) -> None:
    with opened(beeping, loops=False) as source:
        for _ in range(8):
            assert [tick_shown(source, tick) for tick in range(58, 62)] == [58, 59, 59, 59]
            source.restart()
            assert [tick_shown(source, tick) for tick in (0, 0, 1, 2)] == [0, 0, 1, 2]
            assert [loud(source, tick) for tick in (0, 1, 2, 3)] == [True, True, False, False]
            source.restart()


# --- damage ---


def settle(source: FileSource, ticks: int = 40) -> int:
    """Asks as a live run would; how many pictures came."""
    came = 0
    for tick in range(ticks):
        came += source.picture(LOOK, tick, 0.3 if tick == 0 else 0.05) is not None
        source.sound(tick, 0.02)
    return came


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "text", "header"])
def test_what_is_no_video_says_so(tmp_path: Path, beeping: Path, kind: str) -> None:
    path = tmp_path / "clip.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("이건 영상이 아니에요\n" * 100)
    elif kind == "header":
        truncated(beeping, path, 300)
    with pytest.raises(Refusal):
        read_facts(path)
    with opened(path) as source:
        assert settle(source, 1) == 0
        deadline = time.monotonic() + 5
        while not source.trouble and time.monotonic() < deadline:
            time.sleep(0.01)
        assert source.trouble == "unreadable"
        assert source.info is None


def test_a_file_that_appears_later_is_taken(tmp_path: Path, beeping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.media.sources.file.RETRY_SECONDS", 0.2)
    path = tmp_path / "clip.mp4"
    with opened(path) as source:
        assert settle(source, 2) == 0
        path.write_bytes(beeping.read_bytes())
        deadline = time.monotonic() + 10
        while source.info is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert tick_shown(source, 10) == 10
        assert source.trouble == ""


@pytest.mark.parametrize("seed", range(6))
def test_damaged_pictures_go_on(tmp_path: Path, beeping: Path, seed: int) -> None:
    path = mutated(beeping, tmp_path / "clip.mp4", seed=seed, changes=60)
    with opened(path) as source:
        assert settle(source, 80) >= 60


@pytest.mark.parametrize("part", [0.4, 0.7, 0.95])
@pytest.mark.parametrize("suffix", [".ts", ".mkv"])
def test_a_file_that_breaks_off(tmp_path: Path, part: float, suffix: str) -> None:
    whole = clip(tmp_path / f"whole{suffix}", beep=Beep())
    path = truncated(whole, tmp_path / f"part{suffix}", int(whole.stat().st_size * part))
    with opened(path) as source:
        assert settle(source, 100) >= 90


@pytest.mark.parametrize("name", [b"V_MPEG4/ISO/AVC", b"A_AAC"])
def test_a_compression_that_nobody_knows(tmp_path: Path, name: bytes) -> None:
    path = clip(tmp_path / "clip.mkv", seconds=0.5, beep=Beep())
    path.write_bytes(path.read_bytes().replace(name, name[:2] + b"Z" * (len(name) - 2)))
    with opened(path) as source:
        if name[:1] == b"V":
            assert settle(source, 1) == 0
            assert source.trouble == "unreadable"
        else:
            assert tick_shown(source, 3) == 3
            assert source.sound(3, WAIT) is None
            assert source.info is not None
            assert not source.info.has_sound


def test_random_bytes_anywhere(tmp_path: Path, beeping: Path) -> None:
    chooser = np.random.default_rng(3)
    for number in range(6):
        data = bytearray(beeping.read_bytes())
        for _ in range((2, 20, 200)[number % 3]):
            data[chooser.integers(len(data))] = chooser.integers(256)
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(data)
        with opened(path) as source:
            settle(source, 2)


def test_pictures_missing_in_the_middle_are_bridged(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mkv", seconds=1, skip=(10, 11, 12))
    with opened(path) as source:
        wanted = [9 if 10 <= tick <= 12 else tick for tick in range(30)] * 2
        assert [tick_shown(source, tick) for tick in range(60)] == wanted


def threads_of(path: Path) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if path.name in one.name]


def test_closing_ends_the_threads(beeping: Path) -> None:
    source = FileSource(beeping, 30, loops=True)
    shown(source, 3)
    source.close()
    wait_for(lambda: not threads_of(beeping), 5)


def test_closing_waits_for_no_stuck_read(beeping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick replaces a source whose disk does not answer: close returns while the read still stands."""
    answers = threading.Event()

    def dead_disk(path: Path) -> object:
        answers.wait()
        return open_media(path)

    monkeypatch.setattr("studio.media.sources.file_facts.open_media", dead_disk)
    source = FileSource(beeping, 30, loops=True)
    wait_for(lambda: threads_of(beeping), 5)
    source.close()
    assert threads_of(beeping), "the read was not stuck: this proves nothing"
    answers.set()
    wait_for(lambda: not threads_of(beeping), 5)


# --- turned ---


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_clip_that_says_it_is_turned(tmp_path: Path, degrees: int) -> None:
    plain = clip(tmp_path / "plain.mp4", seconds=0.5)
    path = turned_by_metadata(plain, tmp_path / "turned.mp4", degrees)
    size = (160, 90) if degrees == 180 else (90, 160)
    with opened(path) as source:
        prepared = shown(source, 4, Look(*size))
        assert source.info is not None
        assert (source.info.width, source.info.height) == size
        assert read_tick(np.rot90(prepared.planes.y, degrees // 90)) == 4
