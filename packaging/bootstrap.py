"""From a fresh checkout to a running studio or finished tests, with one command and nothing installed before.

    python3 packaging/bootstrap.py run               a show of 20 seconds, then the result
    python3 packaging/bootstrap.py run -- --for 5    what follows -- goes to `jangteo run demo`
    python3 packaging/bootstrap.py test              ruff, mypy and all tests; stops at the first that fails
    python3 packaging/bootstrap.py test -- -k name   what follows -- goes to pytest
    python3 packaging/bootstrap.py setup             only prepares both

Needs Python 3.11 or newer and nothing else: standard library only. The system's packages are system_packages.py's
business, .venv is virtual_environment.py's. Ends with the exit code of what it ran, or with 2 after saying in words
what is in the way.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import time
from typing import NoReturn

import system_packages
import virtual_environment
from shell import REPO, WINDOWS, Trouble, child_environment, run, say, speak_plainly, step

DEMO = ["run", "demo", "--script", "demo"]
DEMO_LENGTH = ["--for", "20"]


def do_setup(arguments: list[str]) -> int:
    if arguments:
        raise Trouble("setup에는 덧붙일 것이 없어요.", "setup takes no further arguments.")
    optional = [need._replace(essential=False) for need in system_packages.FOR_TEST]
    system_packages.install(system_packages.FOR_RUN)
    system_packages.install(optional)
    virtual_environment.prepare(test=True)
    say("준비가 끝났어요.", "Ready.")
    return 0


def do_run(arguments: list[str]) -> int:
    system_packages.install(system_packages.FOR_RUN)
    virtual_environment.prepare(test=False)
    length = [] if any(word.split("=")[0] == "--for" for word in arguments) else DEMO_LENGTH
    command = [str(virtual_environment.BIN / "jangteo"), *DEMO, *length, *arguments]
    if not WINDOWS:
        os.chdir(REPO)
        sys.stdout.flush()
        os.execve(command[0], command, child_environment())  # from here on it is the studio itself, signals and all
    return run(command)


def do_test(arguments: list[str]) -> int:
    began = time.monotonic()
    system_packages.install(system_packages.FOR_TEST)
    virtual_environment.prepare(test=True)
    environment = child_environment() | {"QT_QPA_PLATFORM": "offscreen"}
    environment["PATH"] = os.pathsep.join([str(virtual_environment.BIN), environment.get("PATH", os.defpath)])
    python = str(virtual_environment.PYTHON)
    status = 0
    for name, command in {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy"],
        "pytest": [python, "-m", "pytest", *arguments],
    }.items():
        status = step(name, command, environment)
        if status:
            break
    verdict = "모두 통과했어요" if not status else f"'{name}'에서 멈췄어요"
    english = "all passed" if not status else f"stopped at {name}"
    print()
    say(f"{verdict}. 모두 {time.monotonic() - began:.0f}초 걸렸어요.", f"{english}, {time.monotonic() - began:.0f} s.")
    return status


def main(words: list[str]) -> int:
    speak_plainly()
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = {"run": do_run, "test": do_test, "setup": do_setup}
    parser.add_argument("verb", choices=verbs)
    verb: str = parser.parse_args(words[:cut]).verb
    return verbs[verb](words[cut + 1 :])


def _terminated(*_: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminated)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except Trouble as trouble:
        say(*trouble.args, trouble=True)
        sys.exit(2)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            say("디스크가 가득 찼어요. 공간을 비우고 다시 실행해 주세요.", "The disk is full.", trouble=True)
        else:
            say(
                f"파일을 다룰 수 없었어요: {error}",
                "A file could not be read or written; see the line above.",
                trouble=True,
            )
        sys.exit(2)
