"""Addresses and keys as people paste them: split, trimmed and told, or refused in words that hold no key."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.address import MAX_ADDRESS, MAX_KEY, clean_key, split_address
from studio.model.sentence import Refusal, Sentence
from tests.model import generating  # noqa: F401  # loads the profile

CANARY = "live_canary-7f3a9c2e"


def refusal_of(text: str, code: str = "bad_address") -> Refusal:
    with pytest.raises(Refusal) as caught:
        split_address(text)
    check_words(caught.value, code)
    return caught.value


def refused_key(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        clean_key(text)
    check_words(caught.value, "bad_key")
    return caught.value


def check_words(refusal: Refusal, code: str) -> None:
    words = refusal.sentence
    assert refusal.code == code
    assert words.ko.endswith("복사해 주세요.")
    assert "아무것도 저장하거나 보내지 않았어요" in words.ko
    assert "Nothing was stored or sent" in words.en
    assert words.both().replace("\n", "").isprintable()
    assert len(words.ko) < 300
    for shown in (words.ko, words.en, repr(refusal), str(refusal.args)):
        assert CANARY not in shown


@pytest.mark.parametrize(
    ("text", "server", "key"),
    [
        ("rtmp://host/app", "rtmp://host/app", None),
        ("rtmp://host/app/", "rtmp://host/app", None),
        ("rtmp://host/app//", "rtmp://host/app", None),
        ("rtmp://host/app/key", "rtmp://host/app", "key"),
        ("rtmp://host/app//key", "rtmp://host/app", "key"),
        ("rtmp://host/app/key?x=1", "rtmp://host/app", "key?x=1"),
        ("rtmp://host/app/key?x=1&y=/2#z", "rtmp://host/app", "key?x=1&y=/2#z"),
        ("rtmp://host/app/inst/key", "rtmp://host/app", "inst/key"),
        ("rtmp://host/app/key/", "rtmp://host/app", "key/"),
        ("rtmp://host/app/?key=1", "rtmp://host/app", "?key=1"),
        ("rtmp://host/app/a@b:c", "rtmp://host/app", "a@b:c"),
        ("rtmp://host/app/%20%2F", "rtmp://host/app", "%20%2F"),
        ("rtmp://host:1935/app", "rtmp://host:1935/app", None),
        ("rtmp://host:1/app", "rtmp://host:1/app", None),
        ("rtmp://host:65535/app", "rtmp://host:65535/app", None),
        ("rtmp://host:01935/app", "rtmp://host:1935/app", None),
        ("rtmps://host:443/rtmp/", "rtmps://host:443/rtmp", None),
        ("RTMP://HOST/App/Key", "rtmp://host/App", "Key"),
        ("Rtmps://Host.Example.COM/App", "rtmps://host.example.com/App", None),
        ("rtmp://host./app", "rtmp://host./app", None),
        ("rtmp://my_server-1.local/app", "rtmp://my_server-1.local/app", None),
        ("rtmp://127.0.0.1:1935/live/k", "rtmp://127.0.0.1:1935/live", "k"),
        ("rtmp://[::1]/app", "rtmp://[::1]/app", None),
        ("rtmp://[2001:DB8::0:1]:1935/app/k", "rtmp://[2001:db8::1]:1935/app", "k"),
        # How Python writes an address of this kind changed with 3.13; both mean the same.
        ("rtmp://[::ffff:1.2.3.4]/app", f"rtmp://[{IPv6Address('::ffff:1.2.3.4')}]/app", None),
        ("rtmp://귤밭.한국/live/k", "rtmp://xn--ii0by4y.xn--3e0b707e/live", "k"),
        ("rtmp://Bücher.example/app", "rtmp://xn--bcher-kva.example/app", None),
        ("rtmp://ｈｏｓｔ.example/app", "rtmp://host.example/app", None),
        ("rtmp://host。example/app", "rtmp://host.example/app", None),
        ("rtmp://host/앱", "rtmp://host/앱", None),
        (
            "rtmps://live-api-s.facebook.com:443/rtmp/FB-1-0-Abc?s_bl=1",
            "rtmps://live-api-s.facebook.com:443/rtmp",
            "FB-1-0-Abc?s_bl=1",
        ),
        ("rtmp://a.rtmp.youtube.com/live2/abcd-efgh", "rtmp://a.rtmp.youtube.com/live2", "abcd-efgh"),
        (
            "rtmp://push.tiktokcdn.com/stage/stream-1?expire=1&sign=2",
            "rtmp://push.tiktokcdn.com/stage",
            "stream-1?expire=1&sign=2",
        ),
    ],
)
def test_what_is_good_is_split(text: str, server: str, key: str | None) -> None:
    found = split_address(text)
    assert found.server == server
    assert (found.key.reveal() if found.key is not None else None) == key
    assert found.remarks == ()
    if key is not None and len(key) > 3:
        assert key not in repr(found)


AROUND = [
    " ",
    "\n",
    "\r\n",
    "\t",
    "  \n ",
    '"',
    "'",
    "`",
    "“",
    "”",
    "‘",
    "’",
    "«",
    "「",
    "\u00a0",
    "\u3000",
    "\ufeff",
    "\u200b",
    ' "',
    "\"'\n ",
]


@pytest.mark.parametrize("around", AROUND, ids=lambda text: text.encode("unicode_escape").decode())
@pytest.mark.parametrize("side", ["before", "behind", "both"])
class TestTrimming:
    def wrapped(self, text: str, around: str, side: str) -> str:
        before = around if side in ("before", "both") else ""
        behind = around[::-1] if side in ("behind", "both") else ""
        return before + text + behind

    def test_an_address_is_trimmed_and_that_is_told(self, around: str, side: str) -> None:
        found = split_address(self.wrapped(f"rtmp://host/app/{CANARY}", around, side))
        assert found.server == "rtmp://host/app"
        assert found.key is not None
        assert found.key.reveal() == CANARY
        self.check(found.remarks, "주소")

    def test_a_key_is_trimmed_and_that_is_told(self, around: str, side: str) -> None:
        key, remarks = clean_key(self.wrapped(CANARY, around, side))
        assert key.reveal() == CANARY
        self.check(remarks, "스트림 키")

    def test_a_key_in_an_address_is_trimmed_and_that_is_told(self, around: str, side: str) -> None:
        found = split_address("rtmp://host/app/" + self.wrapped(CANARY, around, side))
        assert found.key is not None
        assert found.key.reveal() == CANARY
        assert 1 <= len(found.remarks) <= 2

    def check(self, remarks: tuple[Sentence, ...], what: str) -> None:
        (remark,) = remarks
        assert remark.ko.startswith(what)
        assert remark.ko.endswith("지웠어요.")
        assert remark.en
        assert CANARY not in remark.both()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        '""',
        "\n",
        "host/app",
        "//host/app",
        "rtmp",
        "rtmp:",
        "rtmp:/host/app",
        "rtmp:host/app",
        "rtmp:\\\\host\\app",
        "rtmp//host/app",
        " tmp://host/app",
        "http://host/app/key",
        "https://host/app",
        "srt://host:9000",
        "rtsp://host/app",
        "rtmpe://host/app",
        "rtmpt://host/app",
        "rtmpsx://host/app",
        "javascript:alert(1)",
        "file:///etc/passwd",
        f"{CANARY}",
        f"{CANARY}://host/app",
        f"{CANARY}:x",
        "rtmp://",
        "rtmp:///app/key",
        "rtmp://:1935/app",
        "rtmp://host",
        "rtmp://host/",
        "rtmp://host//key",
        "rtmp://host:1935",
        "rtmp://host:/app",
        "rtmp://host:0/app",
        "rtmp://host:00/app",
        "rtmp://host:65536/app",
        "rtmp://host:99999999/app",
        "rtmp://host:-1/app",
        "rtmp://host:+1/app",
        "rtmp://host:1_0/app",
        "rtmp://host:１９/app",
        "rtmp://host:x/app",
        "rtmp://host:1:2/app",
        "rtmp://::1/app",
        "rtmp://[::1/app",
        "rtmp://[::1]x/app",
        "rtmp://[::1]:/app",
        "rtmp://[::1]:0/app",
        "rtmp://[]/app",
        "rtmp://[host]/app",
        "rtmp://[1.2.3.4]/app",
        "rtmp://[fe80::1%eth0]/app",
        "rtmp://[:::1]/app",
        "rtmp://user@host/app",
        f"rtmp://user:{CANARY}@host/app",
        f"rtmp://{CANARY}@host/app/k",
        "rtmp://@host/app",
        "rtmp://ho st/app",
        "rtmp://host /app",
        "rtmp:// host/app",
        "rtmp://host/a pp",
        "rtmp://host/app\n" + CANARY,
        "rtmp://host/app key",
        "rtmp://host\t/app",
        "rtmp://ho\x00st/app",
        "rtmp://host/a\x1bpp",
        "rtmp://ho\u200bst/app",
        "rtmp://host/\u202eapp",
        "rtmp://ho\ud800st/app",
        "rtmp://host/a\ud800",
        "rtmp://host?x=1",
        "rtmp://host#x",
        f"rtmp://host/app?token={CANARY}",
        "rtmp://host/app#x",
        "rtmp://host\\evil/app",
        "rtmp://host/app\\x",
        "rtmp://.host/app",
        "rtmp://host..x/app",
        "rtmp://./app",
        "rtmp://-host/app",
        "rtmp://host-/app",
        "rtmp://ho!st/app",
        "rtmp://ho*st/app",
        "rtmp://ho%73t/app",
        "rtmp://host,other/app",
        "rtmp://1.2.3/app",
        "rtmp://1.2.3.256/app",
        "rtmp://1.2.3.4.5/app",
        "rtmp://2130706433/app",
        "rtmp://℀.com/app",
        "rtmp://" + "a" * 64 + "/app",
        "rtmp://" + "귤" * 60 + "/app",
        "rtmp://" + "a." * 130 + "com/app",
    ],
    ids=lambda text: text.encode("unicode_escape").decode()[:40],
)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    refusal_of(text)


@pytest.mark.parametrize(("scheme", "named"), [("http", True), ("srt", True), ("hunter2", False)])
def test_only_known_schemes_are_named(scheme: str, named: bool) -> None:
    assert (scheme in refusal_of(f"{scheme}://host/app").sentence.ko) is named


BROKEN_KEYS = [
    f"{CANARY[:8]}{letter}{CANARY[8:]}" for letter in " \n\r\t\x00\x1b\x7f\u00a0\u2028\u200b\u202e\u3000\ud800\ufeff"
]


@pytest.mark.parametrize("key", BROKEN_KEYS, ids=lambda text: text.encode("unicode_escape").decode())
def test_a_key_with_a_hole_is_refused(key: str) -> None:
    refused_key(key)
    refusal = refusal_of(f"rtmp://host/app/{key}", "bad_key")
    assert CANARY[:8] not in refusal.sentence.both()


@pytest.mark.parametrize("key", ["", " ", "\n", '""', "'\n'", "\ufeff"])
def test_an_empty_key_is_refused(key: str) -> None:
    assert "비어 있어요" in refused_key(key).sentence.ko


@pytest.mark.parametrize("text", [f"rtmp://host/app/{CANARY}", f"  RTMPS://host/app/{CANARY}\n"])
def test_an_address_in_the_place_of_a_key_is_refused(text: str) -> None:
    assert "주소가 들어 있어요" in refused_key(text).sentence.ko


def test_a_key_file_holds_one_key() -> None:
    refused_key(f"{CANARY}\nsecond\n")
    key, remarks = clean_key(f"\ufeff{CANARY}\r\n")
    assert key.reveal() == CANARY
    assert len(remarks) == 1
    assert clean_key(CANARY) == (key, ())


def test_lengths() -> None:
    room = MAX_ADDRESS - len("rtmp://host/app/")
    assert split_address("rtmp://host/app/" + "k" * room).key is not None
    assert "2,000" in refusal_of("rtmp://host/app/" + "k" * (room + 1)).sentence.ko
    refusal_of("rtmp://host/app/" + "k" * 1_000_000)
    assert split_address(" " * 100_000 + "rtmp://host/app").server == "rtmp://host/app"
    assert clean_key("k" * MAX_KEY)[0].reveal() == "k" * MAX_KEY
    assert "2,000" in refused_key("k" * (MAX_KEY + 1)).sentence.ko


PRINTABLE = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="\"'`´‘’‚“”„«»‹›「」『』"),
    min_size=1,
    max_size=40,
)
SEGMENT = st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)
HOST = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,5})?", fullmatch=True)
PORT = st.integers(1, 65535)


@given(st.sampled_from(["rtmp", "rtmps"]), HOST, st.none() | PORT, SEGMENT, st.none() | PRINTABLE)
def test_any_good_address_is_split_and_comes_back(
    scheme: str, host: str, port: int | None, app: str, key: str | None
) -> None:
    server = f"{scheme}://{host}" + (f":{port}" if port else "") + f"/{app}"
    if key is not None and (not key.strip("/") or key.lower().startswith(("rtmp://", "rtmps://"))):
        key = None
    found = split_address(server if key is None else f"{server}/{key}")
    assert found.server == server
    assert (None if found.key is None else found.key.reveal()) == (None if key is None else key.lstrip("/"))
    assert split_address(found.server) == (server, None, ())


@given(st.text(max_size=40) | st.text(max_size=40).map(lambda text: f"rtmp://{text}"))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        found = split_address(text)
    except Refusal as refusal:
        check_words(refusal, refusal.code)
        assert refusal.code in ("bad_address", "bad_key")  # noqa: PT017
        return
    assert found.server.isprintable()
    assert " " not in found.server
    assert split_address(found.server).server == found.server
    assert split_address(found.server).key is None


@given(st.text(max_size=30))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        key, remarks = clean_key(text)
    except Refusal as refusal:
        check_words(refusal, "bad_key")
        return
    assert key.reveal() in text
    assert bool(remarks) is (key.reveal() != text)
    assert clean_key(key.reveal()) == (key, ())
