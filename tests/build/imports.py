"""Builders for import files, and an administrator who imports them with the API."""

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
from service.operations.imports import merging, running
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
    """An administrator who imports files over HTTP, and the worker's steps on demand."""

    county: County
    api: Caller
    engine: AsyncEngine
    clock: FakeClock

    @property
    def administrator(self) -> Caller:
        """The administrator, signed in at the current time of the fake clock."""
        return self.api.as_(self.county.administrator)

    async def open_import(self, kind: str, caller: Caller | None = None, **options: Any) -> str:
        """Open an import for the town; return its URL."""
        url = f"/v1/imports/{new_id()}"
        body = {"kind": kind, "mode": "all_or_nothing", "organisation_id": str(self.county.town.id)} | options
        answer = await (caller or self.administrator).put(url, json=body)
        assert answer.status_code == 201, answer.text
        return url

    async def upload_and_check(self, kind: str, content: bytes, **options: Any) -> tuple[str, Any]:
        """Open an import, upload the file, run the check; return URL and import."""
        url = await self.open_import(kind, **options)
        answer = await self.administrator.put(f"{url}/file", content=content)
        assert answer.status_code == 200, answer.text
        return url, await self.check(url)

    async def check(self, url: str) -> Any:
        """Run the check as a worker; return the import."""
        await running.check_import(self.engine, self.clock, UUID(url[-36:]))
        return await self.read(url)

    async def erase(self, url: str) -> None:
        """Erase the rows as a worker does after a discard."""
        await running.erase_import(self.engine, UUID(url[-36:]))

    async def mark_due(self, url: str) -> None:
        """Mark the rows as due, as a worker does before the first merge."""
        async with transaction(self.engine) as session:
            await merging.mark_due(session, UUID(url[-36:]), self.clock())

    async def confirm(self, url: str, caller: Caller | None = None, **options: Any) -> Any:
        """Confirm the current diff; return the response."""
        etag = (await self.administrator.get(url)).headers["etag"]
        return await (caller or self.administrator).put(f"{url}/confirmation", json=options, headers={"If-Match": etag})

    async def apply(self, url: str) -> Any:
        """Run the merge as a worker; return the import."""
        await running.apply_import(self.engine, self.clock, UUID(url[-36:]))
        return await self.read(url)

    async def import_file(
        self, kind: str, content: bytes, leavers: int | None = None, **options: Any
    ) -> tuple[str, Any]:
        url, _ = await self.upload_and_check(kind, content, **options)
        answer = await self.confirm(url, leavers=leavers)
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
        """Line, column and code of the issues of all refused rows."""
        rows = await self.rows(url, outcome="refused")
        return [(row["line"], issue["column"], issue["code"]) for row in rows for issue in row["issues"]]


@pytest.fixture
async def importing(
    county: County, session: AsyncSession, api: Caller, engine: AsyncEngine, clock: FakeClock
) -> Importing:
    await session.commit()
    return Importing(county, api, engine, clock)
