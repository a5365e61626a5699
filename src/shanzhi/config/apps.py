from django.apps import AppConfig


class HouseConfig(AppConfig):
    """The commands that need the whole house: serve, worker, openapi, verbs."""

    name = "shanzhi.config"
    label = "config"
