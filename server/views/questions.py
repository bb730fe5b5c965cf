"""The pages of questions: those that were kept, the editor, and the answer."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlmodel import Session

from server.account_form import AccountForm
from server.models.question import Question as Kept
from server.models.question import questions_of
from server.models.scope import MANAGING_ROLES
from server.models.user import Role
from server.questions.answering import Question, answers
from server.questions.asking import Asking
from server.questions.definition import ONLY, Definition, check, typed_of
from server.questions.dimension import Dimension
from server.questions.dimensions import dimensions_of
from server.questions.measures import MEASURES
from server.questions.periods import PERIODS
from server.translations import msgid
from server.views.form import Typed, options_of
from server.views.question_answer import answer_view, line_of, title_of
from server.views.reader import Reader, joined

PATH: Final = "/team/questions"
# Roles that have Team, as they are named when sharing a question.
ROLES: Final = {
    Role.MANAGER: msgid("Managers"),
    Role.EXECUTIVE: msgid("Executives"),
    Role.ADMIN: msgid("Admins"),
}
DONE: Final = {
    "saved": msgid("Saved"),
    "pinned": msgid("It is on Team now"),
    "unpinned": msgid("It is no longer on Team"),
    "full": msgid("Team has six questions already. Take one off first."),
    "deleted": msgid("Deleted"),
}
BEGINNING: Final = {"measure": ["visits"], "by": ["rep"], "period": ["quarter"]}
MUST_BE_SAID: Final = msgid("What was asked is no longer known here. Change it, or delete it.")


def understood(asking: Asking, kept: Kept, dimensions: dict[str, Dimension]) -> Question | None:
    """None if it uses something that is gone, such as a retired field."""
    definition, _ = check(typed_of(kept.definition), dimensions, asking.reader.t)
    return Question(asking, definition, dimensions) if definition else None


def questions_page(session: Session, reader: Reader, pinned: Collection[str]) -> dict[str, Any]:
    t, asking = reader.t, Asking(session, reader)
    dimensions = dimensions_of(asking)
    rows = []
    found = questions_of(session, reader.user)
    asking.learn_names(kept.owner_id for kept in found)
    for kept in found:
        question = understood(asking, kept, dimensions)
        rows.append(
            {
                "href": f"{PATH}/{kept.id}",
                "name": kept.name,
                "detail": joined(title_of(question), line_of(question)) if question else t(MUST_BE_SAID),
                "note": ""
                if kept.owner_id == reader.user.id
                else t("From %(name)s", name=asking.names[kept.owner_id]),
                "tag": t("On Team") if kept.id in pinned else "",
            }
        )
    return {"title": t("Questions"), "rows": rows, "new_href": f"{PATH}/new"}


def question_page(
    session: Session, reader: Reader, kept: Kept, is_pinned: bool, form: AccountForm | None = None
) -> dict[str, Any]:
    asking, t = Asking(session, reader), reader.t
    question = understood(asking, kept, dimensions_of(asking))
    is_own = kept.owner_id == reader.user.id
    shown = form or AccountForm(t, {"name": [kept.name], "shared_with": list(kept.shared_with)})
    return {
        "title": kept.name,
        "action": f"{PATH}/{kept.id}",
        "is_pinned": is_pinned,
        "is_own": is_own,
        "answer": answer_view(answers(asking, [question])[0]) if question else {},
        "lost": "" if question else t(MUST_BE_SAID),
        "edit_href": _edit_href(question, kept, is_own),
        "exports": exports(question.definition) if question else {},
        **keeping(shown),
    }


def _edit_href(question: Question | None, kept: Kept, is_own: bool) -> str:
    more = [("id", kept.id)] if is_own else []
    return question.definition.href(f"{PATH}/new", *more) if question else f"{PATH}/new?id={kept.id}"


def exports(definition: Definition) -> dict[str, str]:
    return {end: definition.href(f"{PATH}/export.{end}") for end in ("xlsx", "csv")}


def keeping(form: AccountForm) -> dict[str, Any]:
    t = form.t
    pairs = [(str(role), t(ROLES[role])) for role in MANAGING_ROLES]
    return {
        "name": form.field("name", t("Name")),
        "shared_with": form.ticks("shared_with", t("Also for"), pairs),
    }


def editor(
    session: Session,
    reader: Reader,
    typed: Typed,
    kept: Kept | None,
    errors_of_name: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """`typed`: the query string. `kept`: the question being edited. `errors_of_name`: errors of saving it."""
    asking, t = Asking(session, reader), reader.t
    dimensions = dimensions_of(asking)
    typed = typed if "measure" in typed else {**BEGINNING, **typed}
    definition, errors = check(typed, dimensions, t)
    question = Question(asking, definition, dimensions) if definition else None
    known = {"name": [kept.name], "shared_with": list(kept.shared_with)} if kept else {}
    shown = AccountForm(t, typed if "name" in typed else known, errors_of_name or {})
    return {
        "title": t("Ask"),
        "kept_id": kept.id if kept else "",
        "back_href": f"{PATH}/{kept.id}" if kept else PATH,
        "action": f"{PATH}/{kept.id}" if kept else PATH,
        "fields": _fields(AccountForm(t, typed, errors), asking, dimensions),
        "answer": answer_view(answers(asking, [question])[0]) if question else {},
        "pairs": [{"name": name, "value": value} for name, value in definition.pairs()] if definition else [],
        "exports": exports(definition) if definition else {},
        **keeping(shown),
        "name": shown.optional("name", t("Name")),
        "otherwise": t("Left empty: %(name)s", name=title_of(question)) if question else "",
    }


def _fields(form: AccountForm, asking: Asking, dimensions: dict[str, Dimension]) -> dict[str, Any]:
    t, measure = form.t, MEASURES.get(form.value("measure"))
    fitting = {name: one for name, one in dimensions.items() if measure is None or one.fits(measure)}
    offered = {name: one for name, one in dimensions.items() if name in fitting or form.value("by") == name
               or form.value("then") == name}  # fmt: skip
    by = [(name, one.title(t)) for name, one in offered.items()]
    narrowing = [_narrowing(form, asking, one) for one in dimensions.values()
                 if one.name in fitting or form.values(f"{ONLY}{one.name}")]  # fmt: skip
    return {
        "measure": _radio(
            form, "measure", t("What"), [(one.name, t(one.label)) for one in MEASURES.values()]
        ),
        "by": _radio(form, "by", t("By"), [("", t("As a whole")), *by]),
        "then": _radio(form, "then", t("And by"), [("", t("Nothing else")), *by]),
        "period": _radio(
            form, "period", t("When"), [(name, t(text)) for name, text in PERIODS.items()], "quarter"
        ),
        "is_now": measure is not None and measure.is_now and "period" not in form.errors,
        "only": [one for one in narrowing if one["options"]],
        "is_narrowed": any(form.values(one["name"]) for one in narrowing),
    }


def _radio(
    form: AccountForm, name: str, label: str, pairs: Sequence[tuple[str, str]], otherwise: str = ""
) -> dict[str, Any]:
    return form.choices(name, label, options_of(pairs, form.value(name) or otherwise))


def _narrowing(form: AccountForm, asking: Asking, dimension: Dimension) -> dict[str, Any]:
    name = f"{ONLY}{dimension.name}"
    pairs, chosen = list(dimension.choices(asking)), form.values(name)
    unknown = [key for key in chosen if key not in dict(pairs)]
    said = dimension.said(asking, [key for key in unknown if key]) if unknown else {}
    pairs += [(key, said.get(key) or key or dimension.none(asking)) for key in unknown]
    return form.ticks(name, dimension.title(form.t), pairs)
