"""Which ticks show the picture before them again, gathered into ranges so that a slow second is one fact and not
thirty. Owned by the tick."""

from __future__ import annotations

from studio.model.events import Event, TicksRepeated


class Repeats:
    """Ranges that are still growing, per canvas."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[int, int]] = {}
        self._closed: list[Event] = []
        self.late_ticks = 0

    def late(self, first: int, last: int) -> list[Event]:
        """The engine was late: every canvas repeats."""
        self.late_ticks += last - first + 1
        return [TicksRepeated("*", first, last, "late")]

    def encoder_behind(self, canvas: str, tick: int) -> None:
        """The encoder had no room for this tick."""
        first, last = self._open.get(canvas, (tick, tick - 1))
        if last == tick - 1:
            self._open[canvas] = (first, tick)
        else:
            self._closed.append(TicksRepeated(canvas, first, last, "encoder"))
            self._open[canvas] = (tick, tick)

    def told(self, tick: int, fps: int) -> list[Event]:
        """Ranges that are over, or a second long."""
        closed, self._closed = self._closed, []
        for canvas, (first, last) in list(self._open.items()):
            if last < tick - 1 or last - first + 1 >= fps:
                closed.append(TicksRepeated(canvas, first, last, "encoder"))
                del self._open[canvas]
        return closed

    def rest(self) -> list[Event]:
        """At the end: what is still open."""
        still_open = [TicksRepeated(canvas, first, last, "encoder") for canvas, (first, last) in self._open.items()]
        return [*self._closed, *still_open]
