from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "shanzhi.organisation"
    label = "organisation"
