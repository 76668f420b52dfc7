"""`grassroots keys`: create, add, renew and rotate the keys."""

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
from service.foundation.field_cipher import key_number
from service.foundation.settings import settings
from service.foundation.token_keys import LOOK_EVERY
from service.operations.worker.rotation import rotate as rotate_all

app = typer.Typer(help="Keys of this deployment.", no_args_is_help=True)
Folder = Annotated[Path, typer.Option(help="The key folder.", exists=True, envvar="GRASSROOTS_KEYS_DIRECTORY")]
ROTATION_TIMEOUT_MS = 60_000
"""For the final check, which reads the first bytes of each value. Each chunk before it is short."""


@app.callback()
def _group() -> None:
    pass


@app.command()
def create(directory: Annotated[Path, typer.Option(help="Key folder; created with mode 0700.")]) -> None:
    """Create the missing keys; existing ones stay unchanged. Back up keys and database separately."""
    names = create_keys(directory)
    print(f"{directory}: {', '.join(names) if names else 'no key was missing'}")


@app.command()
def add_field(directory: Folder) -> None:
    """Create the next field key.

    Processes started later encrypt with it; all processes can decrypt with it.
    """
    print(f"{directory}: {add_field_key(directory)}")
    print("下一步 · next: 备份密钥、重启各进程，再运行 · back it up, restart, run `grassroots keys rotate`")


@app.command()
def add_token(directory: Folder) -> None:
    """Create the next access token key. All processes sign with it within seconds; no user is signed out."""
    print(f"{directory}: {add_token_key(directory)}")
    minutes = (settings().access_token_s + LOOK_EVERY.total_seconds()) / 60
    print(
        f"下一步 · next: 备份密钥；{minutes:.0f} 分钟后，旧的 token 密钥可移走 · back up; {minutes:.0f} minutes later"
    )
    print("you may remove the older token keys. 其他机器上的密钥目录也要有这个文件 · copy this file to all machines")


@app.command()
def renew_index(directory: Folder) -> None:
    """Replace the key of the blind index. Until `keys rotate` has run, a search finds no older numbers."""
    print(f"{directory}: {renew_index_key(directory)}")
    print("下一步 · next: 重启所有进程，再运行 · restart all processes, then run `grassroots keys rotate`")


@app.command()
def rotate(
    chunk: Annotated[int, typer.Option(min=1, max=1000, help="Rows in one transaction.")] = 200,
) -> None:
    """Encrypt every value again with the newest key and algorithm; print which key files can be removed.

    The service may run meanwhile. The command can be stopped and started again at any time.
    """
    try:
        needed = asyncio.run(_rotate(chunk))
    except KeysUnusable as failure:
        typer.echo(f"grassroots: {failure}", err=True)
        raise typer.Exit(1) from None
    files = settings().keys_directory.glob("field-*.key")
    numbers = sorted(key_number(path) for path in files)
    unused = [number for number in numbers if number not in needed and number != max(numbers)]
    for number in unused:
        print(f"field-{number}.key 已无数据使用，各进程重启后可移走 · unused: remove it after a full restart")
    print("完成 · done" if unused else "完成，没有可移走的密钥 · done; no key can be removed")


async def _rotate(chunk: int) -> set[int]:
    current = settings()
    engine = create_engine(current, timeout_ms=ROTATION_TIMEOUT_MS)
    keys = load_keys(current.keys_directory, current.field_cipher)
    try:
        return await rotate_all(engine, keys, lambda column, count: print(f"{column}: {count}", flush=True), chunk)
    finally:
        await engine.dispose()
