"""`grassroots verify`: verify a handover file with the published keys, without database and network."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from service.judgement.assessments.handover_file import InvalidLine, parse_jwks, split_lines, verify_line


def verify(
    file: Annotated[Path, typer.Argument(help="The received file, one dossier per line.", exists=True, dir_okay=False)],
    jwks: Annotated[
        Path, typer.Option(help="The published keys, saved from /.well-known/jwks.json.", exists=True, dir_okay=False)
    ],
) -> None:
    """Verify every signature, hash and line; exits with 1 on an error. Prints the SHA-256 for the receipt."""
    content = file.read_bytes()
    try:
        number = count_verified(content, jwks.read_bytes())
    except ValueError as error:
        typer.echo(f"{file.name}: {error}", err=True)
        raise typer.Exit(1) from None
    print(f"{number} 份考核材料验证通过 · {number} dossiers verified")
    print(f"sha256 {sha256(content).hexdigest()}")


def count_verified(content: bytes, jwks: bytes) -> int:
    """Verify and count the lines: one cycle, each person once, in order. Raises ValueError."""
    keys = parse_jwks(json.loads(jwks))
    cycle, last_person_id = None, ""
    number = 0
    for number, raw in enumerate(split_lines(content), 1):
        try:
            cycle_id, person_id = verify_line(raw, keys)
            if cycle not in {None, cycle_id}:
                raise InvalidLine("属于另一考核周期", "belongs to another cycle")
            if person_id <= last_person_id:
                raise InvalidLine("人员重复或次序有误", "a person is repeated or out of order")
        except InvalidLine as error:
            raise ValueError(f"第 {number} 行：{error.zh} · line {number}: {error.en}") from None
        cycle, last_person_id = cycle_id, person_id
    if not number:
        raise ValueError("没有内容 · the file is empty")
    return number
