"""Errors of webhook endpoints."""

from service.foundation.errors import DomainError, Kind


class EndpointNotFound(DomainError):
    """There is no such endpoint, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "endpoint.not_found"
    zh = "没有找到这个回调地址，或者您没有查看的权限。请返回列表核对。"


class UrlNotHttps(DomainError):
    """The address must be an encrypted one (https). For a plain address inside your network,
    ask the system administrator to allow its subnet first.
    """

    kind, code = Kind.INVALID, "endpoint.url_not_https"
    zh = "回调地址必须是加密的网址（以 https 开头）。确需使用内网明文地址的，请系统管理员先列入允许网段。"


class UrlWithSignIn(DomainError):
    """The address must not contain a user name or password. Verify messages by their signature instead."""

    kind, code = Kind.INVALID, "endpoint.url_with_sign_in"
    zh = "回调地址中不能带用户名或密码。请改用签名来核验消息。"


class AddressNotAllowed(DomainError):
    """{address} is neither public nor in an allowed subnet. Ask the system administrator if you need it."""

    kind, code = Kind.INVALID, "endpoint.address_not_allowed"
    zh = "地址 {address} 不是公网地址，也不在允许的网段内。如确需使用，请联系系统管理员。"


class EventNotOutward(DomainError):
    """These events cannot be subscribed to: {refused}. Choose from: {outward}."""

    kind, code = Kind.INVALID, "endpoint.event_not_outward"
    zh = "这些事件不对外推送：{refused}。请从可订阅的事件中选择：{outward}。"


class TooManySecrets(DomainError):
    """There are already {limit} valid secrets. Wait until old ones expire (24 hours), then add another."""

    kind, code = Kind.CONFLICT, "endpoint.too_many_secrets"
    zh = "有效密钥已达 {limit} 个。请等旧密钥到期（24 小时）后再添加。"


class ReplayUnbounded(DomainError):
    """It is not clear which deliveries to send again. List their ids, or give a start and an end time."""

    kind, code = Kind.INVALID, "endpoint.replay_unbounded"
    zh = "请指明要重发的投递，或起止时间。"


class ReplayTooLarge(DomainError):
    """This would send more than {limit} deliveries again. Choose a shorter time range and
    replay in several requests.
    """

    kind, code = Kind.INVALID, "endpoint.replay_too_large"
    zh = "要重发的投递超过 {limit} 条。请缩短时间范围，分几次重发。"
