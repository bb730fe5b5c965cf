"""How large a spreadsheet may be, and the mark that keeps a text from being a formula."""

MAX_BYTES = 12 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
# In all cells of a workbook together: a file holds a text once that many cells show.
MAX_CHARACTERS = 2 * MAX_BYTES

# A spreadsheet takes a cell that begins so for a formula (also with the wide signs of Chinese keyboards). An export
# puts a mark before it, which makes it text; reading takes the mark off.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
MARK = "'"


def wants_mark(text: str) -> bool:
    """Whether a text would be a formula, with or without marks before it.
    One that has marks already gets another, because reading takes one off."""
    return text.lstrip(MARK).startswith(FORMULA_STARTS)
