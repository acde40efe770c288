"""Jangteo Studio (장터 스튜디오): a live-commerce studio in which product, price, coupon and question live inside the
mixer, on one clock with the recording. Rooms and walls are told in docs/architecture.md."""

__version__ = "0.1.0"
