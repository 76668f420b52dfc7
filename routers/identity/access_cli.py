"""`grassroots permissions`: the table of rights, committed as `tests/identity/access/permissions.md`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from schemas.identity.organisations import Role
from service.identity.access.links import LINKS
from service.identity.access.permissions import CLIENT_PERMISSIONS, EVERY_CLIENT, EVERYBODY, ROLES, Permission, Reach
from service.identity.access.roles import CLIENT_PURPOSES, ROLE_DEFINITIONS, Duty

COMMITTED = Path(__file__).parent.parent.parent / "tests" / "identity" / "access" / "permissions.md"
REACHES = {
    Reach.OWN: "本人的 own records",
    Reach.LEADER: "所联络领导的 records of one leader",
    Reach.ORGANISATION: "本组织 own organisation",
    Reach.SUBTREE: "本组织及下级 own organisation and below",
    Reach.JURISDICTION: "全辖区 whole jurisdiction",
}
DUTIES = {
    Duty.SYSTEM: "系统管理 system",
    Duty.SECURITY: "安全管理 security",
    Duty.AUDIT: "审计管理 audit",
    Duty.BUSINESS: "业务 business",
}
HEAD = """# 权限表 · Who may do what

由 `service/identity/access/` 下 `permissions.py`、`roles.py` 生成（`grassroots permissions --write`），
权利随任职开始和结束。
Generated from `permissions.py` and `roles.py` of `service/identity/access`. A right begins and ends with its posting.

- 不同职责的角色同一人同一时间不得兼任（数据库强制）；没有职责的角色可与任何角色兼任。
  Nobody holds roles of two different duties at the same time (the database enforces it). A role without a duty may be
  held together with any other.
- 任职由“可授予”该角色的管理员给出和结束，任何人不得给自己任职。
  An administrator who may grant a role also ends postings with it. Nobody grants a posting to himself or herself.
"""


def permissions(
    write: Annotated[bool, typer.Option("--write", help="Write tests/identity/access/permissions.md instead.")] = False,
) -> None:
    """Print the permissions and the reach of each role, where roles fit and which exclude each other."""
    if write:
        COMMITTED.write_text(permissions_markdown())
        print(f"{COMMITTED.name}: written")
    else:
        print(permissions_markdown(), end="")


def permissions_markdown() -> str:
    """The table of rights as Markdown."""
    return "\n".join([HEAD, *_roles(), "", *_everybody(), "", *_role_permissions(), "", *_links()]) + "\n"


def _roles() -> Iterator[str]:
    yield "## 角色 · Roles\n"
    yield "| 角色 role | 职责 duty | 可设在 fits | 可授予 may grant |"
    yield "| --- | --- | --- | --- |"
    for role, definition in ROLE_DEFINITIONS.items():
        fits = ", ".join(sorted(f"{family.value}/{kind.value}" for family, kind in definition.fits))
        may_grant = ", ".join(other.value for other in Role if other in definition.may_grant) or "–"
        duty = DUTIES[definition.duty] if definition.duty else "–"
        yield f"| {role.zh} `{role.value}` | {duty} | {fits} | {may_grant} |"


def _everybody() -> Iterator[str]:
    yield "## 每位登录人员；代表组织的系统 · Every signed-in person; service clients of an organisation\n"
    clients = {f"{purpose.zh} `{key.value}`": CLIENT_PERMISSIONS[key] for key, purpose in CLIENT_PURPOSES.items()}
    yield f"| 权限 permission | 每人 every person | {' | '.join(clients)} |"
    yield f"| --- | --- |{' --- |' * len(clients)}"
    for permission in Permission:
        columns = [EVERYBODY, *(EVERY_CLIENT | extra for extra in clients.values())]
        reaches = [grants.get(permission) for grants in columns]
        if any(reaches):
            cells = [REACHES[reach] if reach else "–" for reach in reaches]
            yield f"| `{permission.value}` | {' | '.join(cells)} |"


def _links() -> Iterator[str]:
    yield "## 组织联系另给 · Permissions granted by links between organisations\n"
    yield "在起点组织任职的人，其角色对下级有的这些权限，及于终点组织及其下级；只借给起点一方，不及起点的上级和下级，"
    yield "不传递，随联系结束。"
    yield "For persons posted in the `from` organisation: a permission listed here that their role holds for"
    yield "organisations below also reaches the `to` organisation and those below it. It does not work in the other"
    yield "direction, nor for persons posted above or below, nor over two links. It ends with the link.\n"
    yield "| 联系 link | 权限 permissions | 举报互相回避 conflict of interest |"
    yield "| --- | --- | --- |"
    for kind, meaning in LINKS.items():
        granted = ", ".join(f"`{grant.value}`" for grant in Permission if grant in meaning.grants) or "–"
        yield f"| {kind.zh} `{kind.value}` | {granted} | {'是 yes' if meaning.is_conflict_of_interest else '–'} |"


def _role_permissions() -> Iterator[str]:
    yield "## 各角色另有 · Permissions of each role\n"
    yield "| 权限 permission | 范围 reach | 角色 roles |"
    yield "| --- | --- | --- |"
    for permission in Permission:
        for reach, text in REACHES.items():
            roles = [role.zh for role, grants in ROLES.items() if grants.get(permission) is reach]
            if roles:
                yield f"| `{permission.value}` | {text} | {', '.join(roles)} |"
