"""What is sold: products with integer money, and coupons, which are promises with an amount, a condition, a quantity
and a closing time. Pure nouns, any thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CURRENCY_DECIMALS = {"KRW": 0, "JPY": 0, "USD": 2, "EUR": 2}
"""Minor digits per currency (ISO 4217); money is an integer number of the smallest unit."""

CURRENCY_UNITS = {"KRW": "원", "JPY": "엔", "USD": "달러", "EUR": "유로"}


def amount_words(amount: int, currency: str) -> str:
    """`15900, KRW` → `15,900`; `1250, USD` → `12.50`. Every digit is kept (house law 7)."""
    decimals = CURRENCY_DECIMALS[currency]
    if not decimals:
        return f"{amount:,}"
    whole, part = divmod(abs(amount), 10**decimals)
    return f"{'-' if amount < 0 else ''}{whole:,}.{part:0{decimals}d}"


def money_words(amount: int, currency: str) -> str:
    """`15900, KRW` → `15,900원`."""
    return amount_words(amount, currency) + CURRENCY_UNITS[currency]


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale. `list_price` is the price before any discount; the price asked on air is `live_price` where
    there is one, else `sale_price`. `picture` is a path or empty; relative paths start at the show's folder."""

    id: str
    name: str
    list_price: int
    sale_price: int
    live_price: int | None = None
    currency: str = "KRW"
    delivery_price: int = 0
    stock: int | None = None
    picture: str = ""
    points: tuple[str, ...] = ()

    @property
    def price(self) -> int:
        """What a buyer pays for one during the show, without delivery."""
        return self.sale_price if self.live_price is None else self.live_price

    @property
    def total(self) -> int:
        """What a buyer pays for one, with delivery: the figure the law wants on the first screen (전자상거래법)."""
        return self.price + self.delivery_price

    @property
    def discount_percent(self) -> int:
        """Whole percent below the list price, rounded down so that the promise is never larger than the truth."""
        if self.list_price <= self.price:
            return 0
        return (self.list_price - self.price) * 100 // self.list_price


@dataclass(frozen=True, slots=True)
class Coupon:
    """A promise. `open_seconds` is how long it stays open once opened on air; `valid_from` and `valid_until` (UTC,
    ISO 8601) bound when it may be opened at all. `how` is required: 받는 방법."""

    id: str
    name: str
    amount: int
    how: str
    open_seconds: float
    currency: str = "KRW"
    minimum: int = 0
    quantity: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None

    def is_valid_at(self, now_utc: datetime) -> bool:
        """Whether `now_utc` (aware) lies inside the period in which the coupon may be open."""
        if self.valid_from is not None and now_utc < datetime.fromisoformat(self.valid_from):
            return False
        return self.valid_until is None or now_utc < datetime.fromisoformat(self.valid_until)
