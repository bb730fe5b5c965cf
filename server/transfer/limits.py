"""How large a spreadsheet may be, and the mark that keeps a text from being a formula."""

import re

MAX_BYTES = 12 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
# In all cells of a workbook together: a file holds a text once that many cells show.
MAX_CHARACTERS = 2 * MAX_BYTES

# A spreadsheet takes a cell that begins so for a formula (also with the wide signs of Chinese keyboards). An export
# puts a mark before it, which makes it text; reading takes the mark off. Where numbers have decimal commas, Excel
# divides a line at semicolons, heeds no quotes within it, and begins a cell there, too.
MARK = "'"
_BEGINS = r"(?:^|[;\t\n])"
_SIGN = r"(?=[=+\-@＝＋－＠\t\r])"
_UNMARKED = re.compile(f"({_BEGINS}{MARK}*){_SIGN}")
_MARKED = re.compile(f"({_BEGINS}{MARK}*){MARK}{_SIGN}")


def marked(text: str) -> str:
    """With a mark wherever a formula might begin.
    What has marks already gets another one, because `unmarked` takes one off."""
    return _UNMARKED.sub(rf"\1{MARK}", text)


def unmarked(text: str) -> str:
    return _MARKED.sub(r"\1", text)
