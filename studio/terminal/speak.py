"""How the terminal speaks: Korean first, English second, one sentence each; refusals on standard error, never a
traceback. Main thread only."""

from __future__ import annotations

import sys

from studio.model.sentence import Refusal, Sentence

BAD_INPUT = 2
FAILED = 1


def say(ko: str, en: str) -> None:
    """Two lines on standard output."""
    print(Sentence(ko, en).both(), flush=True)


def tell_refusal(refusal: Refusal) -> int:
    """Two lines on standard error and the exit code for bad input."""
    print(refusal.sentence.both(), file=sys.stderr, flush=True)
    return BAD_INPUT


def warn(ko: str, en: str) -> None:
    """Two lines on standard error; the work goes on."""
    print(Sentence(ko, en).both(), file=sys.stderr, flush=True)
