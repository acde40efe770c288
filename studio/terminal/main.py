"""`jangteo`: reads what was typed and calls the verb. Each verb's module is imported only when it is asked for.
Whatever goes wrong becomes a sentence and an exit code: 0 done, 1 failed, 2 bad input."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

import studio
from studio.model.sentence import Refusal
from studio.terminal.speak import FAILED, tell_refusal, warn

VERBS: dict[str, tuple[str, str]] = {
    "run": ("방송하거나 리허설하고 녹화해요", "put a show on air, rehearse it, record it"),
    "show": ("방송 계획을 JSON으로 보여 줘요", "print a show as JSON"),
    "say": ("진행 중인 방송에 명령을 보내요", "send a command to the running engine"),
    "status": ("지금 온에어 상태를 보여 줘요", "show what is on air"),
    "stop": ("방송을 깨끗하게 끝내요", "end the run cleanly"),
    "verify": ("방송 기록과 녹화 파일을 검사해요", "check a run's timeline and files"),
    "bench": ("이 컴퓨터에서의 속도를 재요", "measure speed on this machine"),
}
PROCESSES = "keeper engine letters sink feeds media"


def main(arguments: Sequence[str]) -> int:
    """The exit code of the verb."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = _parser()
    if not arguments or arguments[0] in ("-h", "--help"):
        parser.print_help()
        return 0
    if arguments[0] == "--version":
        print(f"jangteo {studio.__version__}")
        return 0
    verb = _verb(arguments[0])
    if verb is None:
        warn(f"“{arguments[0]}”은(는) 모르는 말이에요. jangteo --help를 보세요.", f"Unknown verb “{arguments[0]}”.")
        return 2
    try:
        return verb(list(arguments[1:]))
    except Refusal as refusal:
        return tell_refusal(refusal)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        warn(
            f"파일이나 장치를 쓰는 중에 문제가 생겼어요: {error.strerror}. 아무것도 바꾸지 않았어요.",
            f"A file or device failed: {error.strerror}. Nothing was changed.",
        )
        return FAILED


def _parser() -> argparse.ArgumentParser:
    lines = [f"  {name:8} {ko} · {en}" for name, (ko, en) in VERBS.items()]
    return argparse.ArgumentParser(
        prog="jangteo",
        usage="jangteo VERB …",
        description="장터 스튜디오 · Jangteo Studio\n\n" + "\n".join(lines),
        epilog=f"jangteo VERB --help · processes of the house, startable by hand: {PROCESSES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _verb(name: str) -> Callable[[list[str]], int] | None:
    if name == "run":
        from studio.terminal.run import main as verb
    elif name == "show":
        from studio.terminal.show import main as verb
    elif name == "say":
        from studio.terminal.control import say_main as verb
    elif name == "status":
        from studio.terminal.control import status_main as verb
    elif name == "stop":
        from studio.terminal.control import stop_main as verb
    elif name == "verify":
        from studio.terminal.verify import main as verb
    elif name == "bench":
        from studio.terminal.bench import main as verb
    else:
        return None
    return verb
