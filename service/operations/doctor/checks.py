"""What production must not start with: one table of checks, each a decision on plain values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network

from service.operations.doctor.facts import Facts

SKEW_LIMIT_S = 5.0
TIMEOUT_LIMIT_MS = 10_000
TOKEN_LIMIT_S = 3_600
WORKER_SILENT = timedelta(minutes=2)
WIDEST = {4: 8, 6: 16}
"""The widest private network that may be allowed to receivers, by family, as bits of its prefix."""
OWN_NETWORKS = tuple(map(ip_network, ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")))
"""This machine itself, and where clouds keep their secrets."""


@dataclass(frozen=True)
class Check:
    """`found` says what is wrong, or None; the sentences say what to do. `stops`: production does not start with it."""

    word: str
    stops: bool
    found: Callable[[Facts], str | None]
    zh: str
    en: str


@dataclass(frozen=True)
class Finding:
    """A check that found something."""

    word: str
    stops: bool
    zh: str
    en: str


def examine(facts: Facts) -> Iterator[Finding]:
    """What is wrong, in the order of the table."""
    for check in CHECKS:
        found = check.found(facts)
        if found is not None:
            yield Finding(check.word, check.stops, check.zh.format(found=found), check.en.format(found=found))


def _listed(found: tuple[str, ...]) -> str | None:
    return ", ".join(found) or None


def _when(is_wrong: bool, found: str = "") -> str | None:
    return found if is_wrong else None


def _unknown_variables(facts: Facts) -> str | None:
    said = []
    for name in sorted(facts.environ):
        if name.startswith("GRASSROOTS_") and name not in facts.known_variables:
            near = get_close_matches(name, facts.known_variables, 1)
            said.append(f"{name} (→ {near[0]}?)" if near else name)
    return _listed(tuple(said))


def _wide_subnets(facts: Facts) -> str | None:
    settings = facts.settings
    subnets = (*settings.webhook_allowed_subnets, *settings.sign_in_allowed_subnets)
    return _listed(tuple(str(one) for one in subnets if _is_too_wide(one)))


def _is_too_wide(subnet: IPv4Network | IPv6Network) -> bool:
    return subnet.prefixlen < WIDEST[subnet.version] or any(subnet.overlaps(own) for own in OWN_NETWORKS)


def _speech_networks(facts: Facts) -> str | None:
    """It may live on this very machine, since no stranger names it; but voices must not go just anywhere."""
    settings = facts.settings
    if settings.transcription and not settings.transcription_allowed_subnets:
        return "no networks"
    return _listed(
        tuple(str(one) for one in settings.transcription_allowed_subnets if one.prefixlen < WIDEST[one.version])
    )


def _believed_by_all(facts: Facts) -> str | None:
    """Entries of FORWARDED_ALLOW_IPS that many could come from; the server takes addresses and networks."""
    entries = [one.strip() for one in facts.environ.get("FORWARDED_ALLOW_IPS", "").split(",")]
    return _listed(tuple(one for one in entries if one == "*" or ("/" in one and _is_wide_network(one))))


def _is_wide_network(entry: str) -> bool:
    try:
        network = ip_network(entry, strict=False)
    except ValueError:
        return False
    return network.prefixlen < WIDEST[network.version]


def _version(facts: Facts) -> str | None:
    """A version this release does not know is a newer one, which it suits."""
    if facts.database.unreachable or facts.newest is None:
        return None
    version = facts.database.version
    return _when(version is None or (version in facts.known_versions and version != facts.newest), version or "–")


def _worker(facts: Facts) -> str | None:
    seen = facts.database.worker_seen_at
    if facts.database.unreachable:
        return None
    return _when(seen is None or seen < facts.now - WORKER_SILENT, f"{seen:%Y-%m-%d %H:%M} UTC" if seen else "–")


CHECKS: tuple[Check, ...] = (
    Check(
        "environment",
        True,
        lambda facts: _when(facts.settings.environment == "development"),
        "GRASSROOTS_ENVIRONMENT 为 development：演示账号、任意主机名和 http 回调都被允许。请删除此变量。",
        "GRASSROOTS_ENVIRONMENT is development: demo accounts, any host name and http receivers are let in. Unset it.",
    ),
    Check(
        "variables",
        True,
        _unknown_variables,
        "不认识的环境变量：{found}。很可能是笔误，其设置没有生效。请改正或删除。",
        "Unknown variables: {found}. Probably typing errors, whose settings have no effect. Correct or remove them.",
    ),
    Check(
        "public_url",
        True,
        lambda facts: _when(not facts.settings.is_https, facts.settings.public_url),
        "GRASSROOTS_PUBLIC_URL 不是 https：{found}。请填写网关的 https 地址。",
        "GRASSROOTS_PUBLIC_URL is not https: {found}. Say the https address of your gateway.",
    ),
    Check(
        "forwarded",
        True,
        _believed_by_all,
        "FORWARDED_ALLOW_IPS 过宽（{found}）：任何人都可以冒充任何地址。请填写网关的地址。",
        "FORWARDED_ALLOW_IPS is too wide ({found}): anybody may pass for any address. Say your gateway's address.",
    ),
    Check(
        "gateway",
        False,
        lambda facts: _when(facts.settings.is_https and not facts.environ.get("FORWARDED_ALLOW_IPS")),
        "FORWARDED_ALLOW_IPS 未设置：按地址的限制会把网关后面的所有人算作一人。请填写网关的地址。",
        "FORWARDED_ALLOW_IPS is not set: limits per address take all behind your gateway for one. Say its address.",
    ),
    Check(
        "subnets",
        True,
        _wide_subnets,
        "GRASSROOTS_WEBHOOK_ALLOWED_SUBNETS 或 GRASSROOTS_SIGN_IN_ALLOWED_SUBNETS 过宽或包含本机：{found}。"
        "请只列出对方所在的网段。",
        "GRASSROOTS_WEBHOOK_ALLOWED_SUBNETS or GRASSROOTS_SIGN_IN_ALLOWED_SUBNETS is too wide or reaches this machine:"
        " {found}. List the networks of those who are called.",
    ),
    Check(
        "sign_in_providers",
        True,
        lambda facts: facts.providers_unusable,
        "登录方式的设置不可用：{found}。请按 service/identity/auth/adapters/configured.py 改正。",
        "The ways to sign in cannot be used as set: {found}."
        " Correct them by service/identity/auth/adapters/configured.py.",
    ),
    Check(
        "speech_server",
        True,
        lambda facts: facts.speech_server_unusable or _speech_networks(facts),
        "语音转文字的设置不可用：{found}。请检查 GRASSROOTS_TRANSCRIPTION，"
        "并在 GRASSROOTS_TRANSCRIPTION_ALLOWED_SUBNETS 里只写语音服务所在的网段。",
        "Voice to text cannot be used as set: {found}. Check GRASSROOTS_TRANSCRIPTION, and list only the networks of"
        " the speech server in GRASSROOTS_TRANSCRIPTION_ALLOWED_SUBNETS.",
    ),
    Check(
        "hosts",
        True,
        lambda facts: _when("*" in "".join(facts.settings.allowed_hosts)),
        "GRASSROOTS_ALLOWED_HOSTS 含有 *。请写出完整的主机名。",
        "GRASSROOTS_ALLOWED_HOSTS has a *. Write out the host names.",
    ),
    Check(
        "token_life",
        True,
        lambda facts: _when(facts.settings.access_token_s > TOKEN_LIMIT_S, str(facts.settings.access_token_s)),
        "访问令牌有效期 {found} 秒，过长：权限收回后仍可使用。请设为 3600 秒以内（默认 600）。",
        "Access tokens live {found} s, so they outlive what was withdrawn. Set at most 3600 s (600 by default).",
    ),
    Check(
        "statement_timeout",
        True,
        lambda facts: _when(
            not 0 < facts.settings.statement_timeout_ms <= TIMEOUT_LIMIT_MS, str(facts.settings.statement_timeout_ms)
        ),
        "GRASSROOTS_STATEMENT_TIMEOUT_MS = {found}：长事务会阻塞所有人的事件流。请设为 1 至 10000（默认 2000）。",
        "GRASSROOTS_STATEMENT_TIMEOUT_MS = {found}: a long transaction holds up everybody's feed. Set 1 to 10000.",
    ),
    Check(
        "keys",
        True,
        lambda facts: facts.keys.unusable,
        "密钥不可用：{found}。请运行 grassroots keys create --directory …，并单独备份。",
        "Keys cannot be used: {found}. Run grassroots keys create --directory …, and back them up apart.",
    ),
    Check(
        "keys_mode",
        True,
        lambda facts: _when(facts.keys.is_open),
        "密钥目录可被其他用户写入。请运行 chmod 700。",
        "Others may write to the folder of keys. Run chmod 700 on it.",
    ),
    Check(
        "key_files",
        True,
        lambda facts: _listed(facts.keys.open_files),
        "密钥文件可被其他用户读取：{found}。请运行 chmod 600；如曾在共享机器上，请更换密钥。",
        "Others may read key files: {found}. Run chmod 600 on them; renew them if the machine was shared.",
    ),
    Check(
        "seals",
        True,
        lambda facts: _when(facts.settings.seal_directory is None),
        "GRASSROOTS_SEAL_DIRECTORY 未设置：封存链没有外部锚点，数据库管理员改动无法发现。请指向本机以外的存储。",
        "GRASSROOTS_SEAL_DIRECTORY is not set: without an anchor outside, the chains stop no database administrator."
        " Point it to storage outside this machine.",
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
        lambda facts: _when(
            facts.database.is_superuser or facts.database.passes_locks or facts.database.may_create, facts.database.role
        ),
        "数据库角色 {found} 是超级用户，或可绕过行级安全、创建角色或数据库。请改用 grassroots_service。",
        "The database role {found} is a superuser, or passes row-level security, or creates roles or databases."
        " Use grassroots_service.",
    ),
    Check(
        "append_only",
        True,
        lambda facts: _listed(facts.database.changeable),
        "服务的数据库角色可以改动或读取不该触碰的表：{found}。DATABASE_URL 请使用 grassroots_service，不要用所有者。",
        "The service's database role may change, or read, what it must not: {found}. Let DATABASE_URL name"
        " grassroots_service, not the owner.",
    ),
    Check(
        "durability",
        True,
        lambda facts: _when(not facts.database.is_durable),
        "数据库的 fsync、full_page_writes 或 synchronous_commit 已关闭，断电会丢失已答复的数据。请全部打开。",
        "The database runs with fsync, full_page_writes or synchronous_commit off: a power cut loses what was answered."
        " Turn them on.",
    ),
    Check(
        "clock",
        True,
        lambda facts: _when(abs(facts.database.skew_s) > SKEW_LIMIT_S, f"{facts.database.skew_s:+.1f}"),
        "数据库时钟与本机相差 {found} 秒。请让两台机器与同一时间源同步。",
        "The database's clock differs from ours by {found} s. Synchronise both with one source of time.",
    ),
    Check(
        "partitions",
        True,
        lambda facts: _listed(facts.database.without_partition),
        "以下表缺少当前或下月的分区：{found}。请运行 grassroots migrate 补建，并检查工作进程。",
        "Partitions of now or next month are missing: {found}. Run grassroots migrate, and look after the worker.",
    ),
    Check(
        "demo",
        True,
        lambda facts: _listed(facts.database.demo_logins),
        "数据库中有演示账号：{found}。请使用新的数据库。",
        "The database has demo accounts: {found}. Begin with a database of its own.",
    ),
    Check(
        "database_tls",
        False,
        lambda facts: _when(not facts.database.is_encrypted),
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
