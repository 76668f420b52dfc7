"""The content of the resident's private page, in everyday words instead of office words."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.solving.problems import ProblemState
from service.foundation.events.tables import Event
from service.foundation.workdays import BEIJING
from service.ground.places.tables import Place
from service.identity.tree.tables import Organisation
from service.solving.problems.tables import Problem

UNNAMED_OWNER = "有关单位"
STATE_TEXTS = {
    ProblemState.RAISED: "已登记，正在确定由谁办理",
    ProblemState.DISPATCHED: "已交给{owner}办理",
    ProblemState.ACCEPTED: "{owner}正在办理",
    ProblemState.ANSWERED: "{owner}已答复，请您评价",
    ProblemState.REOPENED: "您已评价：不满意，{owner}正在重新办理",
    ProblemState.CONFIRMED: "您已评价：满意",
    ProblemState.CLOSED: "已办完，您已评价：满意",
}
EVENT_TEXTS = {
    EventName.PROBLEM_RAISED: "您反映的问题已登记",
    EventName.PROBLEM_DISPATCHED: "已交给{owner}办理",
    EventName.PROBLEM_ACCEPTED: "{owner}开始办理",
    EventName.PROBLEM_ANSWERED: "{owner}答复了您",
    EventName.PROBLEM_REOPENED: "您已评价：不满意，请{owner}重新办理",
    EventName.PROBLEM_CONFIRMED: "您已评价：满意",
    EventName.PROBLEM_CLOSED: "已办完",
}
"""The events of the history; other events of a problem, such as `problem.overdue`, are not shown."""


@dataclass(frozen=True)
class HistoryLine:
    """One line of the history: Beijing time and a sentence."""

    day: str
    what: str


@dataclass(frozen=True)
class PageDetails:
    """What the page shows besides the problem: names, state and history, but no persons."""

    place: str
    owner: str | None
    state: str
    steps: list[HistoryLine]


async def load_page_details(session: AsyncSession, problem: Problem) -> PageDetails:
    """Load the place, the owner, the state and the history of a problem."""
    place = (await session.exec(select(Place.name).where(Place.id == problem.place_id))).one()
    names = [name.value for name in EVENT_TEXTS]
    statement = select(Event).where(Event.subject_id == problem.id, col(Event.name).in_(names))
    events = (await session.exec(statement.order_by(col(Event.epoch), col(Event.transaction_id), col(Event.id)))).all()
    owner_ids = {UUID(event.payload["owner_id"]) for event in events if event.payload.get("owner_id")}
    if problem.owner_id:
        owner_ids.add(problem.owner_id)
    organisations = select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(owner_ids))
    owners = dict((await session.exec(organisations)).all())
    owner = owners[problem.owner_id] if problem.owner_id else None
    state = STATE_TEXTS[problem.state].format(owner=owner or UNNAMED_OWNER)
    return PageDetails(place, owner, state, [_history_line(event, owners) for event in events])


def _history_line(event: Event, owners: Mapping[UUID, str]) -> HistoryLine:
    owner_id = event.payload.get("owner_id")
    owner = owners.get(UUID(owner_id), UNNAMED_OWNER) if owner_id else UNNAMED_OWNER
    time = event.occurred_at.astimezone(BEIJING)
    return HistoryLine(f"{time:%Y-%m-%d %H:%M}", EVENT_TEXTS[EventName(event.name)].format(owner=owner))
