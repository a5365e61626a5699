"""The weather of the furnished street: invented, seeded, as in a northern city of summer storms and dry winters."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from .seeds import chance

HIGH = (2, 6, 13, 21, 27, 31, 32, 31, 27, 20, 11, 4)
LOW = (-8, -5, 1, 8, 14, 19, 23, 22, 16, 8, 0, -6)
RAIN = (0.03, 0.05, 0.1, 0.14, 0.2, 0.32, 0.42, 0.38, 0.23, 0.15, 0.08, 0.03)
"""Highest and lowest of a usual day in °C and the chance of rain, by month."""
MUCH = (1, 1, 3, 4, 6, 11, 17, 14, 7, 5, 3, 1)
"""Millimetres of a usual rainy day."""
WINDY = (0.1, 0.13, 0.2, 0.2, 0.13, 0.08, 0.06, 0.05, 0.06, 0.09, 0.12, 0.11)


@dataclass(frozen=True, slots=True)
class Weather:
    """One day. rain in mm, wind as Beaufort force of the strongest gusts."""

    high: int
    low: int
    rain: int
    wind: int
    rain_from: int
    """The hour at which it begins to rain."""

    @property
    def storm(self) -> bool:
        return self.rain >= 25 and self.wind >= 6

    @property
    def rainy(self) -> float:
        """0 dry to 1 a downpour of 50 mm."""
        return min(self.rain / 50, 1.0)

    @property
    def windy(self) -> float:
        """0 up to force 5, 1 from force 8."""
        return min(max(self.wind - 5, 0) / 3, 1.0)

    @property
    def hot(self) -> float:
        """0 up to 32 °C, 1 from 38."""
        return min(max(self.high - 32, 0) / 6, 1.0)

    @property
    def cold(self) -> float:
        """0 down to -6 °C, 1 from -14."""
        return min(max(-6 - self.low, 0) / 8, 1.0)


@lru_cache(maxsize=2048)
def weather(seed: int | str, day: date) -> Weather:
    """The weather of `day`. Neighbouring days are alike because both hang on the same weeks."""
    rng = chance(seed, "weather", day)
    position = day.month - 1 + (day.day - 15) / 30.5
    drift = _drift(seed, day)
    swing = rng.gauss(0, 1.6)
    high, low = _month(HIGH, position) + drift + swing, _month(LOW, position) + drift * 0.8 + swing * 0.5
    rain = 0
    if rng.random() < _month(RAIN, position):
        rain = max(1, round(rng.gammavariate(0.75, _month(MUCH, position) / 0.75)))
        high -= 3 if rain > 3 else 1
    wind = 2 + int(rng.random() * 3)
    if rng.random() < _month(WINDY, position) or (rain > 15 and rng.random() < 0.4):
        wind = 5 + int(rng.random() * 4)
    return Weather(
        round(high), round(min(low, high - 3)), rain, wind, rng.choice((2, 5, 9, 13, 14, 15, 16, 17, 18, 20))
    )


def _drift(seed: int | str, day: date) -> float:
    """Warm and cold spells of about five days, straight between their middles."""
    block, share = divmod(day.toordinal(), 5)
    return _spell(seed, block) * (1 - share / 5) + _spell(seed, block + 1) * share / 5


@lru_cache(maxsize=1024)
def _spell(seed: int | str, block: int) -> float:
    return chance(seed, "spell", block).gauss(0, 3.2)


def _month(values: tuple[float, ...], position: float) -> float:
    before = int(position // 1)
    share = position - before
    return values[before % 12] * (1 - share) + values[(before + 1) % 12] * share


def rain_before(seed: int | str, day: date) -> float:
    """Rain of the day and, less, of the two before: roofs go on leaking."""
    return min(
        1.0,
        sum(weather(seed, day - timedelta(days=back)).rainy * share for back, share in ((0, 1.0), (1, 0.5), (2, 0.25))),
    )
