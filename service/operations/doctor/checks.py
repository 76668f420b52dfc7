"""The checks of the doctor: one table, each check a decision on plain values.

Checks that belong to a domain are declared in its manifest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from service.foundation.manifest.checks import WIDEST, RowsCheck, SettingsCheck
from service.foundation.manifest.manifest import Domains
from service.operations.doctor.facts import Facts

SKEW_LIMIT_S = 5.0
TIMEOUT_LIMIT_MS = 10_000
TOKEN_LIMIT_S = 3_600
WORKER_SILENT = timedelta(minutes=2)
OWN_NETWORKS = tuple(map(ip_network, ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")))
"""This machine, and the addresses where cloud platforms serve credentials."""


@dataclass(frozen=True)
class Check:
    """One check of the doctor; the sentences say what to do."""

    word: str
    stops: bool
    """Production refuses to start while the check fails."""
    detect: Callable[[Facts], str | None]
    """Return None if all is well, otherwise the value that fills `{found}` in the sentences."""
    zh: str
    en: str


@dataclass(frozen=True)
class Finding:
    """A failed check with its sentences filled in."""

    word: str
    stops: bool
    zh: str
    en: str


def examine(facts: Facts, domains: Domains) -> Iterator[Finding]:
    """Yield the failed checks: first those of the table below, then those of the domains."""
    for check in (*CHECKS, *domain_checks(domains)):
        value = check.detect(facts)
        if value is not None:
            yield Finding(check.word, check.stops, check.zh.format(found=value), check.en.format(found=value))


def domain_checks(domains: Domains) -> Iterator[Check]:
    """The checks that the manifests of domains declare."""
    for check in domains.settings_checks:
        yield Check(check.word, check.stops, partial(_check_settings, check), check.zh, check.en)
    for rows_check in domains.rows_checks:
        yield Check(rows_check.word, rows_check.stops, partial(_check_rows, rows_check), rows_check.zh, rows_check.en)


def _check_settings(check: SettingsCheck, facts: Facts) -> str | None:
    return check.find(facts.settings)


def _check_rows(check: RowsCheck, facts: Facts) -> str | None:
    return _join(facts.database.rows.get(check.word, ()))


def _join(values: tuple[str, ...]) -> str | None:
    return ", ".join(values) or None


def _value_if(is_wrong: bool, value: str = "") -> str | None:
    return value if is_wrong else None


def _unknown_variables(facts: Facts) -> str | None:
    names = []
    for name in sorted(facts.environ):
        if name.startswith("GRASSROOTS_") and name not in facts.known_variables:
            similar = get_close_matches(name, facts.known_variables, 1)
            names.append(f"{name} (→ {similar[0]}?)" if similar else name)
    return _join(tuple(names))


def _wide_subnets(facts: Facts) -> str | None:
    settings = facts.settings
    subnets = (*settings.webhook_allowed_subnets, *settings.sign_in_allowed_subnets)
    return _join(tuple(str(subnet) for subnet in subnets if _is_too_wide(subnet)))


def _is_too_wide(subnet: IPv4Network | IPv6Network) -> bool:
    return subnet.prefixlen < WIDEST[subnet.version] or any(subnet.overlaps(own) for own in OWN_NETWORKS)


def _wide_proxies(facts: Facts) -> str | None:
    """Entries of FORWARDED_ALLOW_IPS that cover many machines; the server accepts addresses and networks."""
    entries = [entry.strip() for entry in facts.environ.get("FORWARDED_ALLOW_IPS", "").split(",")]
    return _join(tuple(entry for entry in entries if entry == "*" or ("/" in entry and _is_wide_network(entry))))


def _is_wide_network(entry: str) -> bool:
    try:
        network = ip_network(entry, strict=False)
    except ValueError:
        return False
    return network.prefixlen < WIDEST[network.version]


def _version(facts: Facts) -> str | None:
    """The version, if it is behind this release. An unknown version is newer, and a newer one is accepted."""
    if facts.database.unreachable or facts.newest is None:
        return None
    version = facts.database.version
    return _value_if(version is None or (version in facts.known_versions and version != facts.newest), version or "–")


def _worker(facts: Facts) -> str | None:
    seen_at = facts.database.worker_seen_at
    if facts.database.unreachable:
        return None
    return _value_if(
        seen_at is None or seen_at < facts.now - WORKER_SILENT, f"{seen_at:%Y-%m-%d %H:%M} UTC" if seen_at else "–"
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "environment",
        True,
        lambda facts: _value_if(facts.settings.environment == "development"),
        "GRASSROOTS_ENVIRONMENT 为 development：演示账号、任意主机名和 http 回调都被允许。请删除此变量。",
        "GRASSROOTS_ENVIRONMENT is development: demo accounts, any host name and http receivers are allowed. Unset it.",
    ),
    Check(
        "variables",
        True,
        _unknown_variables,
        "不认识的环境变量：{found}。很可能是笔误，其设置没有生效。请改正或删除。",
        "Unknown variables: {found}. They are probably misspelt and have no effect. Correct or remove them.",
    ),
    Check(
        "public_url",
        True,
        lambda facts: _value_if(not facts.settings.is_https, facts.settings.public_url),
        "GRASSROOTS_PUBLIC_URL 不是 https：{found}。请填写网关的 https 地址。",
        "GRASSROOTS_PUBLIC_URL is not https: {found}. Set it to the https address of your gateway.",
    ),
    Check(
        "forwarded",
        True,
        _wide_proxies,
        "FORWARDED_ALLOW_IPS 过宽（{found}）：任何人都可以冒充任何地址。请填写网关的地址。",
        "FORWARDED_ALLOW_IPS is too wide ({found}): anyone can fake a client address. Set your gateway's address.",
    ),
    Check(
        "gateway",
        False,
        lambda facts: _value_if(facts.settings.is_https and not facts.environ.get("FORWARDED_ALLOW_IPS")),
        "FORWARDED_ALLOW_IPS 未设置：按地址的限制会把网关后面的所有人算作一人。请填写网关的地址。",
        "FORWARDED_ALLOW_IPS is not set: limits per address count all clients of your gateway as one. Set its address.",
    ),
    Check(
        "subnets",
        True,
        _wide_subnets,
        "GRASSROOTS_WEBHOOK_ALLOWED_SUBNETS 或 GRASSROOTS_SIGN_IN_ALLOWED_SUBNETS 过宽或包含本机：{found}。"
        "请只列出对方所在的网段。",
        "GRASSROOTS_WEBHOOK_ALLOWED_SUBNETS or GRASSROOTS_SIGN_IN_ALLOWED_SUBNETS is too wide or reaches this machine:"
        " {found}. List only the networks of the receivers.",
    ),
    Check(
        "hosts",
        True,
        lambda facts: _value_if("*" in "".join(facts.settings.allowed_hosts)),
        "GRASSROOTS_ALLOWED_HOSTS 含有 *。请写出完整的主机名。",
        "GRASSROOTS_ALLOWED_HOSTS contains *. List the full host names.",
    ),
    Check(
        "token_life",
        True,
        lambda facts: _value_if(facts.settings.access_token_s > TOKEN_LIMIT_S, str(facts.settings.access_token_s)),
        "访问令牌有效期 {found} 秒，过长：权限收回后仍可使用。请设为 3600 秒以内（默认 600）。",
        "Access tokens are valid for {found} s, too long after a right is withdrawn. Set at most 3600 s (default 600).",
    ),
    Check(
        "statement_timeout",
        True,
        lambda facts: _value_if(
            not 0 < facts.settings.statement_timeout_ms <= TIMEOUT_LIMIT_MS, str(facts.settings.statement_timeout_ms)
        ),
        "GRASSROOTS_STATEMENT_TIMEOUT_MS = {found}：长事务会阻塞所有人的事件流。请设为 1 至 10000（默认 2000）。",
        "GRASSROOTS_STATEMENT_TIMEOUT_MS = {found}: a long transaction delays the whole feed. Set 1 to 10000.",
    ),
    Check(
        "keys",
        True,
        lambda facts: facts.keys.unusable,
        "密钥不可用：{found}。请运行 grassroots keys create --directory …，并单独备份。",
        "The keys cannot be used: {found}. Run grassroots keys create --directory …, and back them up separately.",
    ),
    Check(
        "keys_mode",
        True,
        lambda facts: _value_if(facts.keys.is_open),
        "密钥目录可被其他用户写入。请运行 chmod 700。",
        "Other users may write to the keys folder. Run chmod 700 on it.",
    ),
    Check(
        "key_files",
        True,
        lambda facts: _join(facts.keys.open_files),
        "密钥文件可被其他用户读取：{found}。请运行 chmod 600；如曾在共享机器上，请更换密钥。",
        "Other users may read key files: {found}. Run chmod 600; replace the keys if the machine was shared.",
    ),
    Check(
        "chains",
        True,
        lambda facts: _value_if(facts.settings.chain_head_directory is None),
        "GRASSROOTS_CHAIN_HEAD_DIRECTORY 未设置：链头没有存到本机以外，数据库管理员改动无法发现。请指向外部存储。",
        "GRASSROOTS_CHAIN_HEAD_DIRECTORY is not set: without exported heads, a change by a database administrator stays"
        " undetected. Point it to storage outside this machine.",
    ),
    Check(
        "database",
        True,
        lambda facts: facts.database.unreachable,
        "数据库无法连接（{found}）。请检查 DATABASE_URL 和网络。",
        "The database cannot be reached ({found}). Check DATABASE_URL and the network.",
    ),
    Check(
        "version",
        True,
        _version,
        "数据库版本 {found} 落后于本程序。请运行 grassroots migrate。",
        "The database is at version {found}, behind this release. Run grassroots migrate.",
    ),
    Check(
        "role",
        True,
        lambda facts: _value_if(
            facts.database.is_superuser or facts.database.bypasses_rls or facts.database.may_create, facts.database.role
        ),
        "数据库角色 {found} 是超级用户，或可绕过行级安全、创建角色或数据库。请改用 grassroots_service。",
        "The database role {found} is a superuser, or bypasses row-level security, or may create roles or databases."
        " Use grassroots_service.",
    ),
    Check(
        "append_only",
        True,
        lambda facts: _join(facts.database.changeable),
        "服务的数据库角色可以改动或读取不该触碰的表：{found}。DATABASE_URL 请使用 grassroots_service，不要用所有者。",
        "The service's database role may change or read tables that it must not: {found}. Use"
        " grassroots_service in DATABASE_URL, not the owner.",
    ),
    Check(
        "durability",
        True,
        lambda facts: _value_if(not facts.database.is_durable),
        "数据库的 fsync、full_page_writes 或 synchronous_commit 已关闭，断电会丢失已答复的数据。请全部打开。",
        "The database runs with fsync, full_page_writes or synchronous_commit off: a power cut loses committed data."
        " Turn them on.",
    ),
    Check(
        "clock",
        True,
        lambda facts: _value_if(abs(facts.database.skew_s) > SKEW_LIMIT_S, f"{facts.database.skew_s:+.1f}"),
        "数据库时钟与本机相差 {found} 秒。请让两台机器与同一时间源同步。",
        "The database's clock differs from this machine's by {found} s. Synchronise both with the same time source.",
    ),
    Check(
        "partitions",
        True,
        lambda facts: _join(facts.database.without_partition),
        "以下表缺少当前或下月的分区：{found}。请运行 grassroots migrate 补建，并检查工作进程。",
        "Partitions of this or next month are missing: {found}. Run grassroots migrate and check the worker.",
    ),
    Check(
        "database_tls",
        False,
        lambda facts: _value_if(not facts.database.is_encrypted),
        "与数据库的连接未加密。请在 DATABASE_URL 中加 sslmode=verify-full。",
        "The connection to the database is not encrypted. Add sslmode=verify-full to DATABASE_URL.",
    ),
    Check(
        "worker",
        False,
        _worker,
        "没有工作进程在运行（最后一次：{found}）：事件流、回调和定时任务都会停下。请启动 grassroots worker。",
        "No worker is running (last seen: {found}): no feed, no webhooks, no timers. Start grassroots worker.",
    ),
)
