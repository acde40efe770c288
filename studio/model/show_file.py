"""The show file as bytes: UTF-8 JSON of a Show, its schema number judged before anything else (B29). What cannot be
read whole is refused with the place and what to do; nothing here opens, changes or repairs a file. Pure, any thread."""

from __future__ import annotations

import json
from typing import Any

from studio.model.codec import decode, encode
from studio.model.sentence import Refusal
from studio.model.show import SHOW_SCHEMA, Show

MAX_SHOW_BYTES = 8 * 1024 * 1024
MAX_NAME = 200


class _Trouble(Exception):
    """What is wrong with the content, as half a sentence in both languages."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(en)
        self.ko, self.en = ko, en


def read_show(data: bytes, name: str) -> Show:
    """The show in the bytes of a file called `name`. Refusal("newer_show") for a file of a newer studio, otherwise
    Refusal("bad_show_file") with line and column or the field. Whether the show can be aired is program.plan's word."""
    try:
        return _parse(data)
    except _Trouble as trouble:
        shown = _printable(name)
        raise Refusal(
            f"방송 파일 “{shown}”을(를) 읽지 못했어요: {trouble.ko}. 파일은 그대로 두었어요. "
            "그 자리를 고치거나 백업해 둔 파일을 열어 주세요.",
            f"The show file “{shown}” cannot be read: {trouble.en}. The file was left as it is. Correct that place or "
            "open a backup.",
            code="bad_show_file",
        ) from None


def write_show(show: Show) -> bytes:
    """The file's bytes. They have been read back: what could not be opened again is refused before it is stored."""
    check_schema(show.schema)
    try:
        data = (json.dumps(encode(show), ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")
        _parse(data)
    except _Trouble as trouble:
        raise Refusal(
            f"이 방송은 저장할 수 없어요: {trouble.ko}. 저장된 파일은 바꾸지 않았어요. 그 자리를 고쳐 주세요.",
            f"This show cannot be stored: {trouble.en}. No stored file was changed. Correct that place.",
            code="bad_show_file",
        ) from None
    return data


def check_schema(schema: int) -> None:
    """Refusal where a show comes from a newer studio (B29)."""
    if schema > SHOW_SCHEMA:
        raise newer_show(schema)


def newer_show(schema: int) -> Refusal:
    """A show file from a newer studio: the file is left as it is."""
    return Refusal(
        f"이 방송 파일은 더 새로운 장터 스튜디오에서 만들었어요 (형식 {schema}, 여기는 {SHOW_SCHEMA}). "
        "파일은 그대로 두었어요. 프로그램을 새 버전으로 올려 주세요.",
        f"This show file comes from a newer Jangteo Studio (schema {schema}, here {SHOW_SCHEMA}). The file was left "
        "as it is. Please update the program.",
        code="newer_show",
    )


def _parse(data: bytes) -> Show:
    doubled: list[str] = []
    content = _json(_text(data), doubled)
    if not isinstance(content, dict):
        raise _Trouble("방송 하나를 { … }로 묶은 내용이 아니에요", "it is not one show in { … }")
    schema = content.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or not 1 <= schema < 2**62:
        raise _Trouble("schema 항목에 형식 번호가 없어요", "its field schema holds no schema number")
    check_schema(schema)
    if doubled:
        key = _printable(doubled[0])
        raise _Trouble(f"항목 “{key}”이(가) 한 묶음에 두 번 있어요", f"the field “{key}” stands twice in one object")
    try:
        return decode(Show, content, "show")
    except Refusal as refusal:
        words = refusal.sentence
        raise _Trouble(words.ko.rstrip("."), words.en.rstrip(".")) from None


def _text(data: bytes) -> str:
    if len(data) > MAX_SHOW_BYTES:
        raise _Trouble(f"{MAX_SHOW_BYTES // 1024**2} MB보다 커요", f"it is larger than {MAX_SHOW_BYTES // 1024**2} MB")
    if b"\x00" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _Trouble("UTF-8 글 파일이 아니에요", "it is no UTF-8 text file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        if error.reason == "unexpected end of data":
            raise _cut_off(before, len(before)) from None
        ko, en = _position(before, len(before))
        raise _Trouble(f"{ko}에 UTF-8이 아닌 글자가 있어요", f"{en} holds something that is not UTF-8") from None
    if not text.strip():
        raise _Trouble("내용이 비어 있어요", "it is empty")
    return text


def _json(text: str, doubled: list[str]) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [key for key, _ in pairs]
            doubled.extend(key for key in found if names.count(key) > 1)
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise _cut_off(text, len(text)) from None
        ko, en = _position(text, error.pos)
        raise _Trouble(f"{ko}에서 JSON이 틀렸어요", f"its JSON is wrong at {en}") from None
    except RecursionError:
        raise _Trouble("묶음이 너무 깊이 들어 있어요", "it is nested too deeply") from None
    except ValueError:
        raise _Trouble("숫자 하나가 너무 길어요", "it holds a number that is too long") from None


def _cut_off(text: str, position: int) -> _Trouble:
    ko, en = _position(text, position)
    return _Trouble(f"{ko}에서 끊겨 있어요", f"it breaks off at {en}")


def _position(text: str, position: int) -> tuple[str, str]:
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    return f"{line}번째 줄 {column}번째 글자", f"line {line}, column {column}"


def _printable(text: str) -> str:
    """The end of a name (that is where paths differ), without characters that would spoil a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[-MAX_NAME:])
