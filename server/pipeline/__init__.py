"""The rules of stages. Pure: rows as phones hold them in, verdicts out."""
