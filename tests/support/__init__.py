"""What tests stand on: a real PostgreSQL, a furnished street on a fixed day, people to act as, real processes."""
