"""Recording parts as one recording, as a person would join them: by the first ticks the timeline tells, overlaps of
killed recorders dropped, pictures and sound packet by packet. Pure but for reading and writing files."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tests.instruments import hearing, recording
from tests.instruments.recording import BROKEN_OFF
from tests.rigs.jangteo import Jangteo
from tests.shows.facts import made_ticks, repeated_ticks
from tests.shows.plan import FPS

SAMPLES = 48_000 // FPS
AAC_SAMPLES = 1024


def parts_of(facts: list[dict[str, Any]], canvas: str = "vertical") -> list[tuple[int, Path]]:
    """First tick and path of every part with something in it, in the order of their ticks."""
    started = [f["values"] for f in facts if f["kind"] == "PartStarted" and f["values"]["canvas"] == canvas]
    ended = {f["values"]["path"]: f["values"] for f in facts if f["kind"] == "PartEnded"}
    empty = {path for path, values in ended.items() if values["last_tick"] < values["first_tick"]}
    return sorted((one["first_tick"], Path(one["path"])) for one in started if one["path"] not in empty)


def check_pictures(facts: list[dict[str, Any]], canvas: str = "vertical") -> list[int]:
    """Decodes everything: each tick once, each picture the one of its tick. Returns the ticks that are missing."""
    parts = parts_of(facts, canvas)
    pictures = list(recording.joined([path for _, path in parts], FPS, [first for first, _ in parts]))
    places = [picture.place for picture in pictures]
    assert len(places) == len(set(places)), "a tick stands twice in the joined recording"
    repeats = repeated_ticks(facts, canvas)
    wrong = [(one.place, one.tick()) for one in pictures if one.tick() != one.place and one.place not in repeats]
    assert not wrong, wrong[:10]
    assert not any(one.corrupt for one in pictures)
    return sorted(made_ticks(facts) - set(places))


def check_sound(facts: list[dict[str, Any]], folder: Path, canvas: str = "vertical") -> list[float]:
    """Joins the sound packets of all parts: no hole, no jump, and a beep at every whole second when decoded. Returns
    how many milliseconds each beep is away from its second."""
    packets: dict[int, av.Packet] = {}
    containers = []
    for first, path in parts_of(facts, canvas):
        container = av.open(str(path))
        containers.append(container)
        for packet in sound_packets(container):
            assert packet.pts is not None
            packets.setdefault(first * SAMPLES + round(packet.pts * packet.time_base * 48_000), packet)
    places = sorted(packets)
    steps = {later - earlier for earlier, later in itertools.pairwise(places)}
    assert steps == {AAC_SAMPLES}, f"sound packets are {sorted(steps)} samples apart"
    whole = folder / "joined.mp4"
    with av.open(str(whole), "w") as output:
        stream = output.add_stream_from_template(containers[0].streams.audio[0])
        for place in places:
            packet = packets[place]
            packet.stream, packet.time_base = stream, Fraction(1, 48_000)
            packet.pts = packet.dts = place
            output.mux(packet)
    for container in containers:
        container.close()
    times = [time for time in hearing.beep_times(whole) if time > 0.5]  # the first one begins with the file
    away = [(time - round(time)) * 1000 for time in times]
    seconds = [round(time) for time in times]
    last = places[-1] // 48_000
    assert set(seconds) >= set(range(1, last)), f"beeps at {seconds}, sound until {places[-1] / 48_000:.2f} s"
    assert max(map(abs, away)) <= 5, away
    return away


def sound_packets(container: av.container.InputContainer) -> list[av.Packet]:
    """All of them, in file order; a file that breaks off ends there."""
    found = []
    packets = container.demux(container.streams.audio[0])
    while True:
        try:
            packet = next(packets)
        except (StopIteration, *BROKEN_OFF):
            return found
        if packet.size:
            found.append(packet)


def check_told_parts(facts: list[dict[str, Any]]) -> None:
    """What the timeline tells of each part that was finished is what is in it."""
    ended = {fact["values"]["path"]: fact["values"] for fact in facts if fact["kind"] == "PartEnded"}
    started = [fact["values"] for fact in facts if fact["kind"] == "PartStarted"]
    assert {one["path"] for one in started} == set(ended)
    for values in ended.values():
        if values["reason"] not in ("ended", "disk_full"):
            continue
        ticks = recording.packet_ticks(Path(values["path"]), FPS)
        assert ticks == list(range(values["last_tick"] - values["first_tick"] + 1)), values["path"]
        assert Path(values["path"]).stat().st_size == values["bytes"]
        assert values["digests"]


def verify(jangteo: Jangteo, run_dir: str | Path) -> str:
    """`jangteo verify`, which must be content."""
    done = jangteo.run("verify", run_dir, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
