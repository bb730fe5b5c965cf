"""Backups: one file with everything, taken while people work, that can be restored into SQLite or PostgreSQL."""
