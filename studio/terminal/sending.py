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
    """Destinations in the order given, and their keys by label. Keys of the file go, in order, to those without one;
    where it has one for each, a path behind the application stays before its key."""
    chosen: list[Destination] = []
    keys: dict[str, Secret] = {}
    lines = list(key_lines)
    all_from_file = len(lines) == len(given)
    for number, text in enumerate(given, start=1):
        destination, key = _read(show, text, number)
        if key is not None and not all_from_file:
            warn(
                f"{destination.label}: 주소 안에 스트림 키가 있어요. 이번에는 그대로 보내요. "
                "명령 기록에 남으니 다음에는 --key-file을 써 주세요.",
                f"{destination.label}: the address holds a stream key. It is used this time, but stays in your command "
                "history: use --key-file.",
            )
        elif lines:
            line = _cleaned(lines.pop(0), destination.label)
            same = key is not None and key.reveal() == line.reveal()
            key = line if key is None or same else Secret(f"{key.reveal()}/{line.reveal()}")
        if key is None:
            raise Refusal(
                f"{destination.label}의 스트림 키가 없어요. 시작하지 않았어요. --key-file에 키를 한 줄로 적어 주세요.",
                f"{destination.label} has no stream key. Nothing was started. Put it in a --key-file, one key a line.",
                code="no_key",
            )
        hide(key.reveal())
        keys[destination.label] = key
        chosen.append(destination)
    _check_labels(chosen)
    if lines:
        warn(
            f"키 파일에 키가 {len(lines)}개 남아요. 쓰지 않았어요. --to를 빠뜨렸는지 확인해 주세요.",
            f"{len(lines)} key(s) of the key file are left over and were not used. Is a --to missing?",
        )
    return tuple(chosen), keys


def _read(show: Show, text: str, number: int) -> tuple[Destination, Secret | None]:
    """One `--to`: a label of the show, or an address with or without a key; `CANVAS=` may stand before it."""
    known = {destination.label: destination for destination in show.destinations}
    canvases = {canvas.id for canvas in show.canvases}
    head, separator, rest = text.partition("=")
    canvas = head.strip() if separator and head.strip() in canvases else None
    address = (rest if canvas else text).strip()
    key: Secret | None = None
    if address in known:
        destination = known[address]
    elif ":" not in address:
        # It is not shown: it may be a key in the wrong place.
        names = ", ".join(known)
        raise Refusal(
            f"{number}번째 --to는 주소도, 이 방송의 송출 채널도 아니에요. 시작하지 않았어요. "
            + (f"있는 채널: {names}. " if names else "")
            + "rtmp://서버/앱 주소를 적어 주세요.",
            f"--to number {number} is neither an address nor a destination of this show. Nothing was started. "
            + (f"Destinations: {names}. " if names else "")
            + "Write an address like rtmp://server/application.",
            code="unknown_destination",
        )
    else:
        server, key, remarks = split_address(address)
        for remark in remarks:
            warn(remark.ko, remark.en)
        destination = Destination(f"to-{number}", server)
    return (replace(destination, canvas=canvas) if canvas is not None else destination), key


def _cleaned(line: str, label: str) -> Secret:
    try:
        key, remarks = clean_key(line)
    except Refusal as refusal:
        words = refusal.sentence
        raise Refusal(f"{label}: {words.ko}", f"{label}: {words.en}", refusal.code) from None
    for remark in remarks:
        warn(f"{label}: {remark.ko}", f"{label}: {remark.en}")
    return key


def _check_labels(chosen: list[Destination]) -> None:
    labels = [destination.label for destination in chosen]
    if len(set(labels)) < len(labels):
        raise Refusal(
            "같은 송출 채널을 두 번 적었어요. 시작하지 않았어요. 하나만 남겨 주세요.",
            "The same destination was given twice. Nothing was started. Keep one.",
            code="unknown_destination",
        )
