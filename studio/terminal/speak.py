"""How the terminal speaks: Korean first, English second, one sentence each; refusals on standard error, never a
traceback. Nothing foreign reaches the screen but letters, and no stream key. Main thread only."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from studio.link.logs import scrub
from studio.model.sentence import Refusal, Sentence

BAD_INPUT = 2
FAILED = 1
KEPT = "\n\u200d"
"""Not printable by themselves, but wanted: new lines, and what joins emoji."""


def say(ko: str, en: str) -> None:
    """Two lines on standard output."""
    put(shown(Sentence(ko, en).both()))


def tell_refusal(refusal: Refusal) -> int:
    """Two lines on standard error and the exit code for bad input."""
    _put(shown(refusal.sentence.both()), sys.stderr)
    return BAD_INPUT


def warn(ko: str, en: str) -> None:
    """Two lines on standard error; the work goes on."""
    _put(shown(Sentence(ko, en).both()), sys.stderr)


def put(text: str, end: str = "\n") -> None:
    """`text` on standard output as it is. A reader who has gone away changes nothing: the run goes on."""
    if not _put(text, sys.stdout, end):
        let_go_of_output()


def shown(text: str) -> str:
    """Words with names out of foreign files in them: without what moves a cursor or colours a screen, without keys."""
    return scrub("".join(letter if letter.isprintable() or letter in KEPT else "?" for letter in text))


def let_go_of_output() -> None:
    """Standard output leads nowhere from now on, so that nothing fails when the program ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _put(text: str, stream: TextIO | None, end: str = "\n") -> bool:
    if stream is None:
        return True
    try:
        print(text, file=stream, end=end, flush=True)
    except OSError:
        return False
    return True
