"""The rules of stages: pure functions that judge rows as phones hold them."""
