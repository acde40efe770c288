"""The sounds of the demo show, computed from sines and noise: an evening in the orchard, a music bed and an order
bell. Decides notes, timbres and loudness. Loops are written into a ring of samples, so whatever rings past the end
rings on at the beginning, and filters work on the whole ring at once: no seam can be heard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from demo.film import SAMPLE_RATE, Samples

BEATS_PER_MINUTE = 80
BARS = 8
CHORDS = (
    (48, (64, 67, 71, 74)),
    (45, (64, 67, 72, 76)),
    (41, (65, 69, 72, 76)),
    (43, (62, 67, 71, 74)),
    (40, (64, 67, 71, 74)),
    (45, (64, 69, 72, 76)),
    (50, (62, 65, 69, 72)),
    (43, (62, 65, 67, 72)),
)
MELODY = (
    (0, 79),
    (1.5, 76),
    (2, 74),
    (3, 76),
    (4, 72),
    (6.5, 74),
    (7, 76),
    (8, 77),
    (9.5, 76),
    (10, 72),
    (11, 69),
    (12, 71),
    (14.5, 67),
    (15, 69),
    (16, 71),
    (17.5, 74),
    (18, 76),
    (19, 79),
    (20, 76),
    (22, 72),
    (23, 74),
    (24, 77),
    (25.5, 76),
    (26, 74),
    (27, 72),
    (28, 74),
    (30, 67),
    (31, 74),
)


def pitch(note: float) -> float:
    """The frequency of a note counted in half tones, 69 being 440 Hz."""
    return float(440 * 2 ** ((note - 69) / 12))


def struck(frequency: float, seconds: float, partials: tuple[tuple[float, float, float], ...]) -> Samples:
    """A struck or plucked tone: each partial is a multiple, a strength and the time in which it falls to a third."""
    moments = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = np.zeros_like(moments)
    for multiple, strength, fall in partials:
        if frequency * multiple < 16_000:
            tone += strength * np.sin(2 * np.pi * frequency * multiple * moments) * np.exp(-moments / fall)
    soft = np.minimum(moments / 0.004, 1) * np.clip((seconds - moments) / 0.05, 0, 1)
    return np.asarray(tone * soft, np.float32)


def marimba(note: float) -> Samples:
    """Warm bars of wood."""
    return struck(pitch(note), 1.6, ((1, 1.0, 0.42), (2.0, 0.10, 0.20), (3.93, 0.30, 0.10), (9.2, 0.08, 0.03)))


def string(note: float) -> Samples:
    """A nylon string, plucked softly."""
    partials = tuple((n * (1 + 0.0002 * n * n), 0.8 / n**1.5, 0.9 / n**0.75) for n in range(1, 10))
    return struck(pitch(note), 2.4, partials)


def low(note: float) -> Samples:
    """A round bass."""
    return struck(pitch(note), 1.9, ((1, 1.0, 0.75), (2, 0.28, 0.4), (3, 0.10, 0.2)))


def put(ring: Samples, at_seconds: float, tone: Samples, gain: float, side: float = 0.0) -> None:
    """Adds a tone into the ring; side runs from −1, left, to 1, right."""
    start = round(at_seconds * SAMPLE_RATE)
    places = (start + np.arange(len(tone))) % len(ring)
    angle = (side + 1) * np.pi / 4
    ring[places, 0] += tone * np.float32(gain * np.cos(angle))
    ring[places, 1] += tone * np.float32(gain * np.sin(angle))


def room(ring: Samples, seconds: float, share: float, seed: int) -> Samples:
    """A small warm room around the ring."""
    random = np.random.default_rng(seed)
    moments = np.arange(len(ring)) / SAMPLE_RATE
    result = ring.copy()
    for channel in range(2):
        echo = random.standard_normal(len(ring)) * np.exp(-moments / (seconds / 4)) * (moments > 0.012)
        spectrum = np.fft.rfft(echo)
        spectrum /= np.sqrt((echo**2).sum())
        hertz = np.fft.rfftfreq(len(ring), 1 / SAMPLE_RATE)
        spectrum *= 1 / (1 + (hertz / 3200) ** 2) * hertz / (hertz + 180)
        wet = np.fft.irfft(np.fft.rfft(ring[:, channel]) * spectrum, len(ring))
        result[:, channel] += (share * wet).astype(np.float32)
    return result


def loudness(sound: Samples) -> float:
    """Loudness in LUFS after ITU-R BS.1770, ungated, for two channels at 48 kHz."""
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(len(sound)))
    shelf = (1.53512485958697 - 2.69169618940638 * turn + 1.19839281085285 * turn**2) / (
        1 - 1.69065929318241 * turn + 0.73248077421585 * turn**2
    )
    high = (1 - 2 * turn + turn**2) / (1 - 1.99004745483398 * turn + 0.99007225036621 * turn**2)
    heard = np.fft.irfft(np.fft.rfft(sound, axis=0) * (shelf * high)[:, None], len(sound), axis=0)
    return float(-0.691 + 10 * np.log10((heard**2).mean(axis=0).sum()))


def levelled(sound: Samples, target: float) -> Samples:
    """The sound at a loudness in LUFS, with peaks kept under −1.5 dB."""
    louder = sound * np.float32(10 ** ((target - loudness(sound)) / 20))
    peak = float(np.abs(louder).max())
    return louder if peak < 0.84 else (louder * np.float32(0.84 / peak)).astype(np.float32)


def bed() -> Samples:
    """24 s of music: plucked chords, a marimba that thinks aloud, a bass and a breath of shaker."""
    beat = 60 / BEATS_PER_MINUTE
    random = np.random.default_rng(8)
    ring = np.zeros((round(BARS * 4 * beat * SAMPLE_RATE), 2), np.float32)
    for bar, (root, chord) in enumerate(CHORDS):
        start = bar * 4 * beat
        for place, gain in ((0, 0.50), (2.5, 0.30)):
            put(ring, start + place * beat, low(root), gain)
        for step, voice in enumerate((0, 2, 1, 3, 2, 1, 3, 2)):
            late = 0.045 * beat if step % 2 else 0.0
            wobble = random.uniform(0, 0.008)
            gain = 0.20 if step % 4 == 0 else 0.14 + random.uniform(-0.02, 0.02)
            put(
                ring,
                start + step * beat / 2 + late + wobble,
                string(chord[voice] - 12 * (voice == 0)),
                gain,
                0.35 - 0.2 * voice,
            )
        for step in range(8):
            grain = random.standard_normal(int(0.05 * SAMPLE_RATE)).astype(np.float32)
            grain = np.diff(grain, prepend=np.float32(0)) * np.hanning(len(grain)).astype(np.float32) ** 2
            put(ring, start + (step + 0.5 * 0.09 * (step % 2)) * beat / 2, grain, 0.020 if step % 2 else 0.010, 0.5)
    for place, note in MELODY:
        gain = 0.34 if place % 4 == 0 else 0.26
        put(ring, place * beat + random.uniform(0, 0.006), marimba(note), gain, -0.25)
        if place % 8 == 0:
            put(ring, (place + 0.04) * beat, marimba(note - 12), gain * 0.5, -0.35)
    return levelled(room(ring, 1.3, 0.30, 4), -20.0)


def evening() -> Samples:
    """12 s in the orchard: wind that swells, a few birds near and far, crickets under it all."""
    length = 12 * SAMPLE_RATE
    random = np.random.default_rng(12)
    hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    turn = np.arange(length) / length
    ring = np.zeros((length, 2), np.float32)
    for channel in range(2):
        spectrum = np.fft.rfft(random.standard_normal(length)) * (hertz / (hertz + 120)) / (1 + (hertz / 420) ** 1.7)
        wind = np.fft.irfft(spectrum, length)
        swell = 0.65 + 0.25 * np.sin(2 * np.pi * (turn + 0.1 * channel)) + 0.12 * np.sin(2 * np.pi * (3 * turn + 0.3))
        ring[:, channel] += (wind / wind.std() * 0.030 * swell).astype(np.float32)
        leaves = np.fft.irfft(
            np.fft.rfft(random.standard_normal(length)) * np.exp(-(((hertz - 5200) / 2600) ** 2)), length
        )
        ring[:, channel] += (leaves / leaves.std() * 0.0035 * swell**2).astype(np.float32)
        song = np.sin(2 * np.pi * 4380 * np.arange(length) / SAMPLE_RATE)
        pulse = np.clip(np.sin(2 * np.pi * 30 * 12 * turn), 0, 1) * np.clip(
            np.sin(2 * np.pi * (12 * turn + 0.4 * channel)) * 3, 0, 1
        )
        ring[:, channel] += (song * pulse * 0.0035).astype(np.float32)
    for at, notes, gain, side in (
        (0.9, (3100, 3500, 3050), 0.040, -0.6),
        (2.9, (2500, 2900), 0.022, 0.7),
        (4.6, (3300, 3650, 3300, 3650), 0.030, 0.3),
        (7.2, (3000, 3400, 2950), 0.036, -0.5),
        (8.3, (2450, 2850), 0.020, 0.8),
        (10.4, (3600, 3250, 3600), 0.024, 0.0),
    ):
        for number, height in enumerate(notes):
            put(ring, at + 0.17 * number, chirp(height, height * (1.16 if number % 2 == 0 else 0.90)), gain, side)
    return levelled(room(ring, 1.8, 0.35, 5), -34.0)


def chirp(start: float, end: float) -> Samples:
    """One syllable of a bird."""
    count = int(0.12 * SAMPLE_RATE)
    share = np.arange(count) / count
    height = start + (end - start) * share + 160 * np.sin(2 * np.pi * 3 * share)
    return (np.sin(2 * np.pi * np.cumsum(height) / SAMPLE_RATE) * np.sin(np.pi * share) ** 1.5).astype(np.float32)


def bell() -> Samples:
    """An order has come in: two small bells, the second higher."""
    sound = np.zeros((int(0.95 * SAMPLE_RATE), 2), np.float32)
    partials = ((1, 1.0, 0.22), (2.0, 0.42, 0.14), (2.76, 0.22, 0.09), (5.4, 0.10, 0.04))
    for at, note, side in ((0.0, 83, -0.15), (0.13, 88, 0.15)):
        put(sound, at, struck(pitch(note), 0.80, partials), 0.55, side)
    sound *= np.clip((len(sound) - np.arange(len(sound)))[:, None] / (0.12 * SAMPLE_RATE), 0, 1).astype(np.float32)
    return np.asarray(sound * (0.5 / np.abs(sound).max()), np.float32)


def write_wave(path: Path, sound: Samples) -> None:
    """16 bit, as every player reads it."""
    with wave.open(str(path), "wb") as target:
        target.setnchannels(2)
        target.setsampwidth(2)
        target.setframerate(SAMPLE_RATE)
        target.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
