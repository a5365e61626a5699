"""Furnishes a realm with the invented street: base rows here, its orders through the production `step`."""
