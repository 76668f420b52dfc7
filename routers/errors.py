"""Convert errors to responses (RFC 9457, in the language of the request).

This is the only file with status codes of errors. The kind of a `DomainError` decides its status (`STATUS`). Errors of
HTTP itself, here or in `routers/middleware/`, are `ProtocolError`s of this file.
"""

from dataclasses import dataclass, replace
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

from routers.pages.shell import PageFailure, is_page, language_of
from routers.pages.shell import failure as failure_page
from schemas.foundation.common import NO_NUL, FieldError, ProblemDetails
from schemas.identity.devices import REFRESH_TOKEN
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


@dataclass(frozen=True)
class ProtocolError:
    """An error outside the domains: a request refused before its endpoint, or a failure of the service."""

    status: int
    code: str
    zh: str
    en: str


MALFORMED = ProtocolError(
    400,
    "request.malformed",
    "提交的内容无法读取，可能没有传完整。请重新提交。",
    "The content cannot be read. Send it completely and in UTF-8.",
)
NOT_JSON = ProtocolError(
    400,
    "request.not_json",
    "提交的内容格式有误，无法读取。请重新提交。",
    "The content is not valid JSON. Correct it and send it again.",
)
TOO_DEEP = ProtocolError(
    400,
    "request.too_deep",
    "提交的内容嵌套过深，最多 {limit} 层。请减少层数。",
    "The content is nested too deeply; at most {limit} levels are allowed. Use fewer levels.",
)
NAME_TWICE = ProtocolError(
    400,
    "request.name_twice",
    "“{name}”填写了两次。请只保留一个。",
    "{name} is given twice. Keep one.",
)
HOST_UNKNOWN = ProtocolError(
    400,
    "request.host_unknown",
    "本系统不使用这个网址。请核对地址。",
    "This system does not use that address. Check the address.",
)
NOT_FOUND = ProtocolError(
    404,
    "not_found",
    "没有找到。请核对地址，或返回上一页。",
    "Not found. Check the address, or go back.",
)
METHOD_NOT_ALLOWED = ProtocolError(
    405,
    "request.method_not_allowed",
    "这里不能这样操作。请返回上一页。",
    "This cannot be done here. Go back to the previous page.",
)
REFUSED = ProtocolError(
    409,
    "conflict",
    "与已有记录冲突，没有改动。请查看已有记录后再提交。",
    "It conflicts with an existing record; nothing was changed. Check that record, then send again.",
)
TOO_LARGE = ProtocolError(
    413,
    "request.too_large",
    "提交的内容过大，上限 {limit_bytes} 字节。请减少内容，或分几次提交。",
    "The content is too large; at most {limit_bytes} bytes are allowed. Send less, or send it in parts.",
)
ADDRESS_TOO_LONG = ProtocolError(
    414,
    "request.address_too_long",
    "地址过长，上限 {limit_bytes} 字节。请缩短筛选条件。",
    "The address is too long; at most {limit_bytes} bytes are allowed. Use fewer filters.",
)
INVALID = ProtocolError(
    422,
    "request.invalid",
    "提交的内容有 {count} 处需要改正。",
    "{count} item(s) must be corrected.",
)
HEAD_TOO_LARGE = ProtocolError(
    431,
    "request.head_too_large",
    "浏览器附带的信息过大，上限 {limit_bytes} 字节。请清除本站数据后再试。",
    "The browser sends too much extra data; at most {limit_bytes} bytes are allowed. Clear its data for this site.",
)
INTERNAL = ProtocolError(
    500,
    "internal",
    "系统出错，已记录。请稍后重试；仍不成功时，请把编号 {request_id} 告诉系统管理员。",
    "The system failed and recorded the error. Try again later; if it fails again, give an administrator {request_id}.",
)
BUSY = ProtocolError(
    503,
    "busy",
    "系统繁忙，请几秒后重试。",
    "The service is busy. Try again in a few seconds.",
)
PROTOCOL_ERRORS = tuple(error for error in globals().values() if isinstance(error, ProtocolError))
BY_STATUS = {error.status: error for error in (MALFORMED, NOT_FOUND, METHOD_NOT_ALLOWED, INTERNAL, BUSY)}
"""The errors for statuses that the framework raises as HTTPException."""
NOT_READY = BUSY.status
"""The status of `/readyz` while the service is not ready."""
LIMIT = "grassroots.body_limit_bytes"
"""The scope key for the body limit of a route with a larger limit."""
DATABASE_BUSY = (QueryCanceled, DeadlockDetected, LockNotAvailable)
"""Database errors that mean that the service is overloaded."""

# pydantic's type of error -> Chinese; the English sentence is pydantic's own
FIELD_ERRORS_ZH = {
    "missing": "缺少此项",
    "extra_forbidden": "不认识的字段或参数，请删除",
    "repeated_parameter": "这个参数填写了多次，请只保留一个",
    "timezone_aware": "时间必须带时区，例如 2026-11-22T10:00:00+08:00",
    "datetime_from_date_parsing": "时间应写明日期、时刻和时区，例如 2026-11-22T10:00:00+08:00",
    "datetime_parsing": "时间应写明日期、时刻和时区，例如 2026-11-22T10:00:00+08:00",
    "datetime_type": "时间应写明日期、时刻和时区，例如 2026-11-22T10:00:00+08:00",
    "datetime_object_invalid": "时间应写明日期、时刻和时区，例如 2026-11-22T10:00:00+08:00",
    "date_parsing": "日期应真实存在，并写成 2026-11-22",
    "date_from_datetime_parsing": "日期应真实存在，并写成 2026-11-22",
    "date_from_datetime_inexact": "只填日期，不带时间，例如 2026-11-22",
    "date_type": "日期应写成 2026-11-22",
    "uuid_parsing": "编号有误，请从列表中重新选择",
    "uuid_type": "编号有误，请从列表中重新选择",
    "uuid_version": "编号有误，请从列表中重新选择",
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
    "string_pattern_mismatch": "{form}",
    "secrecy_mark": "含有密级标志“{mark}”。本系统不是涉密系统，严禁录入、存储、处理国家秘密；请改用涉密渠道。",
    "enum": "只能取：{expected}",
    "literal_error": "只能取：{expected}",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "list_type": "应为列表，例如 [1, 2]",
    "tuple_type": "应为列表，例如 [1, 2]",
    "dict_type": "应为一组字段，每个字段写明名称和内容",
    "model_type": "应为一组字段，每个字段写明名称和内容",
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
    "model_attributes_type": "应为一组字段，每个字段写明名称和内容",
}


FORMS_ZH = {
    NO_NUL: "含有看不见的控制字符，请删去后重新输入",
    r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$": "区划代码应为 2、4、6、9 或 12 位数字，例如 320102",
    r"^[a-z][a-z0-9_]{0,31}$": "应为代码：小写字母开头，只含小写字母、数字和下划线，例如 policy_2026",
    r"^[a-z][a-z0-9_.]{0,63}$": "应为代码：小写字母开头，只含小写字母、数字、下划线和点，例如 water.supply",
    r"^[0-9]{6}$": "应为 6 位数字，例如 320102",
    r"^\+?[0-9 ()-]{5,24}$": "电话号码应为 5 至 24 位数字，座机请带区号，例如 025-83612345",
    r"^[^\s\x00-\x1f\x7f]+$": "编号中不能有空格，例如 A-1024",
    r"^([0-9]{6}|[A-Za-z2-7 -]{16,24})$": "应为 6 位动态码，例如 123456，或完整的备用码",
    REFRESH_TOKEN: "登录信息有误，请重新登录",
    r"^[0-9a-f]{64}$": "应为 64 位十六进制的校验值，请完整复制",
}
"""Pattern of a text → its Chinese description with an example. A test checks that all patterns of the API are here."""
CHOICES = {"expected", "expected_tags", "expected_schemes"}
UNNAMED_ZH = "格式或内容不符合要求，请按填写说明改正"
"""For a type of error that is not in the table yet."""
PAGE_HEADINGS = {
    403: ("您没有这项权限", "You may not do this"),
    404: ("没有找到这个页面", "There is no such page"),
    429: ("请稍等一会儿", "Please wait"),
    503: ("系统繁忙", "The service is busy"),
}
PAGE_HEADING = ("出了点问题", "Something went wrong")
"""The headings of an error page, in Chinese and English."""


def is_failure(status: int) -> bool:
    """Return whether this status is an error."""
    return status >= HTTPStatus.BAD_REQUEST


def language(request: Request) -> str:
    """Return `en` if the request prefers English to Chinese, else `zh-CN`.

    On a page the user's choice counts.
    """
    if is_page(request):
        return language_of(request)
    preferences = []
    for part in request.headers.get("accept-language", "").lower().split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            preferences.append((-float(quality or 1), tag[:2]))
        except ValueError:
            continue
    tags = [tag for _, tag in sorted(preferences, key=lambda preference: preference[0]) if tag in {"zh", "en"}]
    return "en" if tags[:1] == ["en"] else "zh-CN"


def problem_response(
    request: Request,
    status: int,
    code: str,
    title: str,
    facts: dict[str, Any] | None = None,
    errors: list[FieldError] = [],  # noqa: B006 - never changed
) -> Response:
    """Build the response for an error; a page if a browser requests one."""
    body = ProblemDetails(
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
        page_failure = PageFailure(
            status=status,
            code=code,
            sentence=title,
            heading=PAGE_HEADINGS.get(status, PAGE_HEADING),
            needs_sign_in=status == HTTPStatus.UNAUTHORIZED,
            can_try_again=status < HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        return failure_page(request, page_failure, headers)
    return JSONResponse(body.model_dump(mode="json"), status, headers, media_type="application/problem+json")


def refused(request: Request, error: ProtocolError, **facts: Any) -> Response:
    """Build the response for a protocol error."""
    sentence = error.en if language(request) == "en" else error.zh
    return problem_response(request, error.status, error.code, sentence.format(**facts), facts)


async def _domain(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, DomainError)  # noqa: S101 - what this handler is registered for
    return problem_response(
        request, STATUS[failure.kind], failure.code, failure.sentence(language(request)), failure.facts
    )


async def _validation(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, RequestValidationError)  # noqa: S101 - as above
    errors = failure.errors()
    if any(error["type"] == "json_invalid" for error in errors):
        return refused(request, NOT_JSON)
    is_english = language(request) == "en"
    title = (INVALID.en if is_english else INVALID.zh).format(count=len(errors))
    field_errors = [_field_error(error, is_english) for error in errors[:20]]
    return problem_response(request, INVALID.status, INVALID.code, title, {"count": len(errors)}, field_errors)


def _field_error(error: dict[str, Any], is_english: bool) -> FieldError:
    where = ".".join(str(part) for part in error["loc"])
    if is_english:
        return FieldError(where=where, what=error["msg"])
    facts = {name: _choices_zh(value) if name in CHOICES else value for name, value in error.get("ctx", {}).items()}
    facts["form"] = FORMS_ZH.get(facts.get("pattern", ""), UNNAMED_ZH)
    return FieldError(where=where, what=FIELD_ERRORS_ZH.get(error["type"], UNNAMED_ZH).format_map(facts))


def _choices_zh(choices: str) -> str:
    """Return the choices as a Chinese list. Pydantic joins the last two with `or`."""
    return choices.replace(" or ", "、").replace(", ", "、")


async def _http(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)  # noqa: S101 - as above
    if failure.status_code == TOO_LARGE.status:
        return too_large(request)
    error = BY_STATUS.get(failure.status_code)
    return refused(request, error or replace(MALFORMED, status=failure.status_code))


def too_large(request: Request) -> Response:
    """Build the response for a body over the limit."""
    limit_bytes = request.scope.get(LIMIT, request.app.state.resources.settings.body_limit_bytes)
    return refused(request, TOO_LARGE, limit_bytes=limit_bytes)


async def _database(request: Request, failure: Exception) -> Response:
    """Convert a database error: a violated constraint to its domain error, a timeout to `busy`."""
    assert isinstance(failure, DBAPIError)  # noqa: S101 - as above
    if isinstance(failure, IntegrityError):
        name = getattr(getattr(failure.orig, "diag", None), "constraint_name", None)
        error = DomainError.by_constraint.get(name or "")
        logger.info("refused by the database", constraint=name)
        return await _domain(request, error()) if error else refused(request, REFUSED)
    if isinstance(failure.orig, DATABASE_BUSY) or failure.connection_invalidated:
        return await _busy(request, failure)
    return await _internal(request, failure)


async def _busy(request: Request, failure: Exception) -> Response:
    logger.warning("busy", failure=type(failure).__name__)
    return refused(request, BUSY)


async def _internal(request: Request, failure: Exception) -> Response:
    # the request log line has the path, without a secret link; the request id connects the two lines
    request_id = request.scope.get("request_id", "")
    logger.error("failed", exc_info=failure, request_id=request_id)
    response = refused(request, INTERNAL, request_id=request_id)
    # this response does not pass through the middleware
    headers = request.app.state.security_headers.added_to(request.url.path, 500, response.raw_headers)
    response.raw_headers = [*headers, (b"x-request-id", request_id.encode())]
    return response


def install(app: FastAPI) -> None:
    """Register the exception handlers."""
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    for busy in (*DATABASE_BUSY, PoolTimeout, PoolExhausted):
        app.add_exception_handler(busy, _busy)
    app.add_exception_handler(Exception, _internal)


PROBLEM_RESPONSE: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, **PROBLEM_RESPONSE}
    for status, text in {
        400: "The request cannot be read.",
        401: "Not signed in.",
        403: "You may see it, but not do this.",
        404: "It does not exist, or you may not see it.",
        405: "The method is not allowed for this path.",
        409: "It conflicts with an existing record.",
        412: "The record has changed since it was read.",
        413: "The body is too large.",
        422: "The request breaks a rule; `errors` names the fields.",
        428: "If-Match is missing.",
        429: "Too many requests or failed sign-ins; `Retry-After` says how long to wait.",
        503: "Busy; try again in a few seconds.",
    }.items()
}
"""The errors that every endpoint declares."""
