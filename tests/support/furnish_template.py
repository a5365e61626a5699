"""Migrates and furnishes the template database. Run by `support.databases`, as owner."""

import os
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "shanzhi.config.settings"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django

django.setup()

from django.core.management import call_command

from shanzhi.simulation.furnishing.base import SEED, furnish_base
from shanzhi.simulation.street.organisation import organisation
from support.day import HOTLINE_TOKEN, PASSWORD, SHOWN

call_command("migrate", verbosity=0)
people = [person.username for person in organisation(SEED).people if person.username]
furnish_base(clock=(SHOWN, SHOWN, 0.0), passwords={**dict.fromkeys(people, PASSWORD), "token:hotline": HOTLINE_TOKEN})
