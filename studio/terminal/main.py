"""`jangteo`: reads what was typed and calls the verb. Each verb's module is imported only when it is asked for.
Whatever goes wrong becomes a sentence and an exit code: 0 done, 1 failed, 2 bad input."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

import studio
from studio import paths
from studio.link import children, process
from studio.model.sentence import Refusal
from studio.terminal.speak import FAILED, let_go_of_output, put, tell_refusal, warn
from studio.terminal.typed_files import reason_of

VERBS: dict[str, tuple[str, str]] = {
    "run": ("방송하거나 리허설하고 녹화해요", "put a show on air, rehearse it, record it"),
    "show": ("방송 계획을 JSON으로 보여 줘요", "print a show as JSON"),
    "say": ("진행 중인 방송에 명령을 보내요", "send a command to the running engine"),
    "status": ("지금 온에어 상태를 보여 줘요", "show what is on air"),
    "stop": ("방송을 깨끗하게 끝내요", "end the run cleanly"),
    "devices": ("카메라·마이크·화면을 보여 줘요", "list cameras, microphones and screens"),
    "verify": ("방송 기록과 녹화 파일을 검사해요", "check a run's timeline and files"),
    "bench": ("이 컴퓨터에서의 속도를 재요", "measure speed on this machine"),
}
STOPPED = 130
"""What a shell calls the end by Ctrl+C."""
PROCESSES = "keeper engine letters sink source feeds media"


def main(arguments: Sequence[str]) -> int:
    """The exit code of the verb."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if not arguments or arguments[0] in ("-h", "--help"):
        put(_parser().format_help(), end="")
        return 0
    if arguments[0] == "--version":
        put(f"jangteo {studio.__version__}")
        return 0
    try:
        return _named(arguments[0])(list(arguments[1:]))
    except Refusal as refusal:
        return tell_refusal(refusal)
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        let_go_of_output()
        return FAILED
    except OSError as error:
        reason = reason_of(error)
        warn(
            f"파일이나 장치에 문제가 있어요: {reason.ko}. 방송이 진행 중인지 jangteo status로 확인해 주세요.",
            f"A file or device failed: {reason.en}. Check with jangteo status whether a run is going on.",
        )
        return FAILED
    except Exception as error:  # noqa: BLE001  # the last door: a person never sees a traceback
        return _tell_fault(error)


def _tell_fault(error: Exception) -> int:
    """A fault of ours: its name and place go into the log, without its text, which may hold anything."""
    where, trouble = "logs/terminal.log", process.name_of(error)
    with contextlib.suppress(OSError), children.open_log("terminal") as file:
        where = str(paths.logs() / "terminal.log")
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} fault: {trouble}\n".encode())
    warn(
        f"프로그램에 문제가 있어요 ({trouble}). {where}에 적어 두었어요. "
        "방송이 진행 중인지 jangteo status로 확인해 주세요.",
        f"The program has a fault ({trouble}). It was noted in {where}. Check with jangteo status whether a run is "
        "going on.",
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


def _named(name: str) -> Callable[[list[str]], int]:
    verb = _verb(name)
    if verb is not None:
        return verb
    close = get_close_matches(name, VERBS, 1)
    raise Refusal(
        f"“{name[:60]}”은(는) 모르는 말이에요. {f'{close[0]}인가요? ' if close else ''}jangteo --help를 보세요.",
        f"Unknown verb “{name[:60]}”. {f'Did you mean {close[0]}? ' if close else ''}See jangteo --help.",
        code="usage",
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
    elif name == "devices":
        from studio.terminal.devices import main as verb
    elif name == "bench":
        from studio.terminal.bench import main as verb
    else:
        return None
    return verb
