"""Backups: one portable file of everything, taken while phones write, and the way back into either database."""
