"""Commands on their way to a tick: from every door into one inbox, ordered by the tick they are meant for, held back
while their cards are being drawn, answered once their facts are written. Filled by door threads, emptied by the
tick."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from studio.engine.drawing_room import DrawingRoom
from studio.model import commands
from studio.model.commands import Command
from studio.model.overlay import DrawRequest
from studio.model.sentence import Refusal
from studio.program.card import Artwork, drawings_for
from studio.program.state import State

Answer = Callable[[dict[str, Any]], None]

PRODUCT, COUPON = (commands.ShowCard,), (commands.OpenCoupon,)
SUPERSEDES: dict[type[Command], tuple[type[Command], ...]] = {
    commands.ShowCard: PRODUCT,
    commands.HideCard: PRODUCT,
    commands.OpenCoupon: COUPON,
    commands.CloseCoupon: COUPON,
}


@dataclass
class Request:
    """A command, the tick it is meant for (None: the next), and who is told."""

    command: Command
    at_tick: int | None = None
    answer: Answer | None = None
    drawings: tuple[DrawRequest, ...] = field(default=())
    ticks_held: int = 0


class Requests:
    """All commands that have not landed yet."""

    def __init__(self, room: DrawingRoom) -> None:
        self._room = room
        self._inbox: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._waiting: list[Request] = []
        self._held: list[Request] = []

    def put(self, request: Request) -> None:
        """Any door."""
        self._inbox.put(request)

    def collect(self, state: State, artwork: Artwork) -> bool:
        """Tick: takes in what arrived and asks for its drawings; whether anything came."""
        came = False
        self._waiting, self._held = self._held + self._waiting, []
        while not self._inbox.empty():
            request = self._inbox.get()
            request.drawings = wanted_drawings(state, request.command, artwork)
            self._room.ask_again(request.drawings)
            self._room.want(request.drawings)
            self._waiting.append(request)
            came = True
        return came

    def due(self, tick: int) -> list[Request]:
        """Tick: those meant for `tick` or earlier, in the order they came."""
        due = [request for request in self._waiting if request.at_tick is None or request.at_tick <= tick]
        if due:
            self._waiting = [request for request in self._waiting if request not in due]
        return due

    def hold(self, request: Request) -> None:
        """Its card is still being drawn: it is due again at the next tick, before whatever came after it."""
        request.ticks_held += 1
        self._held.append(request)

    def superseded_by(self, request: Request) -> list[Request]:
        """Held requests for a card that a newer command speaks of: they must not come up after it."""
        kinds = SUPERSEDES.get(type(request.command), ())
        old = [one for one in self._held if isinstance(one.command, kinds)] if kinds else []
        self._held = [one for one in self._held if one not in old]
        return old

    def upcoming(self, tick: int, ticks: int) -> list[Command]:
        """Commands meant for the next `ticks` ticks: their scenes are prepared ahead."""
        return [one.command for one in self._waiting if one.at_tick is not None and one.at_tick <= tick + ticks]

    def refuse_all(self, refusal: Refusal) -> None:
        """The run ends: nobody is left without an answer."""
        self._waiting, self._held = self._held + self._waiting, []
        while not self._inbox.empty():
            self._waiting.append(self._inbox.get())
        for request in self._waiting:
            if request.answer is not None:
                request.answer(refused(refusal))
        self._waiting.clear()


def wanted_drawings(state: State, command: Command, artwork: Artwork) -> tuple[DrawRequest, ...]:
    """What letters must draw for a command; nothing where it will be refused anyway."""
    try:
        return tuple(drawings_for(state.show, command, artwork).values())
    except KeyError:
        return ()


def refused(refusal: Refusal) -> dict[str, Any]:
    """A refusal as an answer."""
    words = refusal.sentence
    return {"refused": {"ko": words.ko, "en": words.en, "code": refusal.code}}
