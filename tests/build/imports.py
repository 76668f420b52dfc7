"""Files to import, and an administrator who imports them over HTTP."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.db import transaction
from service.foundation.ids import new_id
from service.operations.imports import merging
from service.operations.imports import running as worker
from tests.build.county import County
from tests.conftest import Caller, FakeClock

ORGANISATION_HEADINGS = ("组织代码", "名称", "类型", "上级代码")
PEOPLE_HEADINGS = ("工号", "姓名", "单位代码", "角色", "起始日期", "截止日期")


def a_csv(headings: Sequence[str], *rows: Sequence[str], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode(encoding)


def an_xlsx(headings: Sequence[str], *rows: Sequence[Any]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in (headings, *rows):
        book.worksheets[0].append(list(row))
    book.save(file)
    return file.getvalue()


def organisations(*rows: Sequence[str]) -> bytes:
    return a_csv(ORGANISATION_HEADINGS, *rows)


def people(*rows: Sequence[str]) -> bytes:
    return a_csv(PEOPLE_HEADINGS, *(tuple(row) + ("",) * (6 - len(row)) for row in rows))


@dataclass
class Importing:
    """The administrator's side of an import, and the worker's turn when asked."""

    county: County
    api: Caller
    engine: AsyncEngine
    clock: FakeClock

    @property
    def administrator(self) -> Caller:
        """Signed in just now, whatever the clock says."""
        return self.api.as_(self.county.administrator)

    async def opened(self, kind: str, caller: Caller | None = None, **said: Any) -> str:
        """The address of a new import for the town."""
        url = f"/v1/imports/{new_id()}"
        body = {"kind": kind, "mode": "all_or_nothing", "organisation_id": str(self.county.town.id)} | said
        answer = await (caller or self.administrator).put(url, json=body)
        assert answer.status_code == 201, answer.text
        return url

    async def verify_line(self, kind: str, content: bytes, **said: Any) -> tuple[str, Any]:
        """Its address and what is shown once a worker has compared the file."""
        url = await self.opened(kind, **said)
        answer = await self.administrator.put(f"{url}/file", content=content)
        assert answer.status_code == 200, answer.text
        return url, await self.check(url)

    async def check(self, url: str) -> Any:
        """The worker's turn with a file; what the import says afterwards."""
        await worker.check(self.engine, self.clock, UUID(url[-36:]))
        return await self.read(url)

    async def empty(self, url: str) -> None:
        """The worker's turn with an import that was given up."""
        await worker.empty(self.engine, UUID(url[-36:]))

    async def mark_due(self, url: str) -> None:
        """As far as the worker is when it has compared for the last time, and not yet merged a row."""
        async with transaction(self.engine) as session:
            await merging.mark_due(session, UUID(url[-36:]), self.clock())

    async def confirmed(self, url: str, caller: Caller | None = None, **said: Any) -> Any:
        """What is answered to a yes to the diff as it stands now."""
        etag = (await self.administrator.get(url)).headers["etag"]
        return await (caller or self.administrator).put(f"{url}/confirmation", json=said, headers={"If-Match": etag})

    async def apply(self, url: str) -> Any:
        """The worker's turn; what the import says afterwards."""
        await worker.apply(self.engine, self.clock, UUID(url[-36:]))
        return await self.read(url)

    async def applied(self, kind: str, content: bytes, leavers: int | None = None, **said: Any) -> tuple[str, Any]:
        url, _ = await self.verify_line(kind, content, **said)
        answer = await self.confirmed(url, leavers=leavers)
        assert answer.status_code == 200, answer.text
        return url, await self.apply(url)

    async def read(self, url: str) -> Any:
        answer = await self.administrator.get(url)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, url: str, **query: Any) -> list[Any]:
        answer = await self.administrator.get(f"{url}/rows", params={"limit": 200, **query})
        assert answer.status_code == 200, answer.text
        items: list[Any] = answer.json()["items"]
        return items

    async def issues(self, url: str) -> list[tuple[int | None, str | None, str]]:
        """Line, field and code of everything that is wrong with rows."""
        rows = await self.rows(url, outcome="refused")
        return [(row["line"], issue["column"], issue["code"]) for row in rows for issue in row["issues"]]


@pytest.fixture
async def importing(
    county: County, session: AsyncSession, api: Caller, engine: AsyncEngine, clock: FakeClock
) -> Importing:
    await session.commit()
    return Importing(county, api, engine, clock)
