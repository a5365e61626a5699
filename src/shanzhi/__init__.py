"""Shanzhi (善治): the software of a sub-district's integrated governance centre and of its video wall."""

__version__ = "0.1.0"
