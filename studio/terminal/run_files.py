"""The files of a run beside its timeline: recording parts and drawn cards, found where the run folder is now, compared
with what the facts say of them. Reads and changes nothing. Main thread of `jangteo verify`."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from studio.media.positions import Positions, read_positions
from studio.model.events import PartEnded
from studio.model.overlay import SpriteRef, sprite_bytes
from studio.model.sentence import Sentence
from studio.report.evidence import Problem, RecordedPart, file_name, length_problem, path_words

SPRITES_NAME = "sprites"
READ_BYTES = 1 << 20


class FoundPart(NamedTuple):
    """A recording part as it is: where, what lies in it, and what is wrong with it."""

    path: Path | None
    positions: Positions | None
    problems: tuple[Problem, ...]


def examine_part(run_dir: Path, part: RecordedPart, fps: int) -> FoundPart:
    """Its bytes against the facts where its recorder finished it, its positions in any case."""
    name = file_name(part.path)
    path = _found(run_dir, part.path)
    if path is None:
        words = Sentence(f"녹화 파일 {name}이(가) 없어요.", f"The recording {name} is missing.")
        return FoundPart(None, None, (Problem("missing", name, words),))
    problems: list[Problem] = []
    try:
        if part.ended is not None and part.has_digests:
            problems += _content(path, name, part.ended)
        positions = read_positions(path, fps)
    except (OSError, ValueError):
        words = Sentence(f"녹화 파일 {name}을(를) 읽을 수 없어요.", f"The recording {name} cannot be read.")
        return FoundPart(path, None, (*problems, Problem("unreadable", name, words)))
    problems += _position_problems(name, positions)
    length = length_problem(part, name, positions.pictures)
    return FoundPart(path, positions, tuple([*problems, length] if length else problems))


def _found(run_dir: Path, told: str) -> Path | None:
    """The file where the run folder is now, else where it was written."""
    words = path_words(told)
    for start in range(len(words)):
        path = run_dir.joinpath(*words[start:])
        if path.is_file():
            return path
    return Path(told) if Path(told).is_file() else None


def _content(path: Path, name: str, told: PartEnded) -> Iterator[Problem]:
    """A wrong size, and the first range of bytes whose digest is wrong."""
    size = path.stat().st_size
    if size != told.bytes:
        yield Problem(
            "size",
            name,
            Sentence(
                f"녹화 파일 {name}의 크기가 {size:,}바이트예요. 기록에는 {told.bytes:,}바이트예요.",
                f"The recording {name} has {size:,} bytes; the timeline says {told.bytes:,}.",
            ),
        )
    length = told.range_bytes or READ_BYTES
    with path.open("rb") as file:
        for number, digest in enumerate(told.digests):
            if sha256(file.read(length)).hexdigest() != digest:
                first, last = number * length, min((number + 1) * length, told.bytes) - 1
                yield Problem(
                    "digest",
                    name,
                    Sentence(
                        f"녹화 파일 {name}의 {first:,}–{last:,}번째 바이트가 바뀌었어요.",
                        f"Bytes {first:,} to {last:,} of the recording {name} were changed.",
                    ),
                    first,
                )
                return


def _position_problems(name: str, positions: Positions) -> Iterator[Problem]:
    if positions.pictures == 0 or not positions.starts_with_key:
        words = Sentence(f"{name}이(가) 키 프레임으로 시작하지 않아요.", f"{name} does not begin with a key frame.")
        yield Problem("start", name, words)
    if positions.wrong_picture is not None:
        at = positions.wrong_picture
        words = Sentence(f"{name}: {at:,}번째 그림이 제자리에 없어요.", f"{name}: picture {at:,} is not on its tick.")
        yield Problem("pictures", name, words, at)
    if positions.wrong_sound is not None:
        at = positions.wrong_sound
        words = Sentence(f"{name}: {at:,}번째 소리 조각에서 끊겨요.", f"{name}: the sound breaks at packet {at:,}.")
        yield Problem("sound", name, words, at)


def examine_sprite(run_dir: Path, ref: SpriteRef) -> Problem | None:
    """A sprite is named by the hash of its bytes."""
    name = f"{SPRITES_NAME}/{ref.sha256}.sprite"
    try:
        data = (run_dir / SPRITES_NAME / f"{ref.sha256}.sprite").read_bytes()
    except OSError:
        words = Sentence(f"방송에 나간 카드 그림 {name}이(가) 없어요.", f"A drawn card is missing: {name}.")
        return Problem("sprite", name, words)
    if sha256(data).hexdigest() == ref.sha256 and len(data) == sprite_bytes(ref.width, ref.height):
        return None
    words = Sentence(f"방송에 나간 카드 그림 {name}이(가) 바뀌었어요.", f"A drawn card was changed: {name}.")
    return Problem("sprite", name, words)
