from importlib import import_module

from django.apps import AppConfig

REGISTERING = ("verbs", "imports.verbs", "metrics", "subscribers", "upstream.outbox", "retention")
"""Modules that register what they hold when they are imported."""


class CaseworkConfig(AppConfig):
    name = "shanzhi.casework"
    label = "casework"

    def ready(self) -> None:
        for module in REGISTERING:
            import_module(f"{self.name}.{module}")
