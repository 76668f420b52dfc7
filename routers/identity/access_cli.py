"""`grassroots permissions`: the map of rights for an auditor, committed as `tests/identity/access/permissions.md`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from schemas.identity.organisations import Role
from service.identity.access.links import LINKS
from service.identity.access.permissions import Permission
from service.identity.access.roles import CLIENT_PURPOSES, CLIENTS, EVERYBODY, MEANINGS, ROLES, Duty, Reach

COMMITTED = Path(__file__).parent.parent.parent / "tests" / "identity" / "access" / "permissions.md"
REACHES = {
    Reach.OWN: "本人的 own records",
    Reach.LEADER: "所联络领导的 of the one leader",
    Reach.ORGANISATION: "本组织 own organisation",
    Reach.SUBTREE: "本组织及下级 organisation and below",
    Reach.JURISDICTION: "全辖区 everything here",
}
DUTIES = {
    Duty.SYSTEM: "系统管理 system",
    Duty.SECURITY: "安全管理 security",
    Duty.AUDIT: "审计管理 audit",
    Duty.BUSINESS: "业务 business",
}
HEAD = """# 权限表 · Who may do what

由 `service/identity/access/roles.py` 生成，与之一致（`grassroots permissions --write`）。权利随任职开始和结束。
Made from `service/identity/access/roles.py` and equal to it. A right begins and ends with its posting.

- 不同职责的角色同一人同一时间不得兼任（数据库强制）；没有职责的角色可与任何角色兼任。
  Nobody holds roles of two different duties at the same time (the database enforces it); those without one go with all.
- 任职由“可授予”该角色的管理员给出和结束，任何人不得给自己任职。
  Postings are given and ended by the administrator who may give the role, never to oneself.
"""


def permissions(
    write: Annotated[bool, typer.Option("--write", help="Write tests/identity/access/permissions.md instead.")] = False,
) -> None:
    """Print who may do what, how far it reaches, where roles fit and what excludes what."""
    if write:
        COMMITTED.write_text(rendered())
        print(f"{COMMITTED.name}: written")
    else:
        print(rendered(), end="")


def rendered() -> str:
    """The map as Markdown."""
    return "\n".join([HEAD, *_roles(), "", *_everybody(), "", *_verbs(), "", *_links()]) + "\n"


def _roles() -> Iterator[str]:
    yield "## 角色 · Roles\n"
    yield "| 角色 role | 职责 duty | 可设在 fits | 可授予 gives |"
    yield "| --- | --- | --- | --- |"
    for role, meaning in MEANINGS.items():
        fits = ", ".join(sorted(f"{family.value}/{kind.value}" for family, kind in meaning.fits))
        gives = ", ".join(one.value for one in Role if one in meaning.gives) or "–"
        duty = DUTIES[meaning.duty] if meaning.duty else "–"
        yield f"| {meaning.zh} `{role.value}` | {duty} | {fits} | {gives} |"


def _everybody() -> Iterator[str]:
    yield "## 每位登录人员；代表组织的系统 · Everybody signed in; a system acting for an organisation\n"
    systems = [(f"{meaning.zh} `{purpose.value}`", meaning.besides) for purpose, meaning in CLIENT_PURPOSES.items()]
    yield f"| 权限 permission | 每人 everybody | {' | '.join(head for head, _ in systems)} |"
    yield f"| --- | --- |{' --- |' * len(systems)}"
    for permission in Permission:
        reaches = [grants.get(permission) for grants in (EVERYBODY, *(CLIENTS | besides for _, besides in systems))]
        if any(reaches):
            cells = [REACHES[reach] if reach else "–" for reach in reaches]
            yield f"| `{permission.value}` | {' | '.join(cells)} |"


def _links() -> Iterator[str]:
    yield "## 组织联系另给 · What links beside the tree lend besides\n"
    yield "在起点组织任职的人，其角色对下级有的这些权限，及于终点组织及其下级；只借给起点一方，不及起点的上级和下级，"
    yield "不传递，随联系结束。"
    yield "To those posted in the `from` organisation: of these permissions, those that their role has for what lies"
    yield "below, also at the `to` organisation and below it. Not the other way, not to those above or below, never"
    yield "over two links, and as long as the link holds.\n"
    yield "| 联系 link | 权限 lends | 举报互相回避 accusations kept from both sides |"
    yield "| --- | --- | --- |"
    for kind, meaning in LINKS.items():
        lends = ", ".join(f"`{one.value}`" for one in Permission if one in meaning.lends) or "–"
        yield f"| {meaning.zh} `{kind.value}` | {lends} | {'是 yes' if meaning.withholds else '–'} |"


def _verbs() -> Iterator[str]:
    yield "## 各角色另有 · What each role has besides\n"
    yield "| 权限 permission | 范围 reach | 角色 roles |"
    yield "| --- | --- | --- |"
    for permission in Permission:
        for reach, words in REACHES.items():
            held = [role for role, grants in ROLES.items() if grants.get(permission) is reach]
            if held:
                yield f"| `{permission.value}` | {words} | {', '.join(MEANINGS[role].zh for role in held)} |"
