"""Photos and files: content-addressed, re-encoded or quarantined on the way in, never executed on the way out."""
