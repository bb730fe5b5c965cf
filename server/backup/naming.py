"""Names of backups with {date} and {time}, for a line of cron, and which old ones `--keep` removes."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

MARKS: Final = {"{date}": ("%Y-%m-%d", r"\d{4}-\d\d-\d\d"), "{time}": ("%H%M%S", r"\d{6}")}


def named(pattern: Path, now: datetime) -> Path:
    name = str(pattern)
    for mark, (shape, _) in MARKS.items():
        name = name.replace(mark, now.strftime(shape))
    return Path(name)


def older_ones(pattern: Path, keep: int) -> list[Path]:
    """The files that match the pattern, but for the newest `keep`. Files of other names are never among them."""
    name = re.escape(pattern.name)
    for mark, (_, digits) in MARKS.items():
        name = name.replace(re.escape(mark), f"({digits})")
    found = [
        (match.groups(), path)
        for path in pattern.parent.iterdir()
        if (match := re.fullmatch(name, path.name))
    ]
    return [path for _, path in sorted(found, reverse=True)[keep:]]
