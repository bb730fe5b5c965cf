"""How much a spreadsheet may hold. The rest of the package asks here."""

MAX_BYTES = 12 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
