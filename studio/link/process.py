"""What a process asks of its system about itself: no core file, no reading of its memory by others, deafness to the
keyboard's signals, silence about the texts of exceptions, and an end that waits for nobody. Called by a
process for itself at its start and end, from its main thread."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import sys
import threading
from types import TracebackType
from typing import NoReturn

_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """No core file and no debugger of the same user: the memory of this process holds keys. Best effort."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def ignore_keyboard() -> None:
    """Ctrl+C and a closing terminal are meant for whoever started us; a child ends by end of input or by a kill."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)


def silence_libraries() -> None:
    """What C libraries print goes nowhere: PortAudio writes a million lines a second about an unplugged microphone. Our
    own words still go where they went."""
    own = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    sys.stderr = os.fdopen(own, "w", buffering=1, encoding="utf-8", errors="replace")


def name_of(error: BaseException) -> str:
    """An exception without its text, which may hold an address and a key: its class, number and place."""
    number = getattr(error, "errno", None)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + (f"({number})" if isinstance(number, int) else "") + place


def hide_exception_texts() -> None:
    """Unhandled exceptions are told by `name_of` only."""

    def tell(error: BaseException | None) -> None:
        if error is not None and sys.stderr is not None:
            sys.stderr.write(f"unhandled: {name_of(error)}\n")

    def for_process(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        tell(error)

    sys.excepthook = for_process
    threading.excepthook = lambda told: tell(told.exc_value)
    sys.unraisablehook = lambda told: tell(told.exc_value)


class Deadline:
    """Within the block the process dies `seconds` after its start, even while a C library holds the interpreter: the
    clock runs in a thread that needs no Python (PyAV 18 holds the interpreter while it closes an output)."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._nowhere: int | None = None

    def __enter__(self) -> None:
        self._nowhere = os.open(os.devnull, os.O_WRONLY)
        faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._nowhere)

    def __exit__(self, *_: object) -> None:
        faulthandler.cancel_dump_traceback_later()
        if self._nowhere is not None:
            os.close(self._nowhere)


def leave(code: int) -> NoReturn:
    """End now. Threads that hang in a C library and destructors that would talk to a dead server are not awaited."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    os._exit(code)


def start_time(pid: int) -> str:
    """When a process started, as the system tells it: with the pid it names a process for good. Empty when unknown."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
        return text[text.rindex(b")") + 2 :].split()[19].decode()
    except (OSError, ValueError, IndexError):
        return ""


def is_same(pid: int, started: str) -> bool:
    """Whether the process `pid` that started then still lives (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
        fields = text[text.rindex(b")") + 2 :].split()
        return fields[19].decode() == started and fields[0] not in (b"Z", b"X")
    except (OSError, ValueError, IndexError):
        pass  # no such process, or a system without /proc
    if sys.platform == "linux":
        return False
    if sys.platform == "win32":
        return True  # os.kill would end it; whoever asks connects next and finds out
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def boot_identity() -> str:
    """Names this boot of the machine: the monotonic clock is comparable only within one."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return "unknown"


def favour_thread(steps: int) -> None:
    """Give the calling thread more (positive) or less of the scheduler; needs the right to, else nothing happens."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -steps)


def limit_resources(memory_bytes: int, processor_seconds: int) -> None:
    """Bounds for a worker that opens foreign files; nothing where the platform has none."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds + 1))


def children_processor_seconds() -> float:
    """Processor time of ended and collected children."""
    times = os.times()
    return times.children_user + times.children_system


def processor_seconds(pid: int) -> float | None:
    """Processor time that a living process has taken so far; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
        fields = text[text.rindex(b")") + 2 :].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def own_memory_bytes(pid: int) -> int | None:
    """Memory that a living process holds for itself, without mapped files; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/status") as file:
            line = next(line for line in file if line.startswith("RssAnon:"))
        return int(line.split()[1]) * 1024
    except (OSError, ValueError, StopIteration, IndexError):
        return None


BEAT_SECONDS = 0.25


def beat() -> None:
    """A helper's main thread lives: one byte to the keeper. A keeper that is gone is noticed elsewhere."""
    with contextlib.suppress(OSError):
        os.write(1, b".")


def kill(pid: int) -> None:
    """Ends a process at once, whoever started it."""
    with contextlib.suppress(OSError):
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
