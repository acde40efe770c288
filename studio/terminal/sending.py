"""Where a run sends to: `--to` and the key file turned into destinations and keys. A key inside a URL is taken out at
once, with a warning, and goes on by pipe only (house law 10). Main thread."""

from __future__ import annotations

from dataclasses import replace

from studio.link.logs import hide
from studio.model.address import clean_key, split_address
from studio.model.secret import Secret
from studio.model.sentence import Refusal
from studio.model.show import Destination, Show
from studio.terminal.speak import warn


def destinations_of(
    show: Show, given: list[str], key_lines: list[str]
) -> tuple[tuple[Destination, ...], dict[str, Secret]]:
    """Destinations in the order given, and their keys by label. Keys of the file go, in order, to those without one."""
    known = {destination.label: destination for destination in show.destinations}
    canvases = {canvas.id for canvas in show.canvases}
    chosen: list[Destination] = []
    keys: dict[str, Secret] = {}
    lines = list(key_lines)
    all_from_file = len(lines) == len(given)
    for number, text in enumerate(given, start=1):
        head, separator, rest = text.partition("=")
        canvas = head.strip() if separator and head.strip() in canvases else None
        address = (rest if canvas else text).strip()
        if address in known:
            destination, key = known[address], None
        elif ":" not in address:
            names = ", ".join(known) or "없음"
            raise Refusal(
                f"송출 채널 “{address[:60]}”이(가) 이 방송에 없어요. 있는 채널: {names}. rtmp:// 주소를 적어도 돼요.",
                f"This show has no destination “{address[:60]}”. Destinations: {names}. An rtmp:// address works too.",
                code="unknown_destination",
            )
        else:
            server, key, remarks = split_address(address)
            for remark in remarks:
                warn(remark.ko, remark.en)
            if key is not None and all_from_file:
                # Keys for all come from the file: the whole address is the server's.
                server, key = f"{server}/{key.reveal()}", None
            destination = Destination(f"to-{number}", server)
            if key is not None:
                warn(
                    f"주소 안에 스트림 키가 있어요. 명령줄에 남으니 다음에는 --key-file을 써 주세요. "
                    f"({destination.label})",
                    f"The address holds a stream key. It stays in your command history: use --key-file next time. "
                    f"({destination.label})",
                )
        if canvas is not None:
            destination = replace(destination, canvas=canvas)
        if key is None and lines:
            key, remarks = clean_key(lines.pop(0))
            for remark in remarks:
                warn(remark.ko, remark.en)
        if key is None:
            raise Refusal(
                f"{destination.label}의 스트림 키가 없어요. --key-file에 키를 한 줄로 적어 주세요.",
                f"{destination.label} has no stream key. Put it in a --key-file, one key a line.",
                code="no_key",
            )
        hide(key.reveal())
        keys[destination.label] = key
        chosen.append(destination)
    _check_labels(chosen)
    return tuple(chosen), keys


def _check_labels(chosen: list[Destination]) -> None:
    labels = [destination.label for destination in chosen]
    if len(set(labels)) < len(labels):
        raise Refusal(
            "같은 송출 채널을 두 번 적었어요. 하나만 남겨 주세요.",
            "The same destination was given twice. Keep one.",
            code="unknown_destination",
        )
