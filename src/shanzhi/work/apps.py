from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "shanzhi.work"
    label = "work"
