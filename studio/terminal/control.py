"""`jangteo say`, `status` and `stop`: commands and questions to the running engine, from another terminal. One
question, one answer; main thread."""

from __future__ import annotations

import contextlib
import json
import math
import time
from difflib import get_close_matches
from typing import Any, get_type_hints

from studio import paths
from studio.link.channel import NotThere, address_of, connect
from studio.link.lock import is_locked
from studio.model.codec import decode_command
from studio.model.commands import COMMANDS
from studio.model.sentence import Refusal
from studio.terminal.home import ANSWER_SECONDS, nothing_runs, reach_engine
from studio.terminal.options import OptionParser
from studio.terminal.speak import BAD_INPUT, FAILED, put, say, shown, warn
from studio.terminal.status_words import status_table

STOP_SECONDS = 8.0
ASK_AGAIN_SECONDS = 1.5
LOOK_SECONDS = 0.05
MAX_SECONDS = 48 * 3600


def say_main(arguments: list[str]) -> int:
    """`jangteo say COMMAND [NAME=VALUE]…`: prints the reply as JSON; 2 where it was refused."""
    parser = OptionParser(
        prog="jangteo say",
        description="진행 중인 방송에 명령을 보내요 · send a command to the running engine",
        epilog="명령 · commands: " + ", ".join(sorted(COMMANDS)),
    )
    parser.add_argument("command", help="예: TakeScene, ShowCard, OpenCoupon, RaiseCover")
    parser.add_argument("values", nargs="*", metavar="NAME=VALUE", help="예: scene=hands transition=fade")
    parser.add_argument("--at", type=float, help="방송 시작부터의 초 · seconds since the start of the run")
    given = parser.parse_args(arguments)
    if given.at is not None and not (math.isfinite(given.at) and 0 <= given.at <= MAX_SECONDS):
        raise Refusal(
            f"--at은 방송 시작부터의 초예요 (0–{MAX_SECONDS}). 명령을 보내지 않았어요.",
            f"--at is a second of the run (0 to {MAX_SECONDS}). The command was not sent.",
            code="usage",
        )
    message = command_message(given.command, given.values)
    engine = reach_engine()
    if engine is None:
        raise nothing_runs()
    try:
        reply = engine.ask({"ask": "command", "command": message, "at": given.at}, ANSWER_SECONDS + (given.at or 0))
    except (NotThere, TimeoutError) as error:
        raise Refusal(
            "방송 엔진이 대답하지 않아요. jangteo status로 확인해 주세요.",
            "The engine does not answer. Check with jangteo status.",
            code="no_answer",
        ) from error
    finally:
        engine.close()
    reply.pop("reply_to", None)
    put(json.dumps(reply, ensure_ascii=False))
    if "refused" in reply:
        warn(reply["refused"]["ko"], reply["refused"]["en"])
        return BAD_INPUT
    return 0


def command_message(name: str, values: list[str]) -> dict[str, Any]:
    """`scene=hands seconds=1` as a command's JSON, checked: texts stay texts where the field is one. Refusal for a
    command that does not exist or has other fields."""
    noun = COMMANDS.get(name)
    if noun is None:
        close = get_close_matches(name.lower(), {known.lower(): known for known in COMMANDS}, 1, 0.6)
        meant = next((known for known in COMMANDS if close and known.lower() == close[0]), "")
        raise Refusal(
            f"모르는 명령이에요: {name[:60]}. 보내지 않았어요. "
            + (f"{meant}인가요? " if meant else "")
            + "jangteo say --help에 모든 명령이 있어요.",
            f"Unknown command: {name[:60]}. It was not sent. "
            + (f"Did you mean {meant}? " if meant else "")
            + "See jangteo say --help.",
            code="unknown_command",
        )
    hints = get_type_hints(noun)
    fields: dict[str, Any] = {}
    for pair in values:
        field, separator, text = pair.partition("=")
        if not separator or field == "command":
            raise Refusal(
                f"“{pair[:60]}”을(를) 이해하지 못했어요. 보내지 않았어요. scene=hands처럼 이름=값으로 적어 주세요.",
                f"“{pair[:60]}” was not understood. It was not sent. Write NAME=VALUE, such as scene=hands.",
                code="schema",
            )
        is_text = hints.get(field) in (str, str | None) or "Literal" in str(hints.get(field))
        fields[field] = text if is_text else _value(text)
    message = {"command": name, **fields}
    try:
        decode_command(message)
    except Refusal as refusal:
        words = refusal.sentence
        raise Refusal(
            f"{words.ko} 보내지 않았어요. {name}에 적는 것: {_field_names(hints)}.",
            f"{words.en} It was not sent. {name} takes: {_field_names(hints)}.",
            code=refusal.code,
        ) from None
    return message


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON: a text, which the field may refuse
        return text


def _field_names(hints: dict[str, Any]) -> str:
    return ", ".join(f"{name}=…" for name in hints) or "–"


def status_main(arguments: list[str]) -> int:
    """`jangteo status [--json]`; 1 where no run is going on."""
    parser = OptionParser(prog="jangteo status", description="지금 온에어 상태 · what is on air")
    parser.add_argument("--json", action="store_true", help="JSON으로 · as JSON")
    as_json = parser.parse_args(arguments).json
    status = read_status()
    if status is None:
        if as_json:
            put(json.dumps({"running": False}))
        else:
            say("진행 중인 방송이 없어요.", "No run is going on.")
        return FAILED
    put(
        json.dumps({"running": True, **status}, ensure_ascii=False, indent=1)
        if as_json
        else shown(status_table(status))
    )
    return 0


def read_status() -> dict[str, Any] | None:
    """The engine's status with the keeper's process ids, or None without a run."""
    engine = reach_engine()
    if engine is None:
        return None
    try:
        status: dict[str, Any] = engine.ask({"ask": "status"}, ANSWER_SECONDS)["status"]
    except (NotThere, TimeoutError):
        return None
    finally:
        engine.close()
    processes: dict[str, Any] = {"keeper": None, **status["processes"]}
    try:
        keeper = connect("keeper", "terminal")
        own = {kind: processes[kind] for kind in ("sinks", "sources")}
        processes = {**keeper.ask({"ask": "status"}, ANSWER_SECONDS)["processes"], **own}
        keeper.close()
    except (NotThere, TimeoutError):
        pass  # the engine starts another keeper; until then its number is unknown
    order = ("keeper", "engine", "letters", "feeds", "sinks", "sources")
    status["processes"] = {name: processes.get(name) for name in order}
    return status


def stop_main(arguments: list[str]) -> int:
    """`jangteo stop`: ends the run and waits until its processes are gone. An engine that is just being restarted is
    asked once it is there."""
    OptionParser(prog="jangteo stop", description="방송을 깨끗하게 끝내요 · end the run").parse_args(arguments)
    if wait_until_gone(0.0):
        say("진행 중인 방송이 없어요.", "No run is going on.")
        return 0
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        _ask_to_end()
        if wait_until_gone(ASK_AGAIN_SECONDS):
            say("방송을 끝냈어요.", "The run has ended.")
            return 0
    warn(
        "방송이 아직 끝나지 않았어요. 잠시 뒤 jangteo stop을 다시 해 주세요.",
        "The run has not ended yet. Try jangteo stop again in a moment.",
    )
    return FAILED


def _ask_to_end() -> None:
    """The engine, or a keeper that keeps none; one that cannot answer any more is on its way out."""
    with contextlib.suppress(NotThere, TimeoutError):
        engine = reach_engine()
        if engine is not None:
            try:
                engine.ask({"ask": "command", "command": {"command": "EndRun"}}, ASK_AGAIN_SECONDS)
            finally:
                engine.close()
            return
        keeper = connect("keeper", "terminal")
        try:
            keeper.ask({"ask": "quit"}, ASK_AGAIN_SECONDS)
        finally:
            keeper.close()


def wait_until_gone(seconds: float) -> bool:
    """Whether engine and keeper of this home, and with it what it started, are gone within `seconds`."""
    deadline = time.monotonic() + seconds
    while _is_there():
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _is_there() -> bool:
    """A keeper that answers nobody any more still holds its lock until letters and feeds have ended."""
    for name in ("engine", "keeper"):
        try:
            address_of(name)
        except NotThere:
            continue
        return True
    try:
        return is_locked(paths.runtime() / "keeper.lock")
    except OSError:  # a home that cannot be is a home nobody keeps
        return False
