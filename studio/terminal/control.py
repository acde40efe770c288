"""`jangteo say`, `status` and `stop`: commands and questions to the running engine, from another terminal. One
question, one answer; main thread."""

from __future__ import annotations

import argparse
import contextlib
import json
import time
from typing import Any, get_type_hints

from studio.link.channel import NotThere, connect
from studio.model.codec import decode_command
from studio.model.commands import COMMANDS
from studio.model.sentence import Refusal
from studio.terminal.home import ANSWER_SECONDS, nothing_runs, reach_engine
from studio.terminal.speak import BAD_INPUT, FAILED, say, warn

STOP_SECONDS = 8.0


def say_main(arguments: list[str]) -> int:
    """`jangteo say COMMAND [NAME=VALUE]…`: prints the reply as JSON; 2 where it was refused."""
    parser = argparse.ArgumentParser(
        prog="jangteo say",
        description="진행 중인 방송에 명령을 보내요 · send a command to the running engine",
        epilog="명령 · commands: " + ", ".join(sorted(COMMANDS)),
    )
    parser.add_argument("command", help="예: TakeScene, ShowCard, OpenCoupon, RaiseCover")
    parser.add_argument("values", nargs="*", metavar="NAME=VALUE", help="예: scene=hands transition=fade")
    parser.add_argument("--at", type=float, help="방송 시작부터의 초 · seconds since the start of the run")
    given = parser.parse_args(arguments)
    message = command_message(given.command, given.values)
    decode_command(message)
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
    print(json.dumps(reply, ensure_ascii=False))
    if "refused" in reply:
        warn(reply["refused"]["ko"], reply["refused"]["en"])
        return BAD_INPUT
    return 0


def command_message(name: str, values: list[str]) -> dict[str, Any]:
    """`scene=hands seconds=1` as a command's JSON: texts stay texts where the field is one."""
    noun = COMMANDS.get(name)
    hints = get_type_hints(noun) if noun is not None else {}
    message: dict[str, Any] = {"command": name}
    for pair in values:
        field, separator, text = pair.partition("=")
        if not separator:
            raise Refusal(f"이름=값 모양으로 적어 주세요: {pair[:60]}", f"Write NAME=VALUE: {pair[:60]}", code="schema")
        is_text = hints.get(field) in (str, str | None) or "Literal" in str(hints.get(field))
        try:
            message[field] = text if is_text else json.loads(text)
        except ValueError:
            message[field] = text
    return message


def status_main(arguments: list[str]) -> int:
    """`jangteo status [--json]`; 1 where no run is going on."""
    parser = argparse.ArgumentParser(prog="jangteo status", description="지금 온에어 상태 · what is on air")
    parser.add_argument("--json", action="store_true", help="JSON으로 · as JSON")
    as_json = parser.parse_args(arguments).json
    status = read_status()
    if status is None:
        if as_json:
            print(json.dumps({"running": False}))
        else:
            say("진행 중인 방송이 없어요.", "No run is going on.")
        return FAILED
    print(json.dumps({"running": True, **status}, ensure_ascii=False, indent=1) if as_json else _words(status))
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
        processes = {**keeper.ask({"ask": "status"}, ANSWER_SECONDS)["processes"], "sinks": processes["sinks"]}
        keeper.close()
    except (NotThere, TimeoutError):
        pass  # the engine starts another keeper; until then its number is unknown
    order = ("keeper", "engine", "letters", "feeds", "sinks")
    status["processes"] = {name: processes.get(name) for name in order}
    return status


def _words(status: dict[str, Any]) -> str:
    cards = ", ".join(f"{card['subject']}({card['values'].get('price', '')})" for card in status["cards"]) or "–"
    coupons = ", ".join(f"{one['coupon']} {one['seconds_left']:.0f}s" for one in status["coupons"]) or "–"
    lines = [
        f"{status['show']['title']}  {status['seconds']:.1f}s  ({status['kind']})",
        f"온에어 화면 · program   {status['program']}",
        f"미리보기 · preview     {status['preview']}",
        f"상품 카드 · cards       {cards}",
        f"쿠폰 · coupons         {coupons}",
        f"화면 가리기 · cover     {status['cover'] or '–'}",
    ]
    for label, light in status["destinations"].items():
        lines.append(f"송출 채널 · {label}   {light['state']} {light['reason']}  {light['packets']} packets")
    for canvas, light in status["recordings"].items():
        lines.append(f"녹화 · {canvas}   {light['state']} {light['reason']}  {light['bytes'] / 1e6:.1f} MB")
    return "\n".join(lines)


def stop_main(arguments: list[str]) -> int:
    """`jangteo stop`: ends the run and waits until its processes are gone."""
    argparse.ArgumentParser(prog="jangteo stop", description="방송을 깨끗하게 끝내요 · end the run").parse_args(
        arguments
    )
    engine = reach_engine()
    if engine is None:
        try:
            keeper = connect("keeper", "terminal")
        except NotThere:
            say("진행 중인 방송이 없어요.", "No run is going on.")
            return 0
        keeper.send({"ask": "quit", "id": 1})
        keeper.close()
    else:
        with contextlib.suppress(NotThere, TimeoutError):  # it ended before it could answer: watched below
            engine.ask({"ask": "command", "command": {"command": "EndRun"}}, STOP_SECONDS)
        engine.close()
    if not wait_until_gone(STOP_SECONDS):
        warn("방송이 아직 끝나지 않았어요. 다시 시도해 주세요.", "The run has not ended yet. Try again.")
        return FAILED
    say("방송을 끝냈어요.", "The run has ended.")
    return 0


def wait_until_gone(seconds: float) -> bool:
    """Whether keeper and engine of this home are gone within `seconds`."""
    from studio.link.channel import address_of

    deadline = time.monotonic() + seconds
    for name in ("engine", "keeper"):
        while True:
            try:
                address_of(name)
            except NotThere:
                break
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
    return True
