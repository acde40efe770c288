"""Logging of a process of the house: to its standard error, which whoever started it has pointed at `logs/VERB.log`.
Every line is scrubbed of registered secrets and of anything that looks like a stream key in an address (house law 10,
T2)."""

from __future__ import annotations

import logging
import re
import sys
import time

ADDRESS = re.compile(r"(rtmps?://[^\s/'\"]+/[^\s/'\"]+)/[^\s'\"]+")
LEAST_SECRET_LENGTH = 4

_secrets: set[str] = set()


def hide(text: str) -> None:
    """Registers a secret of this process: it is blotted out wherever it would be written."""
    if len(text) >= LEAST_SECRET_LENGTH:
        _secrets.add(text)


def scrub(text: str) -> str:
    """`text` without secrets."""
    for secret in _secrets:
        text = text.replace(secret, "•••")
    return ADDRESS.sub(r"\1/•••", text)


class ScrubbedLines(logging.Formatter):
    """One line an entry, in UTC, scrubbed last so that nothing can be added behind it."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The scrubbed line; a trace is kept to the names of what failed and where."""
        return scrub(super().format(record))

    def formatException(self, ei: object) -> str:  # the library's name
        """Without the exception's own text, which may hold an address: only its kind and its places."""
        kind, _, trace = ei if isinstance(ei, tuple) else (None, None, None)
        places = []
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
            trace = trace.tb_next
        return f"{getattr(kind, '__name__', kind)} at {' > '.join(places)}"


def log_to_stderr(verb: str) -> None:
    """Sets the process' logging up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ScrubbedLines(f"%(asctime)s.%(msecs)03dZ {verb} %(levelname)s %(name)s: %(message)s", "%FT%T"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
