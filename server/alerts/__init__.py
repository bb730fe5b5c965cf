"""Alerts: a leader sets a limit and is told when a figure reaches it.

kind.py         the base class of alert kinds
kinds.py        the kinds, one small class each; selling.py: those about quotas, orders and quotes
watching.py     counts all alerts with one statement, and stores since which day each has been at its limit
"""
