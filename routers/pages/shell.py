"""What all pages share: templates, their headers, the language, the way out when something fails.

Pages work without script and on old office browsers; they load nothing from elsewhere. Chinese, or English when the
reader has said so.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
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
TEMPLATES.globals["style"] = Markup(STYLE)  # noqa: S704 - our own file, read once, so that its hash is that of the page
_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex",
    "Vary": "Cookie",
}
Again = Callable[[int, str, str], Response]
"""How a form shows itself again after a refusal: from status, code and sentence."""

# what a reader is told beside the sentence of the failure: status -> (Chinese title, English title)
FAILURES = {
    403: ("您没有这项权限", "You may not do this"),
    404: ("没有找到这个页面", "There is no such page"),
    429: ("请稍等一会儿", "Please wait a moment"),
    503: ("系统繁忙", "The service is busy"),
}
OTHERWISE = ("出了点问题", "Something went wrong")


def language_of(request: Request) -> str:
    """`en` for whoever switched to it, else `zh-CN`."""
    return "en" if request.cookies.get(LANGUAGE_COOKIE) == "en" else "zh-CN"


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page in the reader's language. `_(zh, en)` in a template picks; `here` is where the reader is."""
    language = language_of(request)
    known = {"_": lambda zh, en: en if language == "en" else zh, "language": language, "here": _here(request)}
    known |= {"csrf": getattr(request.state, "csrf", None), "is_signed_in": hasattr(request.state, "csrf"), "nav": ""}
    text = TEMPLATES.get_template(template).render(**known | values)
    return with_cookies(request, HTMLResponse(text, status, HEADERS | {"Content-Language": language}))


def go_to(request: Request, address: str) -> RedirectResponse:
    """Go on with another page; what was sent is not sent again when the reader reloads."""
    return with_cookies(request, RedirectResponse(address, 303, HEADERS | {"Content-Language": language_of(request)}))


def day(moment: datetime) -> str:
    """As it is read in Beijing."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def is_page(request: Request) -> bool:
    """Whether a browser asks for one of our pages, so that a failure is one too."""
    path = request.url.path
    return (path == ROOT or path.startswith(ROOT + "/")) and "text/html" in request.headers.get("accept", "")


def failure(request: Request, status: int, code: str, sentence: str, headers: Mapping[str, str]) -> Response:
    """A failure as a page: the form again, the way to sign in, or a few kind words."""
    again: Again | None = getattr(request.state, "again", None)
    if again is not None and status < 500:
        return again(status, code, sentence)
    if status == 401:
        return go_to(request, f"{SIGN_IN}?next={quote(_here(request), safe='')}")
    zh, en = FAILURES.get(status, OTHERWISE)
    row = {name: value for name, value in headers.items() if name == "Retry-After"}
    shown = page(request, "failure.html", status, title_zh=zh, title_en=en, sentence=sentence)
    shown.headers.update(row)
    return shown


def _here(request: Request) -> str:
    """Where to come back to: the page asked for, never what was sent to it."""
    if request.method != "GET":
        return ROOT
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
