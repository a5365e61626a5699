from importlib import import_module

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "shanzhi.organisation"
    label = "organisation"

    def ready(self) -> None:
        import_module(f"{self.name}.retention")
