"""Packets for the tests of this folder: groups of pictures and sound as the encoders give them, each with a body of its
own, so that what comes out can be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import strategies as st

from studio.model.packet import SOUND, VIDEO, Packet

FPS = 30
SAMPLES = 1600
"""Samples of one tick."""


def picture(tick: int, is_key: bool = False, size: int = 8) -> Packet:
    return Packet(VIDEO, is_key, tick, tick, 1, f"v{tick}".encode().ljust(size, b"."))


def sound(sample: int, size: int = 4) -> Packet:
    return Packet(SOUND, True, sample, sample, 1024, f"s{sample}".encode().ljust(size, b"."))


def stream(
    ticks: Iterable[int], group: int = 10, with_sound: bool = True, size: int = 8, ahead: int = 0
) -> Iterator[Packet]:
    """Pictures of these ticks, a key frame every `group`, and their sound, `ahead` samples before or behind them."""
    next_sample = 0
    for tick in ticks:
        yield picture(tick, tick % group == 0, size)
        while with_sound and next_sample < (tick + 1) * SAMPLES + ahead:
            yield sound(next_sample)
            next_sample += 1024


def pictures(packets: Iterable[Packet]) -> list[int]:
    return [packet.pts for packet in packets if packet.stream == VIDEO]


def sounds(packets: Iterable[Packet]) -> list[int]:
    return [packet.pts for packet in packets if packet.stream == SOUND]


GROUPS = st.lists(st.integers(1, 25), min_size=1, max_size=12)
"""Lengths of groups of pictures."""


def grouped(lengths: list[int]) -> list[Packet]:
    """Groups of these lengths, with sound."""
    packets, tick, next_sample = [], 0, 0
    for length in lengths:
        for number in range(length):
            packets.append(picture(tick, number == 0))
            tick += 1
            while next_sample < tick * SAMPLES:
                packets.append(sound(next_sample))
                next_sample += 1024
    return packets
