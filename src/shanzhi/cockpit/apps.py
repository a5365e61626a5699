from django.apps import AppConfig


class CockpitConfig(AppConfig):
    name = "shanzhi.cockpit"
    label = "cockpit"
