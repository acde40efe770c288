"""`jangteo verify RUN_DIR`: whether a run's timeline, recordings and drawn cards are what they were when they were
made. Reads the timeline, has the files examined, tells what was found; changes nothing. Main thread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from studio.model.chain import read_chain
from studio.model.events import Fact, RunStarted
from studio.model.sentence import Refusal, Sentence
from studio.report.evidence import (
    Problem,
    RecordedPart,
    drawn_sprites,
    first_inexact_line,
    frame_problems,
    has_ended,
    order_problems,
    recorded_parts,
)
from studio.terminal.options import OptionParser
from studio.terminal.run_files import FoundPart, examine_part, examine_sprite
from studio.terminal.speak import FAILED, say, tell_refusal

TIMELINE_NAME = "timeline.jsonl"


def main(arguments: list[str]) -> int:
    """0 where all is as it was, 1 where something is not, 2 where there is no run to look at."""
    parser = OptionParser(prog="jangteo verify", description="방송 기록과 녹화 검사 · check a run's timeline and files")
    parser.add_argument("run", metavar="RUN_DIR", type=Path, help="방송 폴더 · the folder of a run")
    parser.add_argument("--json", metavar="FILE", help="결과를 JSON으로(- 화면) · findings as JSON (- standard output)")
    try:
        given = parser.parse_args(arguments)
        findings = examine(given.run)
    except Refusal as refusal:
        return tell_refusal(refusal)
    if given.json:
        text = json.dumps(findings, ensure_ascii=False, indent=2)
        if given.json == "-":
            print(text)
        else:
            Path(given.json).write_text(text + "\n", encoding="utf-8")
    if given.json != "-":
        _tell(findings)
    return 0 if findings["good"] else FAILED


def examine(run_dir: Path) -> dict[str, Any]:
    """Everything that was found; Refusal where the folder is no run."""
    timeline = run_dir / TIMELINE_NAME
    try:
        data = timeline.read_bytes()
    except OSError as error:
        raise Refusal(
            f"방송 폴더가 아니에요: {run_dir} ({TIMELINE_NAME}을 읽을 수 없어요). 방송 폴더를 알려 주세요.",
            f"This is no folder of a run: {run_dir} ({TIMELINE_NAME} cannot be read). Name the folder of a run.",
            code="no_run",
        ) from error
    facts, problems = _timeline(_lines(data))
    problems += frame_problems(facts)
    parts = recorded_parts(facts)
    fps = facts[0].event.show.fps if facts and isinstance(facts[0].event, RunStarted) else 0
    found = [(part, examine_part(run_dir, part, fps)) for part in parts]
    problems += [problem for _, one in found for problem in one.problems]
    pictures = {part.path: one.positions.pictures for part, one in found if one.positions is not None}
    problems += order_problems(facts, pictures, fps)
    sprites = drawn_sprites(facts)
    problems += [problem for ref in sprites if (problem := examine_sprite(run_dir, ref))]
    return {
        "run_dir": str(run_dir),
        "good": not problems,
        "ended": has_ended(facts),
        "facts": len(facts),
        "parts": [_part_words(part, one) for part, one in found],
        "sprites": len(sprites),
        "problems": [
            {"kind": one.kind, "place": one.place, "at": one.at, "ko": one.words.ko, "en": one.words.en}
            for one in problems
        ],
    }


def _lines(data: bytes) -> list[bytes]:
    """Split at line feeds alone, which stay; `splitlines` would also split at others."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _timeline(lines: list[bytes]) -> tuple[tuple[Fact, ...], list[Problem]]:
    reading = read_chain(lines)
    inexact = first_inexact_line(lines[: len(reading.facts)])
    bad = inexact or reading.bad_line
    if not bad:
        return reading.facts, []
    if reading.torn and not inexact:
        words = Sentence(
            f"방송 기록의 마지막 줄({bad}번째)이 끝까지 쓰이지 않았어요. 그 앞까지는 온전해요.",
            f"The last line of the timeline (line {bad}) was not written to its end. All before it is whole.",
        )
        return reading.facts, [Problem("torn", TIMELINE_NAME, words, bad)]
    words = Sentence(
        f"방송 기록의 {bad}번째 줄이 바뀌었거나 빠졌어요.",
        f"Line {bad} of the timeline was changed, or one before it is missing.",
    )
    return reading.facts[: bad - 1], [Problem("chain", TIMELINE_NAME, words, bad)]


def _part_words(part: RecordedPart, found: FoundPart) -> dict[str, Any]:
    return {
        "canvas": part.canvas,
        "path": part.path,
        "found": None if found.path is None else str(found.path),
        "first_tick": part.first_tick,
        "last_tick": None if part.ended is None else part.ended.last_tick,
        "whole": part.is_whole,
        "pictures": None if found.positions is None else found.positions.pictures,
        "sound_packets": None if found.positions is None else found.positions.sound_packets,
    }


def _tell(findings: dict[str, Any]) -> None:
    problems = findings["problems"]
    if problems:
        count, first = len(problems), problems[0]
        say(f"문제 {count}개. {first['ko']}", f"{count} problem{'s' if count > 1 else ''}. {first['en']}")
        return
    facts, parts, sprites = findings["facts"], len(findings["parts"]), findings["sprites"]
    still = ("", "") if findings["ended"] else (" 방송은 아직 끝나지 않았어요.", " The run has not ended yet.")
    say(
        f"모두 온전해요: 기록 {facts:,}줄, 녹화 파일 {parts:,}개, 카드 그림 {sprites:,}개.{still[0]}",
        f"All is whole: {facts:,} facts, {parts:,} recording part(s), {sprites:,} drawn card(s).{still[1]}",
    )
