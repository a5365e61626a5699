"""Each figure beside its peer or its limit, measured in the same run. `make bench`, or `python -m bench NAME`."""
