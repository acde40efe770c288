"""Calls that exist on POSIX only stand in studio/paths.py and studio/link/, where each has its twin for Windows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.quality.reading import Module, imports, modules, read, where

AT_HOME = {"paths", "link"}

# fmt: off
POSIX_ONLY: dict[str, set[str]] = {
    "os": {
        "fork", "forkpty", "kill", "killpg", "setsid", "getsid", "getpgid", "setpgid", "getpgrp", "setpgrp", "waitid",
        "setpriority", "getpriority", "PRIO_PROCESS", "nice", "sched_setaffinity", "sched_getaffinity", "pidfd_open",
        "posix_fallocate", "posix_fadvise", "fdatasync", "statvfs", "mkfifo", "chown", "memfd_create", "eventfd",
        "getuid", "geteuid", "setuid", "getgid", "openpty", "WNOHANG",
    },
    "signal": {
        "SIGKILL", "SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGCHLD", "SIGALRM", "setitimer",
        "alarm", "pthread_sigmask", "pidfd_send_signal",
    },
    "socket": {"AF_UNIX", "SO_REUSEPORT", "SCM_RIGHTS", "send_fds", "recv_fds"},
    "ctypes": {"CDLL"},  # prctl and its kind
}
# fmt: on
POSIX_ONLY_MODULES = {"fcntl", "resource", "termios", "tty", "pty", "pwd", "grp", "posix", "syslog"}


def posix_only_calls(module: Module) -> Iterator[str]:
    if module.room in AT_HOME:
        return
    for found in imports(module):
        if found.target.split(".")[0] in POSIX_ONLY_MODULES:
            yield f"{where(module, found.line)}: import {found.target}"
    called: dict[str, str] = {}  # the names under which this module knows os, signal, socket, ctypes
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            called |= {alias.asname or alias.name: alias.name for alias in node.names if alias.name in POSIX_ONLY}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if alias.name in POSIX_ONLY.get(node.module or "", set()):
                    yield f"{where(module, node.lineno)}: {node.module}.{alias.name}"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            library = called.get(node.value.id, "")
            if node.attr in POSIX_ONLY.get(library, set()):
                yield f"{where(module, node.lineno)}: {library}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            if len(node.args) < 2 or not (
                isinstance(node.args[0], ast.Name) and isinstance(node.args[1], ast.Constant)
            ):
                continue
            library = called.get(node.args[0].id, "")
            if node.args[1].value in POSIX_ONLY.get(library, set()):
                yield f"{where(module, node.lineno)}: getattr({library}, {node.args[1].value!r})"


def test_posix_only_calls_stay_in_paths_and_link() -> None:
    assert [call for module in modules() for call in posix_only_calls(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.fork()",
        "import os as system\nsystem.killpg(1, 9)",
        "from os import setsid",
        "import signal\nsignal.SIGKILL",
        "def f():\n    import fcntl",
        "from resource import RLIMIT_AS",
        "import socket\nsocket.socket(socket.AF_UNIX)",
        "import ctypes\nctypes.CDLL(None).prctl(1, 9)",
        "import os\ngetattr(os, 'fdatasync')(3)",
    ],
)
def test_a_call_is_seen(text: str) -> None:
    assert list(posix_only_calls(read(text, "studio.engine.journal")))
    assert not list(posix_only_calls(read(text, "studio.link.process")))


def test_ordinary_calls_are_left_alone() -> None:
    text = "import os, signal, socket\nos.replace('a', 'b')\nsignal.SIGTERM\nsocket.AF_INET\nself.os.fork()"
    assert not list(posix_only_calls(read(text, "studio.engine.journal")))
