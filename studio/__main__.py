"""`jangteo`: reads the verb, imports only that process, starts it. Nothing else is imported here, so that the keeper
stays small and the engine never meets Qt."""

from __future__ import annotations

import sys
from collections.abc import Callable


def _process(verb: str) -> Callable[[], int] | None:
    if verb == "keeper":
        from studio.keeper import main
    elif verb == "engine":
        from studio.engine.main import main
    elif verb == "letters":
        from studio.letters import main
    elif verb == "sink":
        from studio.sink import main
    elif verb == "source":
        from studio.source import main
    elif verb == "feeds":
        from studio.feeds.process import main
    elif verb == "media":
        from studio.media_worker import main
    else:
        return None
    return main


def main() -> int:
    """The exit code of the verb."""
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    start = _process(verb)
    if start is not None:
        return start()
    from studio.terminal.main import main as terminal

    return terminal(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
