"""From failure to answer: the only mention of status codes for failures. RFC 9457, in the caller's language."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException

from routers.pages.shell import failure as failure_page
from routers.pages.shell import is_page, language_of
from schemas.foundation.common import Flaw, Problem
from service.foundation.errors import DomainError, Kind
from service.foundation.log import logger

STATUS: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.INVALID: 422,
    Kind.PRECONDITION_MISSING: 428,
    Kind.TOO_MANY: 429,
    Kind.BUSY: 503,
}

Texts = tuple[str, str, str]
"""Code, Chinese, English."""

# what the framework itself may say
FRAMEWORK: dict[int, Texts] = {
    400: (
        "request.malformed",
        "请求内容无法读取。请发送 UTF-8 编码的完整内容。",
        "The body cannot be read. Send it whole and in UTF-8.",
    ),
    404: ("not_found", "没有找到。", "Not found."),
    405: ("request.method_not_allowed", "此地址不支持这种请求方法。", "This address does not take that method."),
    413: (
        "request.too_large",
        "请求内容过大，上限 {limit_bytes} 字节。",
        "The body is too large; at most {limit_bytes} bytes.",
    ),
    500: (
        "internal",
        "系统出错，已记录。请稍后重试；编号 {request_id}。",
        "Something failed on our side and is on record. Try again later; id {request_id}.",
    ),
    503: ("busy", "系统繁忙，请几秒后重试。", "The service is busy. Try again in a few seconds."),
}
LIMIT = "grassroots.body_limit_bytes"
"""Where in its scope a request says that it may be larger than others."""
BUSY = (QueryCanceled, DeadlockDetected, LockNotAvailable)
"""The database's ways of saying that it was too much at once."""
INVALID = ("request.invalid", "请求内容有 {count} 处需要改正。", "{count} thing(s) in the request need correction.")
NOT_JSON = ("request.not_json", "请求内容不是有效的 JSON。", "The body is not valid JSON.")
REFUSED = ("conflict", "与已有记录冲突，没有改动。", "It conflicts with what is on record; nothing was changed.")

# pydantic's kind of flaw -> Chinese; English is pydantic's own sentence
FLAWS_ZH = {
    "missing": "缺少此项",
    "extra_forbidden": "不认识的字段，请删除",
    "timezone_aware": "时间必须带时区，例如 2026-11-22T10:00:00+08:00",
    "datetime_from_date_parsing": "时间格式应为 RFC 3339，例如 2026-11-22T10:00:00+08:00",
    "datetime_parsing": "时间格式应为 RFC 3339，例如 2026-11-22T10:00:00+08:00",
    "datetime_type": "时间格式应为 RFC 3339，例如 2026-11-22T10:00:00+08:00",
    "datetime_object_invalid": "时间格式应为 RFC 3339，例如 2026-11-22T10:00:00+08:00",
    "date_parsing": "日期应真实存在，并写成 2026-11-22",
    "date_from_datetime_parsing": "日期应真实存在，并写成 2026-11-22",
    "date_from_datetime_inexact": "只填日期，不带时间，例如 2026-11-22",
    "date_type": "日期应写成 2026-11-22",
    "uuid_parsing": "应为 UUID",
    "uuid_type": "应为 UUID",
    "uuid_version": "应为 UUID",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不得小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不得大于 {le}",
    "finite_number": "应为有限的数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "string_type": "应为文字",
    "string_unicode": "文字编码有误",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "至少 {min_length} 个字",
    "string_pattern_mismatch": "格式不对，或含有不允许的字符",
    "secrecy_mark": "含有密级标志“{mark}”。本系统不是涉密系统，严禁录入、存储、处理国家秘密；请改用涉密渠道。",
    "enum": "只能取：{expected}",
    "literal_error": "只能取：{expected}",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "list_type": "应为 JSON 数组",
    "tuple_type": "应为 JSON 数组",
    "dict_type": "应为 JSON 对象",
    "model_type": "应为 JSON 对象",
    "url_parsing": "应为完整的网址，例如 https://example.cn/path",
    "url_type": "应为完整的网址，例如 https://example.cn/path",
    "url_scheme": "网址只能以这些开头：{expected_schemes}",
    "url_too_long": "网址最多 {max_length} 个字符",
    "union_tag_invalid": "“{tag}”不可用，只能取：{expected_tags}",
    "union_tag_not_found": "缺少“{discriminator}”，无法判断类型",
    "refusal_has_reason": "不采纳时须写明理由，且不能同时给出图形",
    "identity_number": "工号不能用身份证号码（最小必要）；请改用单位的人员编号",
    "credit_code": "统一社会信用代码应为 18 位，且末位校验码正确",
    "contact_point_term": "任期的最后一天不得早于第一天，且最长六年",
    "visit_plan_span": "计划的结束不得早于开始，且最长 31 天",
    "placement_term": "期限的最后一天不得早于第一天，且最长六年",
    "model_attributes_type": "应为 JSON 对象",
}


CHOICES = {"expected", "expected_tags", "expected_schemes"}
UNNAMED_ZH = "格式或内容不符合要求"
"""For a kind of flaw that the table does not have yet."""


def language(request: Request) -> str:
    """`en` when the caller prefers English to Chinese, else `zh-CN`. On a page, what its reader has chosen."""
    if is_page(request):
        return language_of(request)
    wanted = []
    for part in request.headers.get("accept-language", "").lower().split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag[:2]))
        except ValueError:
            continue
    known = [tag for _, tag in sorted(wanted, key=lambda one: one[0]) if tag in {"zh", "en"}]
    return "en" if known[:1] == ["en"] else "zh-CN"


def problem(
    request: Request,
    status: int,
    code: str,
    title: str,
    facts: dict[str, Any] | None = None,
    errors: list[Flaw] = [],  # noqa: B006 - never changed
) -> Response:
    """The answer for a failure; a page when a browser asked for one."""
    body = Problem(
        type=f"urn:grassroots:problem:{code}",
        title=title,
        status=status,
        code=code,
        instance=request.url.path,
        facts=facts or {},
        errors=errors,
    )
    headers = {"Content-Language": language(request)}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "3"
    if status == HTTPStatus.TOO_MANY_REQUESTS and facts and "retry_after_s" in facts:
        headers["Retry-After"] = str(facts["retry_after_s"])
    if is_page(request):
        return failure_page(request, status, code, title, headers)
    return JSONResponse(body.model_dump(mode="json"), status, headers, media_type="application/problem+json")


def said(request: Request, status: int, texts: Texts, **facts: Any) -> Response:
    """The answer for a failure that no domain knows of."""
    code, zh, en = texts
    return problem(request, status, code, (en if language(request) == "en" else zh).format(**facts), facts)


async def _domain(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, DomainError)  # noqa: S101 - what this handler is registered for
    return problem(request, STATUS[failure.kind], failure.code, failure.sentence(language(request)), failure.facts)


async def _validation(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, RequestValidationError)  # noqa: S101 - as above
    found = failure.errors()
    if any(error["type"] == "json_invalid" for error in found):
        return said(request, 400, NOT_JSON)
    code, zh, en = INVALID
    is_english = language(request) == "en"
    flaws = [_flaw(error, is_english) for error in found[:20]]
    title = (en if is_english else zh).format(count=len(found))
    return problem(request, 422, code, title, {"count": len(found)}, flaws)


def _flaw(error: dict[str, Any], is_english: bool) -> Flaw:
    where = ".".join(str(part) for part in error["loc"])
    if is_english:
        return Flaw(where=where, what=error["msg"])
    facts = {name: _chosen(value) if name in CHOICES else value for name, value in error.get("ctx", {}).items()}
    return Flaw(where=where, what=FLAWS_ZH.get(error["type"], UNNAMED_ZH).format_map(facts))


def _chosen(listed: str) -> str:
    """Choices as a Chinese sentence lists them; pydantic joins the last with `or`."""
    return listed.replace(" or ", "、").replace(", ", "、")


async def _http(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)  # noqa: S101 - as above
    texts = FRAMEWORK.get(failure.status_code)
    if texts is None:
        code, zh, en = FRAMEWORK[400]
        return problem(request, failure.status_code, code, en if language(request) == "en" else zh)
    return too_large(request) if failure.status_code == 413 else said(request, failure.status_code, texts)


def too_large(request: Request) -> Response:
    """The answer for a body over the limit."""
    limit_bytes = request.scope.get(LIMIT, request.app.state.resources.settings.body_limit_bytes)
    return said(request, 413, FRAMEWORK[413], limit_bytes=limit_bytes)


async def _database(request: Request, failure: Exception) -> Response:
    """The database's refusal, by the name of its constraint; its time-outs as busy."""
    assert isinstance(failure, DBAPIError)  # noqa: S101 - as above
    if isinstance(failure, IntegrityError):
        name = getattr(getattr(failure.orig, "diag", None), "constraint_name", None)
        known = DomainError.by_constraint.get(name or "")
        logger.info("refused by the database", constraint=name)
        return await _domain(request, known()) if known else said(request, 409, REFUSED)
    if isinstance(failure.orig, BUSY) or failure.connection_invalidated:
        return await _busy(request, failure)
    return await _unforeseen(request, failure)


async def _busy(request: Request, failure: Exception) -> Response:
    logger.warning("busy", failure=type(failure).__name__)
    return said(request, 503, FRAMEWORK[503])


async def _unforeseen(request: Request, failure: Exception) -> Response:
    # the request's own line tells the path, without a private link; its id joins the two
    request_id = request.scope.get("request_id", "")
    logger.error("failed", exc_info=failure, request_id=request_id)
    answer = said(request, 500, FRAMEWORK[500], request_id=request_id)
    # this one is sent from outside all middleware
    hardened = request.app.state.hardened.added_to(request.url.path, 500, answer.raw_headers)
    answer.raw_headers = [*hardened, (b"x-request-id", request_id.encode())]
    return answer


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    for busy in (*BUSY, PoolTimeout, PoolExhausted):
        app.add_exception_handler(busy, _busy)
    app.add_exception_handler(Exception, _unforeseen)


PROBLEM_ANSWER: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, **PROBLEM_ANSWER}
    for status, text in {
        400: "The request cannot be read.",
        401: "Not signed in.",
        403: "Seen, but not permitted.",
        404: "There is none, or it may not be seen.",
        405: "Not for this method.",
        409: "It conflicts with what is on record.",
        412: "It has changed since it was read.",
        413: "The body is too large.",
        422: "Something in the request is wrong; `errors` says where.",
        428: "If-Match is missing.",
        429: "RequestModel too often, or tried too many passwords; `Retry-After` says when to try again.",
        503: "Busy; try again in a few seconds.",
    }.items()
}
"""The failures every endpoint declares."""
