"""Shared parts of all pages: templates, headers, language, error pages.

Pages work without scripts and in old browsers, and load nothing from other hosts. They are Chinese, or English if the
user has chosen it.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from routers.pages.session import with_cookies

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
BEIJING = ZoneInfo("Asia/Shanghai")
ROOT = "/pages"
SIGN_IN = f"{ROOT}/sign-in"
LANGUAGE_COOKIE = "language"
STYLE = (Path(__file__).parent / "templates" / "style.css").read_text().strip()
TEMPLATES.globals["style"] = Markup(STYLE)  # noqa: S704 - our own file, read once, so that its hash matches the page
_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex",
    "Vary": "Cookie",
}
ShowAgain = Callable[[int, str, str], Response]
"""Shows a form again after an error: (status, code, sentence) → response."""


@dataclass(frozen=True)
class PageFailure:
    """An error page. `heading`: (Chinese, English). `routers/errors.py` fills it in."""

    status: int
    code: str
    sentence: str
    heading: tuple[str, str]
    needs_sign_in: bool
    can_try_again: bool


def language_of(request: Request) -> str:
    """Return `en` if the user has chosen it, else `zh-CN`."""
    return "en" if request.cookies.get(LANGUAGE_COOKIE) == "en" else "zh-CN"


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page in the language of the user.

    `_(zh, en)` selects a text; `here` is the current address.
    """
    language = language_of(request)
    context = {"_": lambda zh, en: en if language == "en" else zh, "language": language, "here": _here(request)}
    context |= {"csrf": getattr(request.state, "csrf", None), "is_signed_in": hasattr(request.state, "csrf"), "nav": ""}
    text = TEMPLATES.get_template(template).render(**context | values)
    return with_cookies(request, HTMLResponse(text, status, HEADERS | {"Content-Language": language}))


def redirect_to(request: Request, address: str) -> RedirectResponse:
    """Redirect to another page (303), so that a reload does not send the form again."""
    return with_cookies(request, RedirectResponse(address, 303, HEADERS | {"Content-Language": language_of(request)}))


def beijing_time(timestamp: datetime) -> str:
    """Format a timestamp in Beijing time: 2026-11-22 10:00."""
    return timestamp.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def is_page(request: Request) -> bool:
    """Return whether a browser requests a page; then an error is shown as a page too."""
    path = request.url.path
    return (path == ROOT or path.startswith(ROOT + "/")) and "text/html" in request.headers.get("accept", "")


def failure(request: Request, error: PageFailure, headers: Mapping[str, str]) -> Response:
    """Build the error page: the form again, a redirect to sign-in, or heading and sentence."""
    again: ShowAgain | None = getattr(request.state, "again", None)
    if again is not None and error.can_try_again:
        return again(error.status, error.code, error.sentence)
    if error.needs_sign_in:
        return redirect_to(request, f"{SIGN_IN}?next={quote(_here(request), safe='')}")
    zh, en = error.heading
    response = page(request, "failure.html", error.status, title_zh=zh, title_en=en, sentence=error.sentence)
    response.headers.update({name: value for name, value in headers.items() if name == "Retry-After"})
    return response


def _here(request: Request) -> str:
    """Return the address to come back to: that of a GET request, else the first page."""
    if request.method != "GET":
        return ROOT
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
