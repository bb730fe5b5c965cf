"""A made-up company to look at and to measure with; the same seed on the same day makes the same company."""

from server.demo.many import seed_many
from server.demo.seed import NotEmptyError, SignIn, seed

__all__ = ["NotEmptyError", "SignIn", "seed", "seed_many"]
