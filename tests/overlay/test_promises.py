"""No clipped promise, seen on the real templates with the real fonts: money, conditions and wording are whole or the
card is refused in words that name the field; and no character is ever drawn as a box."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.commerce import amount_words, money_words
from studio.model.sentence import Refusal
from studio.overlay.arrange import Arrangement, Block, PlacedText
from studio.overlay.design import Orientation
from studio.overlay.template import template
from studio.overlay.values import checked_values
from tests.overlay.seeing import COUPON, PRODUCT, drawn, raw_picture

slower = settings(max_examples=60, deadline=None)
orientations = st.sampled_from(["portrait", "landscape"])


def arranged(name: str, values: dict[str, str], orientation: Orientation = "portrait") -> Block:
    chosen = template(name)
    return Arrangement(chosen, checked_values(chosen, tuple(values.items()))).arrange(chosen.designs[orientation])


def arranged_or_refused(name: str, values: dict[str, str], orientation: Orientation) -> Block | Refusal:
    try:
        return arranged(name, values, orientation)
    except Refusal as refusal:
        return refusal


def lines(block: Block, field: str) -> list[PlacedText]:
    return [one for one in block.placed if isinstance(one, PlacedText) and one.node.field == field]


def whole(block: Block, field: str, text: str, right: float) -> None:
    """Every glyph of the text is there, none smaller than the floor, and nothing reaches beyond the box."""
    found = lines(block, field)
    assert " ".join(one.shaped.text for one in found) == text
    assert len([piece for one in found for piece in one.shaped.pieces]) >= len(text.replace(" ", ""))
    for one in found:
        assert one.node.floor <= one.size <= one.node.size
        assert one.x + one.shaped.advance * one.size <= right + 0.5
        assert one.x + one.shaped.lead * one.size >= 0
        assert 0 < one.base < block.height


@slower
@given(st.integers(0, 10**14), st.integers(1, 99), orientations, st.booleans())
def test_money_never_loses_a_glyph(price: int, percent: int, orientation: Orientation, picture: bool) -> None:
    values = PRODUCT | {
        "price": amount_words(price, "KRW"),
        "discount": f"{percent}%",
        "list_price": money_words(price + 1000, "KRW"),
        "delivery": f"배송비 포함 총 {money_words(price + 3000, 'KRW')}",
        "picture": "shown|1|1" if picture else "",
    }
    block = arranged_or_refused("product-compact", values, orientation)
    if isinstance(block, Refusal):
        assert block.code == "does_not_fit"
        assert price >= 9_990_000
        assert any(value in block.sentence.ko for value in values.values())
        return
    for field in ("price", "discount", "unit", "list_price", "delivery"):
        whole(block, field, values[field], block.width - 20)


def test_a_price_of_millions_fits() -> None:
    for orientation in ("portrait", "landscape"):
        big = {"price": "9,990,000", "list_price": "12,990,000원", "delivery": "무료배송", "picture": "shown|1|1"}
        block = arranged("product-compact", PRODUCT | big, orientation)
        whole(block, "price", "9,990,000", block.width - 20)


@slower
@given(st.text("가나다라마바사 0123456789,원", min_size=1, max_size=60), orientations)
def test_the_way_to_get_a_coupon_is_whole_or_refused(how: str, orientation: Orientation) -> None:
    how = " ".join(how.split()) or "앱에서 받기"
    block = arranged_or_refused("coupon", COUPON | {"how": how}, orientation)
    if isinstance(block, Refusal):
        assert "‘받는 방법’" in block.sentence.ko
        assert "way to get the coupon" in block.sentence.en
        assert how in block.sentence.ko
        return
    whole(block, "how", how, 476)


@slower
@given(st.text("가나다라마바사 abcXYZ🍊🎁0123", min_size=1, max_size=120).filter(str.strip), orientations)
def test_a_name_always_fits_and_is_cut_only_with_an_ellipsis(name: str, orientation: Orientation) -> None:
    name = " ".join(name.split())
    block = arranged("product-compact", PRODUCT | {"name": name}, orientation)
    (line,) = lines(block, "name")
    assert line.x + line.shaped.advance * line.size <= block.width - 20
    assert line.shaped.text == name or (line.shaped.text.endswith("…") and line.size == line.node.floor)


LONG = {
    "ko": "제주 서귀포 햇살 가득 프리미엄 노지감귤 선물세트 5kg 로열과 특대 사이즈",
    "en": "Sun-ripened premium Seogwipo open-field mandarins gift box 5 kg",
    "emoji": "🍊" * 40 + "👨‍👩‍👧‍👦🇰🇷",
    "unbroken": "가" * 90,
}


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
@pytest.mark.parametrize("card", ["product-compact", "product-full"])
def test_long_names_draw(card: str, name: str) -> None:
    drawn(card, PRODUCT | {"name": name}, size=(360, 640))


def test_hangul_breaks_at_words() -> None:
    block = arranged("product-full", PRODUCT | {"name": "제주 서귀포 햇살 가득 노지감귤 선물세트 5kg"})
    first, second = lines(block, "name")
    assert f"{first.shaped.text} {second.shaped.text}" == "제주 서귀포 햇살 가득 노지감귤 선물세트 5kg"


def refused(code: str, name: str, values: dict[str, str]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        drawn(name, values)
    assert caught.value.code == code
    assert caught.value.sentence.ko.rstrip().endswith("요.")
    return caught.value


@pytest.mark.parametrize("bad", ["\U00010330", "漢", "ש", "ᄒ", "\U0001fbf0"])
def test_a_character_without_a_glyph_is_refused_by_name(bad: str) -> None:
    refusal = refused("missing_glyph", "product-compact", PRODUCT | {"name": f"귤{bad}"})
    assert "상품 이름" in refusal.sentence.ko
    assert f"‘{bad}’(U+{ord(bad):04X})" in refusal.sentence.ko


@pytest.mark.parametrize("bad", ["\ue000", "\u202e", "\u200b", "\n", "\u2067", "귤\u200d"])
def test_controls_private_and_bidi_characters_are_refused(bad: str) -> None:
    refusal = refused("forbidden_character", "coupon", COUPON | {"how": f"앱에서{bad}받기"})
    assert "받는 방법" in refusal.sentence.ko


@pytest.mark.parametrize(
    ("code", "card", "values"),
    [
        ("value_missing", "product-compact", PRODUCT | {"price": " "}),
        ("value_missing", "coupon", {key: value for key, value in COUPON.items() if key != "how"}),
        ("unknown_field", "coupon", COUPON | {"onclick": "x"}),
        ("unknown_field", "coupon", COUPON | {"countdown": "09:99"}),
        ("does_not_fit", "product-compact", PRODUCT | {"name": "가" * 500}),
        (
            "does_not_fit",
            "product-compact",
            PRODUCT | {"delivery": "배송비 포함 총 32,900원이고 제주와 도서 산간은 더 받아요"},
        ),
        ("does_not_fit", "product-full", PRODUCT | {"point1": "아주 긴 장점 " * 12}),
        ("unknown_template", "banner", {}),
    ],
)
def test_mistakes_are_refused_in_words(code: str, card: str, values: dict[str, str]) -> None:
    refused(code, card, values)


def test_an_unknown_theme_and_a_strange_canvas_are_refused() -> None:
    with pytest.raises(Refusal, match="no theme"):
        drawn("coupon", theme="neon")
    with pytest.raises(Refusal, match="even sizes"):
        drawn("coupon", size=(1081, 1920))


@pytest.mark.parametrize(
    "value", ["{}", "{}|10", "{}|ten|10", "{}|11|10", "{}|-10|-10", "{}|100000|100000", "/no/such/file|1|1", "|1|1"]
)
def test_a_picture_that_is_not_what_it_says_is_refused(value: str, tmp_path: Path) -> None:
    path = raw_picture(tmp_path, 10, 10, (1, 2, 3, 255)).split("|")[0]
    refused("picture_unusable", "product-compact", PRODUCT | {"picture": value.format(path)})
