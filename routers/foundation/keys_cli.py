"""`grassroots keys`: the files that sign, encrypt and recognise."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from service.foundation.crypto import (
    KeysUnusable,
    add_field_key,
    add_token_key,
    create_keys,
    load_keys,
    renew_index_key,
)
from service.foundation.db import create_engine
from service.foundation.field_cipher import number_of
from service.foundation.settings import settings
from service.foundation.token_keys import LOOK_EVERY
from service.operations.worker.rotation import rotate as rotate_all

app = typer.Typer(help="Keys of this deployment.", no_args_is_help=True)
Folder = Annotated[Path, typer.Option(help="The folder of keys.", exists=True)]
ROTATION_TIMEOUT_MS = 60_000
"""For the last look, which reads the first bytes of every value; each chunk before it is short."""


@app.callback()
def _group() -> None:
    pass


@app.command()
def create(directory: Annotated[Path, typer.Option(help="Folder, made with mode 0700.")]) -> None:
    """Make the keys that are missing; existing ones stay. Back them up apart from the database."""
    made = create_keys(directory)
    print(f"{directory}: {', '.join(made) if made else 'nothing was missing'}")


@app.command()
def add_field(directory: Folder) -> None:
    """Make the next field key: processes started from now on write with it, all read with it."""
    print(f"{directory}: {add_field_key(directory)}")
    print("下一步 · next: 备份密钥、重启各进程，再运行 · back it up, restart all, then `grassroots keys rotate`")


@app.command()
def add_token(directory: Folder) -> None:
    """Make the next key for access tokens. Every process signs with it within seconds; nobody is signed out."""
    print(f"{directory}: {add_token_key(directory)}")
    minutes = (settings().access_token_s + LOOK_EVERY.total_seconds()) / 60
    print(
        f"下一步 · next: 备份密钥；{minutes:.0f} 分钟后，旧的 token 密钥可移走 · back it up; {minutes:.0f} minutes on,"
    )
    print("the older token keys may go. 其他机器上的密钥目录也要有这个文件 · every machine's folder needs this file")


@app.command()
def renew_index(directory: Folder) -> None:
    """Replace the key of the blind index. Until `keys rotate` has run, numbers entered before are not found."""
    print(f"{directory}: {renew_index_key(directory)}")
    print("下一步 · next: 重启所有进程，再运行 · restart every process, then `grassroots keys rotate`")


@app.command()
def rotate(
    chunk: Annotated[int, typer.Option(min=1, max=1000, help="Rows in one transaction.")] = 200,
) -> None:
    """Put every encrypted value under the newest key and algorithm; says which key file may go afterwards.

    It may be cut off and run again at any time, beside the running service.
    """
    try:
        needed = asyncio.run(_rotate(chunk))
    except KeysUnusable as failure:
        typer.echo(f"grassroots: {failure}", err=True)
        raise typer.Exit(1) from None
    files = settings().keys_directory.glob("field-*.key")
    known = sorted(number_of(path) for path in files)
    free = [number for number in known if number not in needed and number != max(known)]
    for number in free:
        print(f"field-{number}.key 已无数据使用，各进程重启后可移走 · unused: it may go once all restarted")
    print("完成 · done" if free else "完成，没有可移走的密钥 · done; no key may go")


async def _rotate(chunk: int) -> set[int]:
    known = settings()
    engine = create_engine(known, timeout_ms=ROTATION_TIMEOUT_MS)
    keys = load_keys(known.keys_directory, known.field_cipher)
    try:
        return await rotate_all(engine, keys, lambda word, done: print(f"{word}: {done}", flush=True), chunk)
    finally:
        await engine.dispose()
