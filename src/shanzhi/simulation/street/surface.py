"""Where things lie: metres for drawing, millionths of a degree for what is kept.

Kept coordinates are whole numbers of 1e-6 degree (about 0.1 m), so borders that two areas share are equal to the digit
and areas add up without a rest.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import cos, radians

Metres = tuple[float, float]
"""East and north of the street's centre."""
Micro = tuple[int, int]
"""Millionths of a degree, longitude first, WGS-84."""
Point = tuple[Decimal, Decimal]
"""Longitude and latitude in degrees, six decimals, WGS-84."""
Ring = tuple[Point, ...]
"""Closed: the last point is the first one."""

METRES_PER_DEGREE = 111_319.49
"""Of latitude on a sphere of the equator's radius; a street is small enough to be flat."""
A_MILLIONTH = Decimal("0.000001")


class Surface:
    """The plane of one street round its centre."""

    def __init__(self, longitude: Decimal | str, latitude: Decimal | str) -> None:
        self.origin: Micro = (int(Decimal(longitude) / A_MILLIONTH), int(Decimal(latitude) / A_MILLIONTH))
        self.per_y = METRES_PER_DEGREE / 1e6
        self.per_x = self.per_y * cos(radians(float(latitude)))

    def micro(self, at: Metres) -> Micro:
        return self.origin[0] + round(at[0] / self.per_x), self.origin[1] + round(at[1] / self.per_y)

    def metres(self, at: Sequence[float]) -> Metres:
        return (at[0] - self.origin[0]) * self.per_x, (at[1] - self.origin[1]) * self.per_y

    def point(self, at: Metres) -> Point:
        return point(self.micro(at))

    def line(self, points: Iterable[Metres]) -> Ring:
        return tuple(self.point(p) for p in points)

    def square_metres(self, area: float) -> float:
        """The size of an area given in square millionths of a degree."""
        return area * self.per_x * self.per_y


def point(at: Sequence[float]) -> Point:
    """Degrees of a place given in millionths."""
    return Decimal(round(at[0])).scaleb(-6), Decimal(round(at[1])).scaleb(-6)


def distance(a: Point, b: Point) -> float:
    """Metres between two places of one street."""
    east = float(a[0] - b[0]) * METRES_PER_DEGREE * cos(radians(float(a[1])))
    return float((east**2 + (float(a[1] - b[1]) * METRES_PER_DEGREE) ** 2) ** 0.5)
