"""Real looks at drawn cards: every template in every theme on every canvas, where they stand, what is seen in them, how
they close up around what is missing, and that the same request is the same bytes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from studio.overlay.draw import DIGITS, Drawing
from studio.overlay.template import themes
from tests.overlay.seeing import COUPON, FULL, PRODUCT, VALUES, Canvas, drawn, near, opened, raw_picture

SIZES = [(1080, 1920), (720, 1280), (180, 320), (1280, 720)]
RED, WHITE = (0xC8, 0x28, 0x1E), (255, 255, 255)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", sorted(themes()))
@pytest.mark.parametrize("template", sorted(VALUES))
def test_every_template_draws_in_every_theme_on_every_canvas(template: str, theme: str, size: tuple[int, int]) -> None:
    if template.startswith("slate") and size == (1080, 1920) and theme != "mandarin":
        size = (540, 960)
    drawing = drawn(template, theme=theme, size=size)
    card = drawing.card
    assert all(sha256(data).hexdigest() == name for name, data in drawing.sprites.items())
    refs = [card.sprite, *(ref for part in card.parts for ref in part.glyphs.values())]
    assert {ref.sha256 for ref in refs} == set(drawing.sprites)
    assert all(ref.width % 2 == 0 and ref.height % 2 == 0 for ref in refs)
    canvas = Canvas(*size)
    canvas.card(drawing, "04:59")
    canvas.card(drawing, "00:09", urgent=True)
    if template.startswith("slate"):
        assert (card.x, card.y, card.sprite.width, card.sprite.height) == (0, 0, *size)
        assert not opened(card.sprite, drawing.sprites[card.sprite.sha256]).inverse.any()


@pytest.mark.parametrize(
    "size", [(640, 360), (1920, 1080), (1080, 1080), (886, 1920), (2160, 3840), (128, 64), (64, 128)]
)
@pytest.mark.parametrize("template", ["product-compact", "coupon", "title"])
def test_other_canvases_draw_too(template: str, size: tuple[int, int]) -> None:
    Canvas(*size).card(drawn(template, size=size), "12:34")


def box(drawing: Drawing, least: int = 200) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is nearly opaque: the card without its shadow."""
    card = drawing.card
    inverse = opened(card.sprite, drawing.sprites[card.sprite.sha256]).inverse
    rows = (inverse < 255 - least).any(axis=1).nonzero()[0]
    columns = (inverse < 255 - least).any(axis=0).nonzero()[0]
    return (
        card.x + int(columns[0]),
        card.y + int(rows[0]),
        card.x + int(columns[-1]) + 1,
        card.y + int(rows[-1]) + 1,
    )


def test_portrait_cards_stand_where_look_md_says() -> None:
    assert box(drawn("product-compact")) == (48, 248, 912, 464)
    assert box(drawn("coupon", COUPON | {"title": ""})) == (48, 496, 768, 736)
    assert box(drawn("product-full"))[:3] == (48, 248, 912)


def test_the_landscape_card_stands_where_look_md_says() -> None:
    assert box(drawn("product-compact", size=(1920, 1080))) == (64, 816, 824, 1016)


def test_half_size_halves_everything() -> None:
    assert box(drawn("product-compact", size=(540, 960))) == (24, 124, 456, 232)


@pytest.mark.parametrize("template", ["product-compact", "product-full", "coupon", "title"])
def test_portrait_cards_stay_inside_the_safe_area(template: str, tmp_path: Path) -> None:
    values = dict(VALUES[template])
    if template.startswith("product"):
        values["picture"] = raw_picture(tmp_path, 40, 30, (90, 120, 60, 255))
    left, top, right, bottom = box(drawn(template, values))
    assert left >= 48
    assert top >= 232
    assert right <= 936
    assert bottom <= 1216


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080)])
def test_product_coupon_and_title_never_overlap(size: tuple[int, int]) -> None:
    long = COUPON | {
        "how": "상품 페이지 맨 아래 쿠폰함에서 쿠폰 받기",
        "condition": "라이브 상품 20,000원 이상 구매하실 때",
    }
    boxes = [
        box(drawn("product-compact", size=size)),
        box(drawn("coupon", long, size=size)),
        box(drawn("title", size=size)),
    ]
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_the_card_is_white_and_its_picture_is_the_picture(tmp_path: Path) -> None:
    canvas = Canvas(1080, 1920, grey=235)
    canvas.card(drawn("product-compact", PRODUCT | {"picture": raw_picture(tmp_path, 90, 60, (255, 0, 0, 255))}))
    assert near(canvas.rgb(890, 360), WHITE, 2)
    assert near(canvas.rgb(68 + 88, 268 + 88), (255, 0, 0), 2)
    assert near(canvas.rgb(56, 356), WHITE, 2)


@pytest.mark.parametrize(("x", "y"), [(58, 600), (450, 510)])
def test_the_ticket_has_its_colour(x: int, y: int) -> None:
    canvas = Canvas(1080, 1920)
    canvas.card(drawn("coupon"), "04:59")
    assert near(canvas.rgb(x, y), (0xFF, 0x9F, 0x1C), 2)


def test_a_picture_keeps_its_middle_when_it_is_cropped(tmp_path: Path) -> None:
    import numpy as np

    pixels = np.zeros((50, 150, 4), np.uint8)
    pixels[:, :] = (0, 0, 255, 255)
    pixels[:, 50:100] = (0, 255, 0, 255)
    path = tmp_path / "a|strange|name.rgba"
    pixels.tofile(path)
    canvas = Canvas(1080, 1920)
    canvas.card(drawn("product-compact", PRODUCT | {"picture": f"{path}|150|50"}))
    assert near(canvas.rgb(90, 356), (0, 255, 0), 3)
    assert near(canvas.rgb(230, 356), (0, 255, 0), 3)


def test_the_last_seconds_turn_the_stub_red_and_its_digits_white() -> None:
    calm, urgent = Canvas(1080, 1920), Canvas(1080, 1920)
    drawing = drawn("coupon")
    calm.card(drawing, "00:08")
    urgent.card(drawing, "00:08", urgent=True)
    assert near(urgent.rgb(748, 640), RED, 2)
    assert not near(calm.rgb(748, 640), RED, 60)
    stub = urgent.y[520:760, 540:760]
    assert stub.max() >= 233
    assert near(calm.rgb(100, 520), urgent.rgb(100, 520), 0)
    assert near(urgent.rgb(524 - 8, 640), calm.rgb(524 - 8, 640), 0)


@pytest.mark.parametrize("size", [(1080, 1920), (720, 1280), (180, 320), (1920, 1080)])
def test_countdown_digits_keep_one_width_and_stay_in_the_stub(size: tuple[int, int]) -> None:
    drawing = drawn("coupon", size=size)
    digits = [part for part in drawing.card.parts if part.kind == "digits"]
    assert [(part.name, part.when) for part in digits] == [("countdown", "calm"), ("countdown", "urgent")]
    stub = next(part for part in drawing.card.parts if part.kind == "picture")
    assert (stub.when, stub.glyphs.keys()) == ("urgent", {""})
    for part in digits:
        assert set(part.glyphs) == set(DIGITS)
        assert {part.glyphs[one].width for one in "0123456789"} == {part.pitch}
        assert {ref.height for ref in part.glyphs.values()} == {part.glyphs["0"].height}
        assert part.pitches[":"] == part.glyphs[":"].width < part.pitch
        total = 4 * part.pitch + part.pitches[":"]
        edges = stub.glyphs[""]
        assert part.x - total / 2 >= stub.x
        assert part.x + total / 2 <= stub.x + edges.width
        assert stub.y < part.y < stub.y + edges.height - part.glyphs["0"].height


def ink(drawing: Drawing, left: int, right: int) -> int:
    """First column right of `left` (on the canvas) in which a card of white shows dark ink."""
    card = drawing.card
    luma = opened(card.sprite, drawing.sprites[card.sprite.sha256]).y[60:200, left - card.x : right - card.x]
    return left + int((luma < 140).any(axis=0).nonzero()[0][0])


def test_what_is_missing_leaves_no_hole(tmp_path: Path) -> None:
    picture = raw_picture(tmp_path, 20, 20, (250, 250, 250, 255))
    assert 268 <= ink(drawn("product-compact", PRODUCT | {"picture": picture}), 250, 880) <= 274
    assert 84 <= ink(drawn("product-compact", PRODUCT), 60, 880) <= 92
    bare = drawn("product-compact", {"name": "귤", "price": "15,900", "unit": "원"})
    assert box(bare) == (48, 248, 912, 464)
    full, short = drawn("product-full", FULL), drawn("product-full", FULL | {"point2": "", "point3": ""})
    assert box(short)[3] < box(full)[3] - 80
    assert box(drawn("coupon", COUPON | {"quantity": ""}))[3] == box(drawn("coupon"))[3]
    assert box(drawn("title", {"title": "귤밭집"}))[2] < box(drawn("title"))[2]


def test_a_tabular_one_stands_at_the_edge_like_any_other_letter() -> None:
    one, eight = (
        drawn("product-compact", {"name": "귤", "price": price, "unit": "원"}) for price in ("1,000", "8,000")
    )
    assert abs(ink(one, 60, 880) - ink(eight, 60, 880)) <= 1


def test_the_shadow_lies_below_and_is_soft() -> None:
    drawing = drawn("product-compact")
    card = drawing.card
    inverse = opened(card.sprite, drawing.sprites[card.sprite.sha256]).inverse.astype(int)
    middle = card.sprite.width // 2
    below, above = 464 - card.y + 4, 248 - card.y - 5
    assert 255 * 0.72 - 2 <= inverse[below, middle] <= 255 * 0.9
    assert inverse[above, middle] > inverse[below, middle]
    assert inverse[-1, middle] >= 252
    assert (abs(inverse[below:, middle][1:] - inverse[below:, middle][:-1]) < 16).all()


def test_the_same_request_is_the_same_bytes() -> None:
    for template in ("product-full", "coupon", "title"):
        first, second = drawn(template), drawn(template)
        assert first == second


def test_a_portrait_card_is_the_same_on_a_taller_screen() -> None:
    usual, tall = drawn("product-compact"), drawn("product-compact", size=(1080, 2400))
    assert usual.card.sprite == tall.card.sprite
    assert tall.card.y == usual.card.y + 240
