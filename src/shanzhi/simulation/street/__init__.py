"""The furnished street: 和义街道 as a seeded generator draws it, with everything that happens there day by day.

Pure: no Django, no clock, no chance but the seed's. Real are only the public codes and names of street and communities;
lines, houses, people, telephone numbers, weather and orders are invented (示意, 演示数据). What a later executor needs:

    geography(seed) · organisation(seed) · catalogue() · orders_of_day(seed, day)
"""

from .catalogue import Catalogue, Leaf, catalogue
from .days import PlannedOrder, orders_of_day
from .geography import Geography, geography
from .handling import lead_unit
from .organisation import Organisation, organisation
from .plan import Plan
from .weather import Weather, weather

__all__ = [
    "Catalogue", "Geography", "Leaf", "Organisation", "Plan", "PlannedOrder", "Weather",
    "catalogue", "geography", "lead_unit", "orders_of_day", "organisation", "weather",
]  # fmt: skip
