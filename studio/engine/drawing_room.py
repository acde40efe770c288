"""Where the engine has its cards drawn: asks the letters process, keeps what came back, and loads sprites so that the
tick finds them in memory. What is being drawn is asked again of a new letters process when the old one dies.
Thread-safe; the tick only looks things up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.link.channel import Connection
from studio.media.sprite import SpritePicture, load_sprite
from studio.model.codec import decode
from studio.model.overlay import DrawnCard, DrawRequest, SpriteRef
from studio.model.sentence import Refusal

log = logging.getLogger(__name__)


class DrawingRoom:
    """All drawings of one run. `on_change` is called when a drawing was finished or refused."""

    def __init__(self, sprite_folder: Path, on_change: Callable[[], None]) -> None:
        sprite_folder.mkdir(mode=0o700, exist_ok=True)
        self.folder = sprite_folder
        self.drawn: dict[DrawRequest, DrawnCard] = {}
        self.refused: dict[DrawRequest, Refusal] = {}
        self._sprites: dict[str, SpritePicture] = {}
        self._asked: dict[DrawRequest, int] = {}
        self._numbers: dict[int, DrawRequest] = {}
        self._letters: Connection | None = None
        self._on_change = on_change
        self._changed = threading.Condition()

    def sprite(self, ref: SpriteRef) -> SpritePicture | None:
        """Tick: a sprite in memory, or None."""
        return self._sprites.get(ref.sha256)

    def want(self, requests: Iterable[DrawRequest]) -> None:
        """Asks for what is neither drawn nor asked for; returns at once."""
        with self._changed:
            for request in requests:
                if request in self.drawn or request in self._asked or request in self.refused:
                    continue
                number = len(self._numbers)
                self._asked[request] = number
                self._numbers[number] = request
                self._ask(number, request)

    def ask_again(self, requests: Iterable[DrawRequest]) -> None:
        """Forgets refusals, because somebody asks anew."""
        with self._changed:
            for request in requests:
                self.refused.pop(request, None)

    def letters_came(self, connection: Connection) -> None:
        """A letters process is there: everything unfinished is asked of it."""
        with self._changed:
            self._letters = connection
            for request, number in self._asked.items():
                self._ask(number, request)

    def letters_went(self, connection: Connection) -> bool:
        """Whether the letters process that went was the present one."""
        with self._changed:
            if self._letters is not connection:
                return False
            self._letters = None
            return True

    def answer(self, message: dict[str, Any]) -> None:
        """A drawing came back, or was refused in words. Its files are read before the lock: the tick passes there."""
        card = self._loaded(message)
        with self._changed:
            request = self._numbers.get(int(message.get("drawing", -1)))
            if request is None:
                return
            self._asked.pop(request, None)
            try:
                if "refused" in message:
                    words = message["refused"]
                    self.refused[request] = Refusal(str(words["ko"]), str(words["en"]), str(words["code"]))
                elif card is not None:
                    self.drawn[request] = card
                else:
                    raise ValueError("an unusable drawing")
            except (ValueError, KeyError, TypeError):
                self.refused[request] = Refusal(
                    "카드를 그리지 못했어요. 다시 시도해 주세요.",
                    "The card could not be drawn. Try again.",
                    "not_drawn",
                )
            self._changed.notify_all()
        self._on_change()

    def _loaded(self, message: dict[str, Any]) -> DrawnCard | None:
        try:
            card = decode(DrawnCard, message["card"])
            self.load(card)
        except (OSError, ValueError, KeyError, TypeError, Refusal) as error:
            if "refused" not in message:
                log.error("a drawing could not be used: %s", type(error).__name__)
            return None
        return card

    def load(self, card: DrawnCard) -> None:
        """Loads a card's sprites; OSError or ValueError where a file is missing or damaged."""
        refs = [card.sprite, *(ref for part in card.parts for ref in part.glyphs.values())]
        for ref in refs:
            if ref.sha256 not in self._sprites:
                self._sprites[ref.sha256] = load_sprite(self.folder, ref)

    def wait_for(self, requests: Iterable[DrawRequest], timeout: float) -> None:
        """Stepped runs and the start: until each is drawn or refused."""
        wanted = tuple(requests)
        with self._changed:
            self._changed.wait_for(lambda: all(one in self.drawn or one in self.refused for one in wanted), timeout)

    def _ask(self, number: int, request: DrawRequest) -> None:
        if self._letters is not None:
            self._letters.send({"draw": number, "folder": str(self.folder), "request": asdict(request)})
