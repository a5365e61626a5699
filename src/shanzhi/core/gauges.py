"""What `/metrics` says of the installation rather than of one process: read from the database when it is asked."""

from collections.abc import Iterable

from django.db import Error
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from shanzhi.core.subscribers import positions

FIGURES = {
    "behind": "Entries of the journal that it has not passed",
    "parked": "Entries that it failed on and that wait for a person",
    "failures": "Failures in a row, up to now",
    "stands": "Seconds since it last moved while something is before it",
}


class Followers(Collector):
    """How the subscribers stand. They run in the worker, which answers no one: it writes down, and this reads."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        try:
            standing = positions()
        except Error:  # /healthz tells of a database that is away
            return
        for figure, words in FIGURES.items():
            family = GaugeMetricFamily(f"shanzhi_subscriber_{figure}", words, labels=["subscriber"])
            for name, row in standing.items():
                family.add_metric([name], row[figure])
            yield family


REGISTRY.register(Followers())
