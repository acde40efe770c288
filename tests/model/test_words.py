"""Time as arithmetic, money and clocks as words: exact at every allowed rate, no digit lost."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.commerce import CURRENCY_DECIMALS, CURRENCY_UNITS, Coupon, Product, amount_words, money_words
from studio.model.time import RATES, SAMPLE_RATE, clock_words, nanoseconds_of, samples_per_tick, ticks_of
from tests.model import generating  # noqa: F401  # loads the profile

DAY = 24 * 3600


@pytest.mark.parametrize("rate", RATES)
def test_every_tick_owns_an_exact_number_of_samples(rate: int) -> None:
    assert samples_per_tick(rate) * rate == SAMPLE_RATE
    assert Fraction(samples_per_tick(rate), SAMPLE_RATE) == Fraction(1, rate)


@pytest.mark.parametrize("rate", RATES)
@given(tick=st.integers(0, DAY * 60))
def test_ticks_and_seconds_agree(rate: int, tick: int) -> None:
    assert ticks_of(tick / rate, rate) == tick
    assert ticks_of(round(tick / rate, 3), rate) == tick  # as a person writes it
    assert ticks_of((tick + 0.5) / rate + 1e-9, rate) == tick + 1
    assert ticks_of((tick + 0.49) / rate, rate) == tick


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 3600, DAY, 48 * 3600])
def test_whole_seconds_are_whole_ticks(rate: int, seconds: int) -> None:
    assert ticks_of(seconds, rate) == seconds * rate
    assert nanoseconds_of(seconds * rate, rate) == seconds * 10**9


@pytest.mark.parametrize("rate", RATES)
@given(tick=st.integers(0, 10**12))
def test_nanoseconds_are_never_off_by_one(rate: int, tick: int) -> None:
    exact = Fraction(tick * 10**9, rate)
    assert 0 <= exact - nanoseconds_of(tick, rate) < 1
    assert nanoseconds_of(tick + 1, rate) > nanoseconds_of(tick, rate)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "00:00"),
        (0, "00:00"),
        (0.99, "00:00"),
        (1, "00:01"),
        (59, "00:59"),
        (60, "01:00"),
        (65.0, "01:05"),
        (599, "09:59"),
        (3599.999, "59:59"),
        (3600, "1:00:00"),
        (3700, "1:01:40"),
        (36_000, "10:00:00"),
        (360_000, "100:00:00"),
    ],
)
def test_clocks(seconds: float, words: str) -> None:
    assert clock_words(seconds) == words


@given(st.integers(0, 10**6))
def test_a_clock_can_be_read_back(seconds: int) -> None:
    parts = [int(part) for part in clock_words(seconds).split(":")]
    assert sum(part * 60**power for power, part in enumerate(reversed(parts))) == seconds
    assert all(part < 60 for part in parts[1:])


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (0, "KRW", "0원"),
        (999, "KRW", "999원"),
        (15_900, "KRW", "15,900원"),
        (1_234_567_890, "KRW", "1,234,567,890원"),
        (-3_000, "KRW", "-3,000원"),
        (500, "JPY", "500엔"),
        (0, "USD", "0.00달러"),
        (5, "USD", "0.05달러"),
        (1250, "USD", "12.50달러"),
        (-1250, "USD", "-12.50달러"),
        (-5, "EUR", "-0.05유로"),
        (123_456_789, "EUR", "1,234,567.89유로"),
    ],
)
def test_money(amount: int, currency: str, words: str) -> None:
    assert money_words(amount, currency) == words


@pytest.mark.parametrize("currency", CURRENCY_DECIMALS)
@given(amount=st.integers(-(2**62), 2**62))
def test_no_digit_of_money_is_lost(currency: str, amount: int) -> None:
    words = amount_words(amount, currency)
    assert int(words.replace(",", "").replace(".", "")) == amount
    assert Fraction(words.replace(",", "")) == Fraction(amount, 10 ** CURRENCY_DECIMALS[currency])
    assert money_words(amount, currency) == words + CURRENCY_UNITS[currency]


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.none() | st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_discount_is_never_larger_than_the_truth(listed: int, sale: int, live: int | None, delivery: int) -> None:
    product = Product("a", "귤", listed, sale, live, delivery_price=delivery)
    assert product.price == (sale if live is None else live)
    assert product.total == product.price + delivery
    percent = product.discount_percent
    assert 0 <= percent <= 100
    if percent:
        assert product.price * 100 <= listed * (100 - percent)
    if listed > product.price:
        assert product.price * 100 > listed * (100 - percent - 1)


KOREA = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("now", "valid"),
    [
        ("2026-01-31T11:59:59.999999+00:00", False),
        ("2026-01-31T12:00:00+00:00", True),
        ("2026-01-31T12:59:59.999999+00:00", True),
        ("2026-01-31T13:00:00+00:00", False),
    ],
)
def test_the_period_of_a_coupon_is_kept_to_the_moment(now: str, valid: bool) -> None:
    coupon = Coupon("a", "b", 1, "c", 60, valid_from="2026-01-31T21:00:00+09:00", valid_until="2026-01-31T13:00:00Z")
    moment = datetime.fromisoformat(now)
    assert coupon.is_valid_at(moment) is valid
    assert coupon.is_valid_at(moment.astimezone(KOREA)) is valid
