"""Failures of webhook endpoints."""

from service.foundation.errors import DomainError, Kind


class EndpointNotFound(DomainError):
    """There is no endpoint {endpoint_id}."""

    kind, code = Kind.NOT_FOUND, "endpoint.not_found"
    zh = "没有找到回调地址 {endpoint_id}。"


class UrlNotHttps(DomainError):
    """The address must use https. Plain http is for subnets that the system administrator has allowed."""

    kind, code = Kind.INVALID, "endpoint.url_not_https"
    zh = "回调地址必须使用 https。内网地址需由系统管理员列入允许网段后才可使用 http。"


class UrlWithSignIn(DomainError):
    """The address must not contain a user name or password. Verify the signature instead."""

    kind, code = Kind.INVALID, "endpoint.url_with_sign_in"
    zh = "回调地址中不能带用户名或密码。请改用签名来核验消息。"


class AddressNotAllowed(DomainError):
    """{address} is neither public nor in an allowed subnet. Ask the system administrator if you need it."""

    kind, code = Kind.INVALID, "endpoint.address_not_allowed"
    zh = "地址 {address} 不是公网地址，也不在允许的网段内。如确需使用，请联系系统管理员。"


class EventNotOutward(DomainError):
    """{refused} cannot be subscribed to. These can: {outward}."""

    kind, code = Kind.INVALID, "endpoint.event_not_outward"
    zh = "事件 {refused} 不对外推送。可订阅的事件：{outward}。"


class TooManySecrets(DomainError):
    """There are {limit} live secrets. Wait until old ones expire (24 h) before adding another."""

    kind, code = Kind.CONFLICT, "endpoint.too_many_secrets"
    zh = "有效密钥已达 {limit} 个。请等旧密钥到期（24 小时）后再添加。"


class ReplayUnbounded(DomainError):
    """Say which deliveries to send again, or from when until when."""

    kind, code = Kind.INVALID, "endpoint.replay_unbounded"
    zh = "请指明要重发的投递编号，或起止时间。"


class ReplayTooLarge(DomainError):
    """This would send more than {limit} deliveries again. Shorten the stretch of time."""

    kind, code = Kind.INVALID, "endpoint.replay_too_large"
    zh = "要重发的投递超过 {limit} 条。请缩短时间范围，分几次重发。"
