"""The resident's page behind the private link: who owns the problem, what was done, and the person's own word.

Chinese, no script, no cookie, no outside address; readable on an old phone. Whoever guesses links is slowed down.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException

from routers.deps import Now, WriteSession
from routers.errors import INVALID, REFUSED, STATUS
from routers.pages.shell import HEADERS, TEMPLATES
from schemas.solving.problems import ProblemState, Rating
from service.foundation.addresses import counted_as
from service.foundation.errors import DomainError
from service.foundation.notices import NO_STATE_SECRETS
from service.foundation.sliding_window import SlidingWindowCounter
from service.solving.problems import links, queries
from service.solving.problems.actions.rate import rate_by_link
from service.solving.problems.errors import LinkUnknown, MoveNotPossible, TooManyTries
from service.solving.problems.tables import Problem

router = APIRouter(prefix="/p", tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse)
GUESSES_PER_MINUTE = 10
"""Wrong links from one address, per process."""
GUESSES = SlidingWindowCounter()
FORM_ZH = "请选择“满意”或“不满意”；原因最多 500 个字，不得含有密级标志。"
ZH = HEADERS | {"Content-Language": "zh-CN"}


@router.get("/{token}")
async def read_problem_page(token: str, request: Request, session: WriteSession, now: Now) -> HTMLResponse:
    """How far the problem is. That it was opened is noted: from then on the link is not replaced."""
    return await _page_of(request, session, token, now)


@router.post("/{token}")
async def rate_on_page(token: str, request: Request, session: WriteSession, now: Now) -> Response:
    """The person's word; afterwards the page is shown again by its address."""
    try:
        rating = Rating.model_validate(await _sent_form(request))
        await rate_by_link(session, token, rating, now)
    except ValidationError:
        return await _page_of(request, session, token, now, INVALID.status, FORM_ZH)
    except LinkUnknown:
        return await _page_of(request, session, token, now)
    except DomainError as refused:
        return await _page_of(request, session, token, now, REFUSED.status, _sentence(refused))
    return RedirectResponse(request.url.path, 303, ZH)


async def _sent_form(request: Request) -> dict[str, str]:
    """The two fields as texts; whatever else or otherwise was sent counts as not filled in."""
    try:
        form = await request.form(max_files=0, max_fields=10)
    except HTTPException:
        return {}
    fields = {name: form.get(name) for name in ("satisfaction", "reason")}
    return {name: value.strip() for name, value in fields.items() if isinstance(value, str)}


def _sentence(refused: DomainError) -> str:
    return "您已经评价过，或目前还不能评价。" if isinstance(refused, MoveNotPossible) else refused.sentence("zh-CN")


async def _page_of(
    request: Request, session: AsyncSession, token: str, now: Now, status: int = 200, notice: str = ""
) -> HTMLResponse:
    """The page, or for an unknown link a 404; too many of those from one address are slowed down.

    A link that is right always opens: many people may share an address.
    """
    try:
        problem = await links.open_link(session, token, now)
    except LinkUnknown as unknown:
        address = counted_as(request.client.host if request.client else None)
        if GUESSES.hit(address, GUESSES_PER_MINUTE):
            return _failure_page(TooManyTries())
        return _failure_page(unknown)
    return await _problem_page(session, problem, status, notice)


async def _problem_page(session: AsyncSession, problem: Problem, status: int, notice: str) -> HTMLResponse:
    known = await queries.page_details(session, problem)
    return _page(
        "problem.html",
        status,
        problem=problem,
        place=known.place,
        owner=known.owner,
        steps=known.steps,
        state=problem.state.zh,
        no_state_secrets=NO_STATE_SECRETS.zh,
        may_rate=problem.state is ProblemState.ANSWERED,
        notice=notice,
    )


def _failure_page(failure: DomainError) -> HTMLResponse:
    return _page("unknown.html", STATUS[failure.kind], sentence=failure.sentence("zh-CN"))


def _page(template: str, status: int, **values: object) -> HTMLResponse:
    return HTMLResponse(TEMPLATES.get_template(template).render(**values), status, ZH)
