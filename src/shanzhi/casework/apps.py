from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "shanzhi.casework"
    label = "casework"

    def ready(self) -> None:
        import shanzhi.casework.imports.verbs  # noqa: F401, PLC0415 - registering is what it is imported for
        from shanzhi.casework import metrics, subscribers, verbs  # noqa: F401, PLC0415 - registering is what they are imported for
