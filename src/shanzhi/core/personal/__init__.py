"""Personal data: what hides it (masking), and the table that holds it encrypted (models)."""
