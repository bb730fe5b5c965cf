"""The pages of an import: choosing a file, the preview with its errors, the progress, the result."""

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from server.models.import_draft import ImportDraft
from server.models.scope import ALL_SEEING_ROLES
from server.models.workspace import territories
from server.transfer.checking import Checked, Choices, Row, Twin, sentence
from server.transfer.columns import SURE
from server.transfer.importer import Importer
from server.transfer.limits import MAX_BYTES, MAX_ROWS
from server.transfer.reading import Sheet
from server.translations import Translator
from server.views.facts import listed
from server.views.form import options_of
from server.views.reader import Reader

FIRST_ROWS: Final = 5
LISTED: Final = 50
NAMED: Final = 10  # at most so many columns are named in a sentence


def upload(reader: Reader, error: str = "") -> dict[str, Any]:
    return {
        "title": reader.t("Import customers"),
        "error": error,
        "limits": reader.t(
            "CSV or XLSX, up to %(rows)s rows and %(megabytes)s MB.",
            rows=f"{MAX_ROWS:,}",
            megabytes=MAX_BYTES // 1024**2,
        ),
    }


def preview(
    session: Session, reader: Reader, by: Importer, draft: ImportDraft, sheet: Sheet, checked: Checked
) -> dict[str, Any]:
    t, labels = reader.t, by.labels(reader.t)
    columns = _columns(sheet, checked.choices, by, reader)
    hint = next((column["hint"] for column in columns if column["hint"]), "")
    # Rows with errors are in sight first: closed, the columns are one line above them.
    is_open = not checked.choices.name_customers or bool(hint and not checked.wrong)
    return {
        "title": t("Check before importing"),
        "action": f"/import/{draft.id}",
        "file_name": draft.file_name,
        "counts": _counts(checked, reader),
        "refused": t("The last attempt was interrupted. Nothing was imported.") if draft.failed_at else "",
        "columns": columns,
        "columns_text": _understood(checked.choices, reader),
        "sheets": _sheets(sheet, reader),
        "left_out": _left_out(sheet, checked.choices, reader),
        "columns_open": is_open,
        "columns_hint": "" if is_open else hint,
        "no_name": ""
        if checked.choices.name_customers
        else t("No column is the name of the customer. Choose here which one it is."),
        "owner": _owner(by, checked.choices, reader),
        "territory": _territory(session, by, checked.choices, reader),
        "head": [labels.get(field, "") for field in _mapped(checked)],
        "rows": [_row(row, _mapped(checked), labels, by, t) for row in checked.rows[:FIRST_ROWS]],
        "wrong": [_row(row, _mapped(checked), labels, by, t) for row in checked.wrong[:LISTED]],
        "more_wrong": _more(len(checked.wrong), reader),
        "repeated": [_repeated(row, reader) for row in checked.repeated[:LISTED]],
        "more_repeated": _more(len(checked.repeated), reader),
        "import_duplicates": checked.choices.import_duplicates,
        "leave_out_errors": checked.choices.leave_out_errors,
        "may_be_written": checked.may_be_written,
        "verdict": _verdict(checked, reader),
        "unseen": _unseen(checked, by, reader),
        "import_text": t.n("Import %(n)s customer", "Import %(n)s customers", checked.customers)
        if checked.chosen
        else "",
    }


def running(reader: Reader, draft: ImportDraft, share: float | None) -> dict[str, Any]:
    """`share`: done, 0 to 1. None: another process imports, and the progress is unknown."""
    return {
        "title": reader.t("Importing"),
        "file_name": draft.file_name,
        "address": f"/import/{draft.id}",
        "progress_address": f"/import/{draft.id}/progress",
        "percent": "" if share is None else f"{round(100 * share)}",
        "text": reader.t("Starting")
        if share is None
        else reader.t("%(percent)s%% done", percent=round(100 * share)),
    }


def done(reader: Reader, draft: ImportDraft) -> dict[str, Any]:
    count = draft.imported or 0
    return {
        "title": reader.t.n("%(n)s customer imported", "%(n)s customers imported", count),
        "file_name": draft.file_name,
        "when": reader.moment(draft.finished_at) if draft.finished_at else "",
    }


def _counts(checked: Checked, reader: Reader) -> list[dict[str, str]]:
    t = reader.t
    wrong, repeated = len(checked.wrong), len(checked.repeated)
    counts = [
        {"text": t.n("%(n)s row", "%(n)s rows", len(checked.rows)), "kind": ""},
        {"text": t.n("%(n)s new customer", "%(n)s new customers", checked.customers), "kind": "ok"},
        {
            "text": t.n("%(n)s row with errors", "%(n)s rows with errors", wrong),
            "kind": "late" if wrong else "",
        },
        {"text": t.n("%(n)s duplicate", "%(n)s duplicates", repeated), "kind": "due" if repeated else ""},
    ]
    return [counts[0], *(count for count in counts[1:] if count["kind"])]


def _understood(choices: Choices, reader: Reader) -> str:
    known = sum(field is not None for field in choices.columns)
    return reader.t("%(known)s of %(all)s understood", known=known, all=len(choices.columns))


def _sheets(sheet: Sheet, reader: Reader) -> str:
    """The sentence about the sheets of a workbook that are not imported."""
    others = [*sheet.others[:NAMED], *(["…"] if len(sheet.others) > NAMED else [])]
    return (
        reader.t(
            "Only the sheet “%(sheet)s” is imported. Save each other one as a file of its own: %(names)s",
            sheet=sheet.name,
            names=listed(reader.t, others),
        )
        if others
        else ""
    )


def _left_out(sheet: Sheet, choices: Choices, reader: Reader) -> str:
    """The sentence about columns with content that are not imported."""
    t = reader.t
    names = [
        _title(sheet, number, reader)
        for number, field in enumerate(choices.columns)
        if field is None and _sample(sheet, number)
    ]
    shown = [*names[:NAMED], *(["…"] if len(names) > NAMED else [])]
    return (
        t("Not imported, unless you say under Columns what it is: %(names)s", names=listed(t, shown))
        if names
        else ""
    )


def _title(sheet: Sheet, number: int, reader: Reader) -> str:
    return sheet.header[number] or reader.t("Column %(number)s", number=number + 1)


def _sample(sheet: Sheet, number: int) -> str:
    return next((row[number][:60] for row in sheet.rows[:100] if row[number].strip()), "")


def _columns(sheet: Sheet, choices: Choices, by: Importer, reader: Reader) -> list[dict[str, Any]]:
    """The columns to assign. `focus`: if none is the name yet, the first unassigned one gets the focus."""
    guesses = by.guesses(sheet)
    labels = by.labels(reader.t).items()
    fields = [(field, label) for field, label in labels if field != "owner" or by.chooses_owner]
    columns = []
    for number in range(len(sheet.header)):
        chosen = choices.columns[number] or ""
        unsure = chosen and guesses[number].field == chosen and guesses[number].confidence < SURE
        columns.append(
            {
                "name": f"column_{number}",
                "title": _title(sheet, number, reader),
                "sample": _sample(sheet, number),
                "hint": reader.t("A guess: please check") if unsure else "",
                "options": options_of([("", reader.t("Leave out")), *fields], chosen),
                "focus": False,
            }
        )
    if not choices.name_customers:
        free = choices.columns.index(None) if None in choices.columns else 0
        columns[free]["focus"] = True
    return columns


def _owner(by: Importer, choices: Choices, reader: Reader) -> dict[str, Any] | None:
    if not by.chooses_owner:
        return None
    owners = [("", reader.t("Nobody yet")), *((owner.id, owner.name) for owner in by.owners)]
    options = options_of(owners, choices.owner_id or "")
    return {"name": "owner_id", "label": reader.t("Owner where the file names none"), "options": options}


def _territory(session: Session, by: Importer, choices: Choices, reader: Reader) -> dict[str, Any] | None:
    if by.user.role not in ALL_SEEING_ROLES:
        return None
    named = [("", reader.t("None")), *((one.id, one.name) for one in territories(session))]
    return {
        "name": "territory_id",
        "label": reader.t("Territory where there is no owner"),
        "options": options_of(named, choices.territory_id or ""),
    }


def _mapped(checked: Checked) -> list[str]:
    """The imported fields, in the order of the columns."""
    return [field for field in checked.choices.columns if field]


def _row(
    row: Row, fields: list[str], labels: Mapping[str, str], by: Importer, t: Translator
) -> dict[str, Any]:
    """A row of the preview. Errors can be about a field without a column, such as half of a place's coordinates."""
    extra = [field for field in row.problems if field not in fields]
    return {
        "number": f"{row.number}",
        "name": row.cells.get("name", ""),
        "cells": [_cell(row, field, labels, by, t) for field in fields],
        "problems": [
            _cell(row, field, labels, by, t) for field in [*fields, *extra] if field in row.problems
        ],
    }


def _cell(row: Row, field: str, labels: Mapping[str, str], by: Importer, t: Translator) -> dict[str, str]:
    problem = row.problems.get(field)
    return {
        "label": labels.get(field, field),
        "text": row.cells.get(field, "")[:120],
        "error": sentence(t, problem, by.words(t, field)) if problem else "",
    }


def _repeated(row: Row, reader: Reader) -> dict[str, str]:
    twin = row.twin or Twin()
    return {
        "number": f"{row.number}",
        "name": row.cells.get("name", ""),
        "href": f"/customers/{twin.customer_id}" if twin.customer_id else "",
        "text": _same_as(twin, reader),
    }


def _same_as(twin: Twin, reader: Reader) -> str:
    if twin.row:
        return reader.t("The same as row %(row)s", row=twin.row)
    if twin.name:
        return reader.t("The same as %(name)s", name=twin.name)
    return reader.t("Already in Legwork")


def _more(count: int, reader: Reader) -> str:
    return reader.t.n("and %(n)s more", "and %(n)s more", count - LISTED) if count > LISTED else ""


def _unseen(checked: Checked, by: Importer, reader: Reader) -> str:
    """The warning that the import would succeed, and nobody who sells would ever see what it brought."""
    count = checked.unseen(by)
    return (
        reader.t.n(
            "%(n)s customer would have neither an owner nor a territory, and no rep and no manager would see it.",
            "%(n)s customers would have neither an owner nor a territory, and no rep and no manager would see them.",
            count,
        )
        if count
        else ""
    )


def _verdict(checked: Checked, reader: Reader) -> str:
    t = reader.t
    if not checked.choices.name_customers:
        return ""  # said at the columns
    if checked.wrong and not checked.choices.leave_out_errors:
        return t("Nothing is imported while rows have errors. Mend them in the file, or leave them out.")
    if not checked.chosen:
        return t("There is nothing new to import.")
    return ""
