"""RTMP addresses and stream keys as people paste them: trimmed and told, split into server and key, or refused in words
(B36, B37). Whatever may be a key appears in no message (house law 10). Pure, any thread; nothing is resolved here."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

from studio.model.secret import Secret
from studio.model.sentence import Refusal, Sentence

MAX_ADDRESS = 2_000
MAX_KEY = 2_000
SCHEMES = ("rtmp", "rtmps")
OTHER_SCHEMES = ("http", "https", "srt", "rtsp", "rtmpe", "rtmpt", "rtmpte", "rtmpts", "whip", "ws", "wss", "udp")
QUOTES = "\"'`´‘’‚“”„«»‹›「」『』"
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
HOST_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class Address(NamedTuple):
    """A server that may be stored and shown, the key that stood behind it, and what was done to the text. Whoever asked
    tells the person that a key was taken out."""

    server: str
    key: Secret | None
    remarks: tuple[Sentence, ...]


def split_address(text: str) -> Address:
    """`rtmp://host[:port]/app[/key]` as pasted. The path's first segment is the application, the rest is the key;
    Refusal("bad_address") or Refusal("bad_key")."""
    trimmed, remarks = _trimmed(text, "주소", "address")
    if not trimmed:
        raise _bad_address("주소가 비어 있어요", "it is empty")
    if len(trimmed) > MAX_ADDRESS:
        raise _bad_address(f"{MAX_ADDRESS:,}자보다 길어요", f"it is longer than {MAX_ADDRESS:,} characters")
    scheme, separator, rest = trimmed.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in SCHEMES:
        raise _other_scheme(scheme if separator else trimmed.partition(":")[0].lower())
    authority, slash, path = rest.partition("/")
    application, behind, key = path.partition("/")
    _check_letters(authority + slash + application)
    if not application:
        raise _bad_address("서버 뒤에 앱 이름이 없어요", "it names no application behind the server")
    if any(letter in authority + application for letter in "?#\\"):
        raise _bad_address(
            "앱 이름까지의 자리에 ?나 #이나 \\가 있어요. 비밀 값이면 스트림 키에 적어 주세요",
            "there is a ?, # or \\ before its key; what is secret belongs into the stream key",
        )
    server = f"{scheme}://{_server(authority)}/{application}"
    if not behind or not key.strip("/"):
        return Address(server, None, remarks)
    secret, more = clean_key(key.lstrip("/"))
    return Address(server, secret, remarks + more)


def clean_key(text: str) -> tuple[Secret, tuple[Sentence, ...]]:
    """A stream key as pasted or as it stands in a key file, and what was trimmed; Refusal("bad_key")."""
    key, remarks = _trimmed(text, "스트림 키", "stream key")
    if not key:
        raise _bad_key("스트림 키가 비어 있어요", "The stream key is empty")
    if len(key) > MAX_KEY:
        raise _bad_key(f"스트림 키가 {MAX_KEY:,}자보다 길어요", f"The stream key is longer than {MAX_KEY:,} characters")
    if any(map(_is_unusable, key)):
        raise _bad_key(
            "스트림 키 가운데에 빈칸이나 줄바꿈, 보이지 않는 글자가 있어요",
            "There are spaces, line breaks or invisible characters inside the stream key",
        )
    if key.lower().startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
        raise _bad_key("스트림 키 자리에 주소가 들어 있어요", "There is an address where the stream key should be")
    return Secret(key), remarks


def _trimmed(text: str, ko: str, en: str) -> tuple[str, tuple[Sentence, ...]]:
    trimmed, before = text, ""
    while trimmed != before:
        before = trimmed
        trimmed = trimmed.strip().strip(QUOTES + INVISIBLE)
    if trimmed == text or not trimmed:
        return trimmed, ()
    remark = Sentence(
        f"{ko} 앞뒤의 빈칸·줄바꿈·따옴표를 지웠어요.",
        f"Spaces, line breaks or quotes around the {en} were removed.",
    )
    return trimmed, (remark,)


def _is_unusable(letter: str) -> bool:
    """White space, control and formatting characters, half a surrogate pair."""
    return letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Zs")


def _check_letters(text: str) -> None:
    if any(map(str.isspace, text)):
        raise _bad_address("가운데에 빈칸이나 줄바꿈이 있어요", "there are spaces or line breaks inside")
    if any(map(_is_unusable, text)):
        raise _bad_address("쓸 수 없는 글자가 있어요", "it holds characters that cannot be used")


def _server(authority: str) -> str:
    """Host and port as they may be stored: lower case, punycode, brackets around IPv6."""
    if "@" in authority:
        raise _bad_address(
            "서버 앞에 사용자 이름이나 비밀번호(…@)가 있어요", "there is a user name or password (…@) before the server"
        )
    if authority.startswith("["):
        inside, bracket, behind = authority[1:].partition("]")
        try:
            host = f"[{IPv6Address(inside)}]"
        except AddressValueError:
            bracket = ""
        if not bracket or "%" in inside or behind[:1] not in ("", ":"):
            raise _bad_host()
        port, has_port = behind[1:], bool(behind)
    else:
        name, colon, port = authority.partition(":")
        if ":" in port:
            raise _bad_address("IPv6 주소는 [ ]로 감싸야 해요", "an IPv6 address stands in [ ]")
        host, has_port = _host(name), bool(colon)
    if not has_port:
        return host
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise _bad_address("포트는 1에서 65535 사이의 수여야 해요", "the port must be a number from 1 to 65535")
    return f"{host}:{int(port)}"


def _host(name: str) -> str:
    if not name:
        raise _bad_address("서버 이름이 없어요", "it names no server")
    try:
        host = name.encode("idna").decode().lower()
        labels = host.removesuffix(".").split(".")
        if len(host) > 253 or not all(map(HOST_LABEL.fullmatch, labels)):
            raise ValueError
        if labels[-1].isdigit():
            IPv4Address(host)
    except ValueError:
        raise _bad_host() from None
    return host


def _other_scheme(scheme: str) -> Refusal:
    if scheme in OTHER_SCHEMES:
        return _bad_address(
            f"{scheme}:// 주소로는 보낼 수 없어요. rtmp://나 rtmps://여야 해요",
            f"{scheme}:// cannot be sent to; it must be rtmp:// or rtmps://",
        )
    return _bad_address(
        "rtmp://나 rtmps://로 시작하지 않아요. 스트림 키라면 키 자리에 적어 주세요",
        "it does not start with rtmp:// or rtmps://; a stream key belongs into the place for keys",
    )


def _bad_host() -> Refusal:
    return _bad_address("서버 이름이 올바르지 않아요", "its server name is not valid")


def _bad_address(ko: str, en: str) -> Refusal:
    return Refusal(
        f"이 송출 주소는 쓸 수 없어요: {ko}. 아무것도 저장하거나 보내지 않았어요. "
        "플랫폼에서 서버 주소를 다시 복사해 주세요.",
        f"This address cannot be used: {en}. Nothing was stored or sent. Copy the server address from the platform "
        "again.",
        code="bad_address",
    )


def _bad_key(ko: str, en: str) -> Refusal:
    return Refusal(
        f"{ko}. 아무것도 저장하거나 보내지 않았어요. 플랫폼에서 스트림 키만 다시 복사해 주세요.",
        f"{en}. Nothing was stored or sent. Copy only the stream key from the platform again.",
        code="bad_key",
    )
