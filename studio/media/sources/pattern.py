"""The test pattern, the instrument of all proofs: it burns the tick number into the picture as black and white cells,
flashes and beeps in the first two ticks of each second. Pulled: a pure function of the tick, no thread.

Picture w × h, rows as fractions of h: 0–1/16 sixteen cells, the high 16 bits of the 24-bit tick number, most
significant first; 1/16–1/8 the low 8 bits and an 8-bit check `((sum of the three bytes) ^ 0x5A) & 0xFF`; 1/8–1/2 the
background colour (`pattern:#RRGGBB`); 1/2–3/4 pure red, green, blue, white; 3/4–1 the flash: white during the first two
ticks of a second, else dark. `pattern:busy` fills the background with noise that changes at every tick, so that an
encoder spends its whole bit rate; `pattern:held` is the same from memory: the pictures of the first two seconds again
and again, drawn once, for measuring what everything else costs. Sound: a 1 kHz sine of amplitude 0.5 during the same
two ticks."""

from __future__ import annotations

import threading

import numpy as np

from studio.media.frame import Plane, Planes, new_planes
from studio.media.prepare import Prepared, prepare
from studio.media.ring import Samples
from studio.media.sources.source import SourceInfo
from studio.model.sentence import Refusal
from studio.model.time import SAMPLE_RATE, samples_per_tick
from studio.program.compose import colour_of
from studio.program.draw_list import Look

CELLS = 16
FLASH_TICKS = 2
BEEP_HERTZ = 1000
DARK, WHITE = 32, 235
PATCHES = ("#FF0000", "#00FF00", "#0000FF", "#FFFFFF")
BUSY, HELD = "busy", "held"
HELD_SECONDS = 2
NOISE_SPREAD = 64
DEFAULT_COLOUR = "#3A4A5A"


def cells_of(tick: int) -> list[bool]:
    """The 32 cells of a tick number, white = True."""
    number = tick & 0xFFFFFF
    check = (((number >> 16) + (number >> 8 & 0xFF) + (number & 0xFF)) ^ 0x5A) & 0xFF
    word = number << 8 | check
    return [bool(word >> (31 - position) & 1) for position in range(32)]


class PatternSource:
    """`pattern:`, `pattern:#RRGGBB`, `pattern:busy` or `pattern:held`; Refusal for an unknown option."""

    def __init__(self, address: str, fps: int) -> None:
        self._is_busy = address in (BUSY, HELD)
        self._held: dict[tuple[Look, int], Prepared] | None = {} if address == HELD else None
        text = DEFAULT_COLOUR if self._is_busy else address or DEFAULT_COLOUR
        if len(text) != 7 or text[0] != "#" or any(letter not in "0123456789abcdefABCDEF" for letter in text[1:]):
            raise Refusal(
                f"무늬 소스의 색은 #RRGGBB로 적어 주세요: {address[:40]}",
                f"The colour of a pattern source is #RRGGBB: {address[:40]}",
                code="bad_source",
            )
        self._colour = colour_of(text)
        self._fps = fps
        self._noises: dict[tuple[int, int], Plane] = {}
        self._drawn = threading.local()  # each thread that looks draws into planes of its own
        angle = 2 * np.pi * BEEP_HERTZ / SAMPLE_RATE * np.arange(FLASH_TICKS * samples_per_tick(fps))
        beep = (0.5 * np.sin(angle)).astype(np.float32)
        self._beep: Samples = np.stack([beep, beep], axis=1)
        self.info: SourceInfo | None = SourceInfo(1280, 720, None, has_picture=True, has_sound=True)
        self.trouble = ""

    def want(self, looks: frozenset[Look]) -> None:
        """Pulled: nothing to prepare."""

    def follow(self, media_tick: int) -> None:
        """Pulled: nothing runs."""

    def picture(self, look: Look, media_tick: int, wait_seconds: float) -> Prepared | None:
        """The pattern drawn at the look's own size; turned or cut looks are drawn upright first."""
        if self._held is None:
            return self._drawn_at(look, media_tick)
        tick = media_tick % (HELD_SECONDS * self._fps)
        if (look, tick) not in self._held:
            drawn = self._drawn_at(look, tick)
            self._held[look, tick] = drawn._replace(planes=Planes(*(plane.copy() for plane in drawn.planes)))
        return self._held[look, tick]

    def _drawn_at(self, look: Look, media_tick: int) -> Prepared:
        plain = Look(look.width, look.height, look.fit)
        if look.turn in (90, 270):
            return prepare(self._draw(look.height, look.width, media_tick), look)
        planes = self._draw(look.width, look.height, media_tick)
        return Prepared(planes) if look == plain else prepare(planes, look)

    def glance(self, look: Look, media_tick: int) -> Prepared | None:
        """Drawn for that tick."""
        return self.picture(look, media_tick, 0.0)

    def sound(self, media_tick: int, wait_seconds: float) -> Samples | None:
        """The beep's part that belongs to this tick."""
        count = samples_per_tick(self._fps)
        position = media_tick % self._fps
        if position >= FLASH_TICKS:
            return np.zeros((count, 2), np.float32)
        return self._beep[position * count : (position + 1) * count]

    def close(self) -> None:
        """Nothing to end."""

    def _draw(self, width: int, height: int, tick: int) -> Planes:
        grounds: dict[tuple[int, int], Planes] = self._drawn.__dict__.setdefault("grounds", {})
        planes = grounds.get((width, height))
        if planes is None:
            planes = grounds[width, height] = self._ground(width, height)
        row = height // 16
        edges = [width * cell // CELLS for cell in range(CELLS + 1)]
        for position, white in enumerate(cells_of(tick)):
            line, cell = divmod(position, CELLS)
            planes.y[line * row : (line + 1) * row, edges[cell] : edges[cell + 1]] = WHITE if white else 16
        if self._is_busy:
            planes.y[height // 8 : height // 2] = self._noise(width, height // 2 - height // 8, tick)
        planes.y[height * 3 // 4 :] = WHITE if tick % self._fps < FLASH_TICKS else DARK
        return planes

    def _noise(self, width: int, height: int, tick: int) -> Plane:
        """A window of one fixed noise picture, elsewhere at each tick."""
        whole = self._noises.get((width, height))
        if whole is None:
            shape = (height + NOISE_SPREAD, width + NOISE_SPREAD)
            whole = np.random.default_rng(width * height).integers(32, 224, shape, np.uint8)
            self._noises[width, height] = whole
        down, across = tick * 29 % NOISE_SPREAD, tick * 53 % NOISE_SPREAD
        return whole[down : down + height, across : across + width]

    def _ground(self, width: int, height: int) -> Planes:
        planes = new_planes(width, height, self._colour)
        for plane in (planes.u, planes.v):
            plane[: height // 16] = 128
            plane[height * 3 // 8 :] = 128
        top, bottom = height // 2 // 2 * 2, height * 3 // 4 // 2 * 2
        for position, colour in enumerate(PATCHES):
            left, right = width * position // 4 // 2 * 2, width * (position + 1) // 4 // 2 * 2
            for plane, value, step in zip(planes, colour_of(colour), (1, 2, 2), strict=True):
                plane[top // step : bottom // step, left // step : right // step] = value
        return planes
