"""What a spreadsheet may hold. The rest of the package asks here."""

MAX_BYTES = 12 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
MAX_CHARACTERS = 2 * MAX_BYTES  # of all cells of a workbook, where one text may stand in any number of them

# A spreadsheet takes what begins so for a formula, with the wide signs of Chinese keyboards too. An export puts a mark
# before it, which makes it text, and reading takes that off.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
MARK = "'"


def wants_mark(text: str) -> bool:
    """Also what somebody wrote with the mark before it: it comes back with one fewer."""
    return text.lstrip(MARK).startswith(FORMULA_STARTS)
