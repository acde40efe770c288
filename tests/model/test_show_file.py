"""The show file: written and read the same; half, empty, binary, newer or forged files are refused by their place in
words, and nothing is read from them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.codec import encode
from studio.model.commerce import Coupon, Product
from studio.model.scene import Crop, Layer, Place, Rect, Scene
from studio.model.sentence import Refusal
from studio.model.show import SHOW_SCHEMA, Canvas, Destination, Show, Source
from studio.model.show_file import MAX_SHOW_BYTES, check_schema, newer_show, read_show, write_show
from tests.model.generating import sample, values_of

SHOW = Show(
    id="tangerine",
    title="귤밭집 🍊 저녁",
    canvases=(Canvas("vertical", 1080, 1920),),
    sources=(Source("main", "file:귤밭.mp4", gain_db=-3.5),),
    scenes=(Scene("a", layers=(Layer("l", source="main", places={"*": Place(Rect(0.1), crop=Crop(0.25))}),)),),
    products=(Product("p", "귤 5kg", 24_900, 15_900),),
    coupons=(Coupon("c", "쿠폰", 3_000, "받기", 300.0),),
    destinations=(Destination("유튜브", "rtmp://a/live"),),
    notes={"메모": "줄\n바꿈"},
)
FILE = json.dumps(encode(SHOW), ensure_ascii=False, separators=(",", ":")).encode()
PRETTY = write_show(SHOW)


def refused(data: bytes, name: str = "저녁.json") -> str:
    with pytest.raises(Refusal) as caught:
        read_show(data, name)
    refusal = caught.value
    assert refusal.code == "bad_show_file"
    assert "파일은 그대로 두었어요" in refusal.sentence.ko
    assert "The file was left as it is" in refusal.sentence.en
    assert refusal.sentence.ko.endswith("열어 주세요.")
    assert refusal.sentence.ko.isprintable()
    assert len(refusal.sentence.ko) < 800
    refusal.sentence.both().encode()
    return refusal.sentence.ko + "\n" + refusal.sentence.en


def content(**changes: Any) -> bytes:
    return json.dumps({**encode(SHOW), **changes}, ensure_ascii=False).encode()


def test_it_is_read_as_written() -> None:
    assert read_show(PRETTY, "a") == SHOW
    assert read_show(FILE, "a") == SHOW
    assert read_show(b"\xef\xbb\xbf" + PRETTY, "a") == SHOW
    assert read_show(PRETTY.replace(b"\n", b"\r\n"), "a") == SHOW
    assert read_show(b" \n\t" + PRETTY + b"\n\n", "a") == SHOW
    assert "귤밭집 🍊" in PRETTY.decode()
    assert PRETTY.endswith(b"}\n")


@given(values_of(Show))
def test_any_show_that_is_written_is_read_the_same(show: Show) -> None:
    try:
        data = write_show(show)
    except Refusal as refusal:
        assert refusal.code == "newer_show" if show.schema > SHOW_SCHEMA else refusal.code == "bad_show_file"  # noqa: PT017
        return
    assert read_show(data, "a") == show


@given(
    values_of(Show).map(lambda show: Show(**{**{name: getattr(show, name) for name in show.__slots__}, "schema": 1}))
)
def test_every_show_of_this_schema_can_be_written(show: Show) -> None:
    assert read_show(write_show(show), "a") == show


# ── half a file ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [FILE, PRETTY], ids=["one line", "pretty"])
def test_a_file_cut_at_any_byte_is_refused(data: bytes) -> None:
    for length in range(len(data.rstrip())):
        words = refused(data[:length])
        assert ("line " in words and "줄" in words) or length < 1 or "비어 있어요" in words


def test_a_cut_is_named_as_a_cut_with_its_line_and_column() -> None:
    half = PRETTY[: PRETTY.index("귤 5kg".encode()) + 4]  # in the middle of a letter of three bytes
    lines = half.decode(errors="ignore").split("\n")
    words = refused(half)
    assert f"{len(lines)}번째 줄 {len(lines[-1]) + 1}번째 글자에서 끊겨 있어요" in words
    assert f"breaks off at line {len(lines)}, column {len(lines[-1]) + 1}" in words


@pytest.mark.parametrize("data", [b"", b" ", b"\n\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf \r\n"], ids=range(5))
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    assert "비어 있어요" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 4096,
        PRETTY[:200] + b"\x00" * 300,
        PRETTY.decode().encode("utf-16"),
        PRETTY.decode().encode("utf-16-le"),
        PRETTY.decode().encode("utf-16-be"),
        PRETTY.decode().encode("utf-32"),
        b"\xff\xfe",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\x00\x00\x00\x20ftypisom",
    ],
    ids=range(9),
)
def test_a_binary_file_is_no_text(data: bytes) -> None:
    assert "UTF-8 글 파일이 아니에요" in refused(data)


@pytest.mark.parametrize("data", ['{\n "a": "귤"}'.encode("cp949"), b'{\n "a": "\xff"}', b'{\n "a": "\xed\xa0\x80"}'])
def test_what_is_not_utf8_is_found_at_its_place(data: bytes) -> None:
    words = refused(data)
    assert "2번째 줄 8번째 글자에 UTF-8이 아닌" in words
    assert "line 2, column 8" in words


# ── not a show ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{\n "schema": 1,\n 2}', "line 3, column 2"),
        (b"{\"schema\": 1, 'id': 2}", "line 1, column 15"),
        (b'{"schema": 01}', "line 1, column 13"),
        (PRETTY + b"x", f"line {PRETTY.count(10) + 1}, column 1"),
        (PRETTY + PRETTY, f"line {PRETTY.count(10) + 1}, column 1"),
        (b'{"schema": 1, "id": "a\nb"}', "line 1, column 23"),
        (b"<html>", "line 1, column 1"),
        (b"schema = 1", "line 1, column 1"),
    ],
    ids=range(8),
)
def test_wrong_json_is_found_at_its_place(data: bytes, place: str) -> None:
    assert place in refused(data)


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"x"', b"true", b"[{}]", b"1e999", b"NaN"])
def test_a_file_of_something_else_is_no_show(data: bytes) -> None:
    assert "{ … }" in refused(data)


@pytest.mark.parametrize(
    "data", [b"{}", b'{"schema": null}', b'{"schema": "1"}', b'{"schema": true}', b'{"schema": 1.0}']
)
def test_a_show_has_a_schema_number(data: bytes) -> None:
    assert "schema" in refused(data)


@pytest.mark.parametrize("schema", [0, -1, -(2**70)])
def test_a_schema_number_begins_at_one(schema: int) -> None:
    assert "schema" in refused(content(schema=schema))


@pytest.mark.parametrize("schema", [SHOW_SCHEMA + 1, 7, 10**9])
@pytest.mark.parametrize("rest", ["{}", '{"nothing": "known"}', '{"id": 7, "id": 8, "scenes": "elsewhere"}'])
def test_a_newer_file_is_named_before_anything_else(schema: int, rest: str) -> None:
    data = f'{{"schema": {schema}, {rest[1:]}'.replace(", }", "}").encode()
    with pytest.raises(Refusal) as caught:
        read_show(data, "a")
    assert caught.value.code == "newer_show"
    assert caught.value.sentence == newer_show(schema).sentence
    assert "그대로" in caught.value.sentence.ko
    assert str(schema) in caught.value.sentence.en


def test_schemas_of_today_and_before_are_taken() -> None:
    check_schema(SHOW_SCHEMA)
    check_schema(1)
    with pytest.raises(Refusal):
        check_schema(SHOW_SCHEMA + 1)


@pytest.mark.parametrize(
    ("find", "put", "name"),
    [
        (b'"title":', b'"id":"other","title":', "id"),
        (b'"width":', b'"width":10,"width":', "width"),
        ('"메모":'.encode(), '"메모":"1","메모":'.encode(), "메모"),
        (b'"schema":1', b'"schema":1,"schema":1', "schema"),
    ],
    ids=["top", "inside", "mapping", "schema"],
)
def test_a_field_that_stands_twice_is_named(find: bytes, put: bytes, name: str) -> None:
    words = refused(FILE.replace(find, put, 1))
    assert f"“{name}”이(가) 한 묶음에 두 번" in words


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"title": 7}, "show.title"),
        ({"canvases": [{"id": "a", "width": 1, "height": "2"}]}, "show.canvases[0].height"),
        ({"surprise": 1}, "show.surprise"),
        ({"scenes": [{"name": "x"}]}, "show.scenes[0].id"),
        ({"notes": {"a": 1}}, "show.notes.a"),
        ({"sources": [{"id": "a", "url": "b", "gain_db": float("nan")}]}, "show.sources[0].gain_db"),
        ({"sources": [{"id": "a", "url": "b", "gain_db": float("inf")}]}, "show.sources[0].gain_db"),
    ],
    ids=range(7),
)
def test_a_wrong_field_is_named(changes: dict[str, Any], place: str) -> None:
    assert place in refused(content(**changes))


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1" * 400])
def test_numbers_beyond_all_measure_are_refused(text: str) -> None:
    assert "gain_db" in refused(FILE.replace(b'"gain_db":-3.5', f'"gain_db":{text}'.encode()))


def test_a_number_of_five_thousand_digits_is_refused() -> None:
    assert "too long" in refused(FILE.replace(b'"gain_db":-3.5', b'"gain_db":' + b"9" * 5000))
    assert "too long" in refused(b'{"schema":' + b"9" * 5000 + b"}")


@pytest.mark.parametrize("depth", [40, 1_000, 200_000])
@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(depth: int, begin: bytes, end: bytes) -> None:
    refused(FILE.replace(b'"notes":{', b'"notes":{"a":' + begin * depth + b"1" + end * depth + b",", 1))
    refused(begin * depth)


def test_half_a_surrogate_pair_is_refused() -> None:
    assert "show.title" in refused(content(title="x").replace(b'"x"', b'"\\ud83c"'))
    refused(content(notes={}).replace(b'"notes": {}', b'"notes": {"\\ud83c": "a"}'))
    refused(content(x=1).replace(b'"x": 1', b'"\\ud83c": 1'))


def test_eight_megabytes_are_the_limit() -> None:
    padded = PRETTY + b" " * (MAX_SHOW_BYTES - len(PRETTY))
    assert read_show(padded, "a") == SHOW
    assert "8 MB" in refused(padded + b" ")
    assert "8 MB" in refused(b"\x00" * (MAX_SHOW_BYTES + 1))


@pytest.mark.parametrize("name", ["", "a" * 100_000, "\x1b[2J\n\r", "\ud800", "\u202etxt.exe", "🍊.json"])
def test_any_name_can_stand_in_the_words(name: str) -> None:
    refused(b"", name)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    refused(data)


@given(st.data())
def test_any_changed_byte_is_read_as_a_show_or_refused(data: st.DataObject) -> None:
    changed = bytearray(FILE)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        show = read_show(bytes(changed), "a")
    except Refusal as refusal:
        assert refusal.code in ("bad_show_file", "newer_show")  # noqa: PT017
    else:
        assert read_show(write_show(show), "a") == show


# ── what cannot be stored ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "\ud800"},
        {"title": "가" * 5_000},
        {"title": "\x00"},
        {"notes": {"\ud800": "a"}},
        {"sources": (Source("a", "b", gain_db=float("nan")),)},
        {"sources": (Source("a", "b", gain_db=float("inf")),)},
        {"products": (Product("a", "b", 2**62, 1),)},
        {"products": (Product("a", "b", "1", 1),)},
        {"schema": 0},
        {"notes": {str(number): "가" * 3_000 for number in range(1_000)}},
    ],
    ids=range(10),
)
def test_what_could_not_be_read_again_is_not_written(changes: dict[str, Any]) -> None:
    show = Show(**{**{name: getattr(SHOW, name) for name in SHOW.__slots__}, **changes})
    with pytest.raises(Refusal) as caught:
        write_show(show)
    assert caught.value.code == "bad_show_file"
    assert "저장할 수 없어요" in caught.value.sentence.ko
    assert "바꾸지 않았어요" in caught.value.sentence.ko
    assert "cannot be stored" in caught.value.sentence.en


def test_a_show_of_a_newer_schema_is_not_written() -> None:
    with pytest.raises(Refusal) as caught:
        write_show(Show(**{**{name: getattr(SHOW, name) for name in SHOW.__slots__}, "schema": SHOW_SCHEMA + 1}))
    assert caught.value.code == "newer_show"


def test_the_sample_with_every_field_is_a_show_file() -> None:
    data = json.dumps({**sample(Show), "schema": 1}).encode()
    assert read_show(write_show(read_show(data, "a")), "a") == read_show(data, "a")
