"""What we need from Debian's or Ubuntu's own packages, and how it gets there (standard library only).

Asks dpkg what is missing and, as root or with a sudo that wants no password, has apt fetch exactly that. Otherwise the
line to type is printed. Nothing that gets installed here starts: nginx is there for the tests, which run their own on
their own port, so a temporary policy-rc.d says no for the time of the installation. On other systems nothing is done.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shell import Trouble, ask, child_environment, run, say


class Need(NamedTuple):
    names: tuple[str, ...]  # the same thing under its names in different releases, the newer one first
    essential: bool = True

    @property
    def old_name(self) -> str:
        return self.names[-1]


QT_AND_PICTURES = [
    Need(("libegl1",)),
    Need(("libgl1",)),
    Need(("libxkbcommon0",)),
    Need(("libdbus-1-3",)),
    Need(("libfontconfig1",)),
    Need(("libglib2.0-0t64", "libglib2.0-0")),
]
SOUND_DEVICES = [
    Need(("libportaudio2t64", "libportaudio2"), essential=False),
    Need(("libasound2-plugins",), essential=False),  # microphones of a sound server, each by its own name
]
PEERS_OF_THE_TESTS = [
    Need(("nginx",)),
    Need(("libnginx-mod-rtmp",)),
    Need(("ffmpeg",)),
    Need(("iproute2",)),
    Need(("stunnel4",)),
    Need(("openssl",)),
    Need(("e2fsprogs",)),
    Need(("procps",)),
    Need(("gir1.2-gst-rtsp-server-1.0",)),
    Need(("python3-gi",)),
    Need(("gstreamer1.0-plugins-good",)),
    Need(("pulseaudio",)),
    Need(("pulseaudio-utils",)),
]
REAL_WINDOWS = [
    Need((f"lib{name}",), essential=False)
    for name in [
        *["xkbcommon-x11-0", "x11-xcb1", "xcb-cursor0", "xcb-icccm4", "xcb-image0", "xcb-keysyms1", "xcb-randr0"],
        *["xcb-render-util0", "xcb-shape0", "xcb-sync1", "xcb-xfixes0", "xcb-xinerama0", "xcb-xkb1", "pulse0"],
    ]
] + [Need(("xvfb",), essential=False)]
FOR_RUN = QT_AND_PICTURES + SOUND_DEVICES
FOR_TEST = FOR_RUN + PEERS_OF_THE_TESTS + REAL_WINDOWS

GUARD_MARK = "temporary, by the set-up of Jangteo Studio; may be deleted"
# The shell and not Python holds the guard: it is removed even if this script dies, and it works behind sudo.
INSTALL_UNDER_GUARD = f"""
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ] || grep -q '{GUARD_MARK}' "$guard"; then
    trap 'rm -f "$guard"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\\n# {GUARD_MARK}\\nexit 101\\n' > "$guard" && chmod 755 "$guard" || exit 1
fi
apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 install -y --no-install-recommends "$@" || exit 1
case " $* " in
    *" nginx "*) if command -v systemctl > /dev/null; then systemctl disable nginx > /dev/null 2>&1 || true; fi ;;
esac
"""


def knows_apt() -> bool:
    return sys.platform == "linux" and all(shutil.which(tool) for tool in ("dpkg-query", "apt-get", "apt-cache"))


def root_prefix() -> list[str] | None:
    """What to put before a command so that it runs as root; None if that is not open to us."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and ask(["sudo", "-n", "true"], timeout=20)[0] == 0:
        return ["sudo", "-n"]
    return None


def missing(needs: Iterable[Need]) -> list[Need]:
    needs = list(needs)
    names = [name for need in needs for name in need.names]
    _, answer = ask(["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *names])
    there = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [need for need in needs if not there.intersection(need.names)]


def obtainable(names: Sequence[str]) -> set[str]:
    """Those of the names that apt could install with the lists it has now."""
    if not names:
        return set()
    _, answer = ask(["apt-cache", "policy", *names])
    found = re.findall(r"^(\S+):\n(?:.*\n)??\s+Candidate: (\S+)", answer, re.MULTILINE)
    return {name for name, version in found if version != "(none)"}


def choose_names(needs: Sequence[Need]) -> tuple[list[str], list[Need]]:
    """For each need the name this release has; and the needs for which it has none."""
    names = obtainable([name for need in needs for name in need.names])
    chosen, unknown = [], []
    for need in needs:
        fitting = [name for name in need.names if name in names]
        if fitting:
            chosen.append(fitting[0])
        else:
            unknown.append(need)
    return chosen, unknown


def install(needs: Iterable[Need]) -> None:
    """Sees to it that the needs are met. Says what is missing; stops with Trouble only for the essential."""
    if not knows_apt():
        if sys.platform == "linux":
            say(
                "이 시스템에는 apt가 없어서 시스템 라이브러리는 확인하지 못했어요. 필요한 것은 README를 봐 주세요.",
                "There is no apt here, so system libraries were not checked. README lists what is needed.",
            )
        return
    gone = missing(needs)
    prefix = root_prefix() if gone else None
    if gone and prefix is not None:
        _fetch(gone, prefix)
        gone = missing(gone)
    if not gone:
        return
    chosen, unknown = choose_names(gone)
    line = "sudo apt-get install --no-install-recommends " + " ".join(chosen + [need.old_name for need in unknown])
    if any(need.essential for need in gone):
        raise Trouble(
            f"시스템 패키지가 모자라요. 다음 줄을 입력한 뒤 다시 실행해 주세요:\n    {line}",
            "System packages are missing. Type the line above (if it fails: sudo apt-get update), then try again.",
        )
    say(
        f"없어도 계속할 수 있는 시스템 패키지가 빠져 있어요. 설치하려면:\n    {line}",
        "Some optional system packages are missing; the line above installs them. Going on without.",
    )


def _fetch(needs: list[Need], prefix: list[str]) -> None:
    environment = child_environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    as_root = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    update = [*as_root, "apt-get", "-o", "Acquire::Retries=3", "update", "-q"]
    chosen, unknown = choose_names(needs)
    fresh = False
    if unknown:  # no lists yet, or very old ones
        run(update, environment)
        fresh = True
        chosen, unknown = choose_names(needs)
    if not chosen:
        return
    say(f"시스템 패키지를 설치해요: {' '.join(chosen)}", "Installing system packages.")
    command = [*as_root, "sh", "-c", INSTALL_UNDER_GUARD, "sh", *chosen]
    if run(command, environment) and not fresh:  # the lists may name files the server no longer has
        run(update, environment)
        run(command, environment)
