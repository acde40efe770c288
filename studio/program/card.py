"""The values a card shows, written from product and coupon, and the drawings a command needs before it can land. Values
are text exactly as aired; they stand on the timeline. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.model.commands import Command, OpenCoupon, RaiseCover, ShowCard, Slate
from studio.model.commerce import CURRENCY_UNITS, Coupon, Product, amount_words, money_words
from studio.model.overlay import DrawRequest
from studio.model.show import Canvas, Show

SLATE_WORDS: dict[Slate, tuple[str, str]] = {
    "waiting": ("곧 시작해요", "잠시만 기다려 주세요"),
    "moment": ("잠시만요", "금방 돌아올게요"),
    "ended": ("방송이 끝났어요", "함께해 주셔서 고마워요"),
}


@dataclass(frozen=True, slots=True)
class Artwork:
    """Decoded product pictures: product picture path → `path|width|height` of raw RGBA, made by the media worker.
    A picture that could not be decoded is absent and the card is drawn without it."""

    pictures: Mapping[str, str] = field(default_factory=dict)


def product_values(product: Product, artwork: Artwork) -> dict[str, str]:
    """Field → text of a product card. The total with delivery is always there (전자상거래법: first screen)."""
    percent = product.discount_percent
    delivery = (
        "무료배송" if product.delivery_price == 0 else f"배송비 포함 총 {money_words(product.total, product.currency)}"
    )
    return {
        "name": product.name,
        "discount": f"{percent}%" if percent else "",
        "price": amount_words(product.price, product.currency),
        "unit": CURRENCY_UNITS[product.currency],
        "list_price": money_words(product.list_price, product.currency) if percent else "",
        "delivery": delivery,
        "picture": artwork.pictures.get(product.picture, ""),
    }


def full_product_values(product: Product, artwork: Artwork) -> dict[str, str]:
    """The same with up to three selling points."""
    points = [*product.points, "", "", ""]
    return {
        **product_values(product, artwork),
        "point1": points[0],
        "point2": points[1],
        "point3": points[2],
    }


def coupon_values(coupon: Coupon) -> dict[str, str]:
    """Field → text of a coupon card."""
    condition = f"{money_words(coupon.minimum, coupon.currency)} 이상 구매 시" if coupon.minimum else "조건 없이"
    return {
        "title": coupon.name,
        "amount": amount_words(coupon.amount, coupon.currency),
        "unit": CURRENCY_UNITS[coupon.currency],
        "condition": condition,
        "how": coupon.how,
        "quantity": f"선착순 {coupon.quantity:,}장" if coupon.quantity is not None else "",
    }


def slate_values(slate: Slate) -> dict[str, str]:
    """Field → text of a cover slate."""
    title, subtitle = SLATE_WORDS[slate]
    return {"title": title, "subtitle": subtitle}


def drawing(show: Show, canvas: Canvas, template: str, values: Mapping[str, str]) -> DrawRequest:
    """The request for one card on one canvas."""
    return DrawRequest(template, show.theme, tuple(values.items()), canvas.width, canvas.height)


def drawings_for(show: Show, command: Command, artwork: Artwork) -> dict[str, DrawRequest]:
    """Canvas id → the drawing a command needs before it can land; empty for commands that draw nothing. KeyError
    where the command names a product or coupon that is not there."""
    template, values = _template_and_values(show, command, artwork)
    if not template:
        return {}
    return {canvas.id: drawing(show, canvas, template, values) for canvas in show.canvases}


def _template_and_values(show: Show, command: Command, artwork: Artwork) -> tuple[str, dict[str, str]]:
    if isinstance(command, ShowCard):
        product = show.product(command.product)
        values = full_product_values if command.template == "product-full" else product_values
        return command.template, values(product, artwork)
    if isinstance(command, OpenCoupon):
        return "coupon", coupon_values(show.coupon(command.coupon))
    if isinstance(command, RaiseCover):
        return f"slate-{command.slate}", slate_values(command.slate)
    return "", {}
