"""The resident's page behind the private link: the owner of the problem, its history and the rating.

In Chinese, without scripts, cookies or external addresses; readable on an old phone. Wrong links are rate-limited.
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
from service.foundation.addresses import limit_key
from service.foundation.errors import DomainError
from service.foundation.notices import NO_STATE_SECRETS
from service.foundation.sliding_window import SlidingWindowCounter
from service.solving.problems import links
from service.solving.problems.actions.rate import rate_by_link
from service.solving.problems.errors import LinkUnknown, MoveNotPossible, TooManyTries
from service.solving.problems.resident_page import load_page_details
from service.solving.problems.tables import Problem

router = APIRouter(prefix="/p", tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse)
GUESSES_PER_MINUTE = 10
"""Limit of wrong links per address and process."""
GUESSES = SlidingWindowCounter()
FORM_ZH = "请选择“满意”或“不满意”；原因最多 500 个字，不得含有密级标志。"
ZH = HEADERS | {"Content-Language": "zh-CN"}


@router.get("/{token}")
async def read_problem_page(token: str, request: Request, session: WriteSession, now: Now) -> HTMLResponse:
    """Show the problem and mark the link as opened; an opened link is not replaced any more."""
    return await _show_page(request, session, token, now)


@router.post("/{token}")
async def rate_on_page(token: str, request: Request, session: WriteSession, now: Now) -> Response:
    """Store the rating, then redirect to the page."""
    try:
        rating = Rating.model_validate(await _read_form(request))
        await rate_by_link(session, token, rating, now)
    except ValidationError:
        return await _show_page(request, session, token, now, INVALID.status, FORM_ZH)
    except LinkUnknown:
        return await _show_page(request, session, token, now)
    except DomainError as error:
        return await _show_page(request, session, token, now, REFUSED.status, _sentence(error))
    return RedirectResponse(request.url.path, 303, ZH)


async def _read_form(request: Request) -> dict[str, str]:
    """The two fields as text. Anything that is not text counts as empty."""
    try:
        form = await request.form(max_files=0, max_fields=10)
    except HTTPException:
        return {}
    fields = {name: form.get(name) for name in ("satisfaction", "reason")}
    return {name: value.strip() for name, value in fields.items() if isinstance(value, str)}


def _sentence(error: DomainError) -> str:
    return "您已经评价过，或目前还不能评价。" if isinstance(error, MoveNotPossible) else error.sentence("zh-CN")


async def _show_page(
    request: Request, session: AsyncSession, token: str, now: Now, status: int = 200, notice: str = ""
) -> HTMLResponse:
    """Render the page; 404 for an unknown link, 429 after too many unknown links from one address.

    A valid link always works, because many people may share an address.
    """
    try:
        problem = await links.open_link(session, token, now)
    except LinkUnknown as error:
        address = limit_key(request.client.host if request.client else None)
        if GUESSES.hit(address, GUESSES_PER_MINUTE):
            return _error_page(TooManyTries())
        return _error_page(error)
    return await _problem_page(session, problem, status, notice)


async def _problem_page(session: AsyncSession, problem: Problem, status: int, notice: str) -> HTMLResponse:
    details = await load_page_details(session, problem)
    return _page(
        "problem.html",
        status,
        problem=problem,
        place=details.place,
        owner=details.owner,
        steps=details.steps,
        state=details.state,
        no_state_secrets=NO_STATE_SECRETS.zh,
        may_rate=problem.state is ProblemState.ANSWERED,
        notice=notice,
    )


def _error_page(error: DomainError) -> HTMLResponse:
    return _page("unknown.html", STATUS[error.kind], sentence=error.sentence("zh-CN"))


def _page(template: str, status: int, **values: object) -> HTMLResponse:
    return HTMLResponse(TEMPLATES.get_template(template).render(**values), status, ZH)
