from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "shanzhi.intake"
    label = "intake"
