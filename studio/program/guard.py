"""The truth of promises (house law 8): what must hold before a price or a coupon may go on air. Each check refuses in
words a host can read. Pure, any thread."""

from __future__ import annotations

from datetime import datetime

from studio.model.commerce import Coupon, Product, money_words
from studio.model.sentence import Refusal


def check_price(product: Product, asked_price: int | None) -> None:
    """The price asked for must be the catalogue's; and a list price below the price would be a false discount."""
    if asked_price is not None and asked_price != product.price:
        now, asked = money_words(product.price, product.currency), money_words(asked_price, product.currency)
        raise Refusal(
            f"{product.name}의 가격이 상품 목록과 달라요: 목록 {now}, 요청 {asked}. 카드를 올리지 않았어요. "
            "가격을 확인해 주세요.",
            f"The price of {product.name} differs from the catalogue: catalogue {now}, asked {asked}. The card was not "
            "shown. Check the price.",
            code="price_differs",
        )
    if product.price > product.list_price:
        raise Refusal(
            f"{product.name}의 판매가가 정상가보다 높아요. 카드를 올리지 않았어요. 가격을 고쳐 주세요.",
            f"{product.name} costs more than its list price. The card was not shown. Correct the price.",
            code="price_above_list",
        )


def check_stock(product: Product) -> None:
    """A product without stock must not be offered."""
    if product.stock is not None and product.stock <= 0:
        raise Refusal(
            f"{product.name}은(는) 품절이에요. 카드를 올리지 않았어요.",
            f"{product.name} is sold out. The card was not shown.",
            code="sold_out",
        )


def check_coupon(coupon: Coupon, now_utc: datetime) -> None:
    """The coupon must be inside its period, promise something, and say how to get it."""
    if not coupon.is_valid_at(now_utc):
        raise Refusal(
            f"쿠폰 “{coupon.name}”은(는) 지금 쓸 수 있는 기간이 아니에요. 열지 않았어요. 기간을 확인해 주세요.",
            f"The coupon “{coupon.name}” is outside its period. It was not opened. Check its period.",
            code="coupon_period",
        )
    if not coupon.how.strip():
        raise Refusal(
            f"쿠폰 “{coupon.name}”에 받는 방법이 없어요. 열지 않았어요. 받는 방법을 적어 주세요.",
            f"The coupon “{coupon.name}” does not say how to get it. It was not opened. Add that.",
            code="coupon_how",
        )
    if coupon.quantity is not None and coupon.quantity <= 0:
        raise Refusal(
            f"쿠폰 “{coupon.name}”은(는) 남은 수량이 없어요. 열지 않았어요.",
            f"The coupon “{coupon.name}” has none left. It was not opened.",
            code="coupon_quantity",
        )
