"""Looks at drawn cards the way a viewer does: sprite bytes back to colours and alpha, and a whole card laid on a plain
canvas in planes. Written from the documented layout alone, not from the code under test."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.model.overlay import CardPart, DrawRequest, SpriteRef, sprite_bytes
from studio.overlay.draw import Drawing, draw

PRODUCT = {
    "name": "노지감귤 5kg",
    "discount": "36%",
    "price": "15,900",
    "unit": "원",
    "list_price": "24,900원",
    "delivery": "무료배송",
}
FULL = PRODUCT | {"point1": "오늘 아침에 땄어요", "point2": "당도 12브릭스", "point3": "터지면 새로 보내요"}
COUPON = {
    "title": "저녁 라이브 쿠폰",
    "amount": "3,000",
    "unit": "원",
    "condition": "20,000원 이상 구매 시",
    "how": "상품 페이지에서 쿠폰 받기",
    "quantity": "선착순 100장",
}
VALUES = {
    "product-compact": PRODUCT,
    "product-full": FULL,
    "coupon": COUPON,
    "title": {"title": "귤밭집 저녁 라이브 🍊", "subtitle": "오늘만 라이브 특가"},
    "slate-waiting": {"title": "", "subtitle": "저녁 8시에 만나요"},
    "slate-moment": {"title": "잠시만요", "subtitle": ""},
    "slate-ended": {"title": "방송이 끝났어요", "subtitle": "고마워요"},
}


@dataclass(frozen=True)
class Planes:
    """A sprite file taken apart."""

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]
    inverse: NDArray[np.uint8]
    inverse_quarter: NDArray[np.uint8]


def request(
    template: str, values: dict[str, str], theme: str = "mandarin", size: tuple[int, int] = (1080, 1920)
) -> DrawRequest:
    return DrawRequest(template, theme, tuple(values.items()), *size)


def drawn(
    template: str, values: dict[str, str] | None = None, theme: str = "mandarin", size: tuple[int, int] = (1080, 1920)
) -> Drawing:
    return draw(request(template, VALUES[template] if values is None else values, theme, size))


def opened(ref: SpriteRef, data: bytes) -> Planes:
    width, height = ref.width, ref.height
    assert len(data) == sprite_bytes(width, height)
    full, quarter = width * height, width * height // 4
    at = np.cumsum([0, full, quarter, quarter, full, quarter])
    raw = np.frombuffer(data, np.uint8)
    cut = [raw[start:end] for start, end in pairwise(at)]
    big, small = (height, width), (height // 2, width // 2)
    return Planes(
        cut[0].reshape(big), cut[1].reshape(small), cut[2].reshape(small), cut[3].reshape(big), cut[4].reshape(small)
    )


class Canvas:
    """A plain grey picture in planes that cards are painted on with the documented sum."""

    def __init__(self, width: int, height: int, grey: int = 60) -> None:
        self.y = np.full((height, width), grey, np.float64)
        self.u = np.full((height // 2, width // 2), 128.0)
        self.v = np.full((height // 2, width // 2), 128.0)

    def put(self, ref: SpriteRef, data: bytes, x: int, y: int) -> None:
        assert x % 2 == 0
        assert y % 2 == 0
        assert 0 <= x <= self.y.shape[1] - ref.width
        assert 0 <= y <= self.y.shape[0] - ref.height
        planes = opened(ref, data)
        for plane, add, inverse, half in (
            (self.y, planes.y, planes.inverse, 1),
            (self.u, planes.u, planes.inverse_quarter, 2),
            (self.v, planes.v, planes.inverse_quarter, 2),
        ):
            there = plane[y // half : (y + ref.height) // half, x // half : (x + ref.width) // half]
            there[:] = np.clip(np.round(there * inverse / 255 + add), 0, 255)

    def card(self, drawing: Drawing, text: str = "", urgent: bool = False) -> None:
        card = drawing.card
        self.put(card.sprite, drawing.sprites[card.sprite.sha256], card.x, card.y)
        for part in card.parts:
            if part.when == ("calm" if urgent else "urgent"):
                continue
            if part.kind == "picture":
                ref = part.glyphs[""]
                self.put(ref, drawing.sprites[ref.sha256], card.x + part.x, card.y + part.y)
            else:
                self._digits(drawing, part, text)

    def _digits(self, drawing: Drawing, part: CardPart, text: str) -> None:
        widths = [part.pitches.get(one, part.pitch) for one in text]
        x = drawing.card.x + part.x - sum(widths) // 2
        x -= x % 2
        for one, width in zip(text, widths, strict=True):
            ref = part.glyphs[one]
            self.put(ref, drawing.sprites[ref.sha256], x, drawing.card.y + part.y)
            x += width

    def rgb(self, x: int, y: int) -> tuple[int, int, int]:
        """The colour a viewer sees at a pixel."""
        luma = (self.y[y, x] - 16) / 219
        blue = (self.u[y // 2, x // 2] - 128) / 224 * 1.8556
        red = (self.v[y // 2, x // 2] - 128) / 224 * 1.5748
        green = -(0.0722 * blue + 0.2126 * red) / 0.7152
        return tuple(int(np.clip(round((luma + one) * 255), 0, 255)) for one in (red, green, blue))  # type: ignore[return-value]


def near(seen: tuple[int, int, int], wanted: tuple[int, int, int], by: int) -> bool:
    return all(abs(one - other) <= by for one, other in zip(seen, wanted, strict=True))


def raw_picture(folder: Path, width: int, height: int, rgba: tuple[int, int, int, int]) -> str:
    """A decoded picture as the media worker leaves it, of one colour, and its value for a field."""
    path = folder / f"picture {width}x{height}.rgba"
    np.tile(np.array(rgba, np.uint8), (height, width, 1)).tofile(path)
    return f"{path}|{width}|{height}"


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours #RRGGBB."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)
