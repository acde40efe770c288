"""What every source offers the engine, and what it tells about itself. Implementations own their threads; every method
here returns at once, except where a stepped run asks it to wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from studio.media.prepare import Prepared
from studio.media.ring import Samples
from studio.program.draw_list import Look


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Known once a source is open. `duration_ns` is None for one without an end."""

    width: int
    height: int
    duration_ns: int | None
    has_picture: bool
    has_sound: bool


class Source(Protocol):
    """One source of a run."""

    @property
    def info(self) -> SourceInfo | None:
        """None until it is open."""
        ...

    @property
    def trouble(self) -> str:
        """Why it gives nothing just now, as a stable word; empty when all is well."""
        ...

    def want(self, looks: frozenset[Look]) -> None:
        """Looks to prepare ahead."""
        ...

    def follow(self, media_tick: int) -> None:
        """The clock is here: decode on, whether anybody looks or not."""
        ...

    def picture(self, look: Look, media_tick: int, wait_seconds: float) -> Prepared | None:
        """The picture at `media_tick` ticks after the source's start."""
        ...

    def glance(self, look: Look, media_tick: int) -> Prepared | None:
        """A picture for somebody who looks on (a preview's thread): moves nothing, waits for nothing."""
        ...

    def sound(self, media_tick: int, wait_seconds: float) -> Samples | None:
        """The samples of one tick, float32 stereo; None where the source has no sound."""
        ...

    def close(self) -> None:
        """Ends its threads."""
        ...
