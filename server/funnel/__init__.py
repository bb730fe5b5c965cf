"""How opportunities go from stage to stage (moves.py), and what keeps those that stand too long (stuck.py)."""
