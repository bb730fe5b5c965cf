"""Questions about the company's figures that somebody has saved, and how they look at Team. What a definition may hold:
server/questions/definition.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

from server.models.column import insert_into, json_list, json_object, json_value, key, link, moment
from server.models.identity import is_id, new_id
from server.models.refusal import NotAllowed
from server.models.turns import wait_for_others
from server.models.user import User

LONGEST_NAME: Final = 80
MOST_PINNED: Final = 6  # of one person: Team is one page


class Question(SQLModel, table=True):
    """Whoever opens it is answered from what they themselves may see, not from what its owner may."""

    __tablename__ = "questions"

    id: str = key()
    owner_id: str = link("users.id")
    name: str = Field(max_length=LONGEST_NAME)
    definition: dict[str, Any] = json_value()
    shared_with: list[str] = json_list()  # roles
    created_at: datetime = moment()


class PinnedQuestion(SQLModel, table=True):
    """A question that somebody has pinned to Team."""

    __tablename__ = "pinned_questions"

    user_id: str = link("users.id", primary_key=True, index=False)
    question_id: str = link("questions.id", primary_key=True)


class TeamView(SQLModel, table=True):
    """What somebody last chose on Team: period, territory, rep, product, kind of customer."""

    __tablename__ = "team_views"

    user_id: str = link("users.id", primary_key=True, index=False)
    asked: dict[str, str] = json_object()


def questions_of(session: Session, user: User) -> Sequence[Question]:
    """Their own, then those shared with their role, by name."""
    found = [row for row in session.exec(select(Question)) if may_open(user, row)]
    return sorted(found, key=lambda row: (row.owner_id != user.id, row.name.casefold(), row.id))


def may_open(user: User, question: Question) -> bool:
    return question.owner_id == user.id or user.role in question.shared_with


def question_for(session: Session, user: User, question_id: str) -> Question:
    found = session.get(Question, question_id) if is_id(question_id) else None
    if found is None or not may_open(user, found):
        raise NotAllowed
    return found


def own_question(session: Session, user: User, question_id: str) -> Question:
    found = question_for(session, user, question_id)
    if found.owner_id != user.id:
        raise NotAllowed
    return found


def save(session: Session, user: User, now: datetime, **values: Any) -> Question:
    made = Question(id=new_id(), owner_id=user.id, created_at=now, **values)
    session.add(made)
    return made


def forget(session: Session, question: Question) -> None:
    session.execute(delete(PinnedQuestion).where(col(PinnedQuestion.question_id) == question.id))
    session.delete(question)


def pin(session: Session, user: User, question: Question) -> bool:
    """False, and nothing is done, if as many as Team shows are pinned already."""
    wait_for_others(session, f"pins of {user.id}")
    _, kept = look_of(session, user)
    if len(kept) >= MOST_PINNED and question not in kept:
        return False
    values = {"user_id": user.id, "question_id": question.id}
    session.execute(_insert(session, PinnedQuestion).values(**values).on_conflict_do_nothing())
    return True


def unpin(session: Session, user: User, question: Question) -> None:
    mine = col(PinnedQuestion.user_id) == user.id
    session.execute(delete(PinnedQuestion).where(mine, col(PinnedQuestion.question_id) == question.id))


def _insert(session: Session, table: type[SQLModel]) -> Any:
    """Of two taps at once, each would find no row yet: so the INSERT itself says what happens if there is one."""
    return insert_into(table, session.get_bind().dialect.name)


def pinned_ids(session: Session, user: User) -> set[str]:
    query = select(PinnedQuestion.question_id).where(PinnedQuestion.user_id == user.id)
    return set(session.exec(query))


def look_of(session: Session, user: User) -> tuple[dict[str, str], list[Question]]:
    """How somebody looks at Team: what they last chose, and their pinned questions, but for those no longer shared with
    them. One statement for both, because Team makes many others."""
    query = (
        select(TeamView, Question)
        .select_from(User)
        .outerjoin(TeamView, col(TeamView.user_id) == col(User.id))
        .outerjoin(PinnedQuestion, col(PinnedQuestion.user_id) == col(User.id))
        .outerjoin(Question, col(Question.id) == col(PinnedQuestion.question_id))
        .where(User.id == user.id)
        .order_by(col(Question.id))
    )
    found = session.exec(query).all()
    asked = next((view.asked for view, _ in found if view is not None), {})
    return asked, [row for _, row in found if row is not None and may_open(user, row)]


def remember(session: Session, user: User, asked: dict[str, str]) -> None:
    kept = _insert(session, TeamView).values(user_id=user.id, asked=asked)
    session.execute(kept.on_conflict_do_update(index_elements=["user_id"], set_={"asked": asked}))
