"""`grassroots doctor`: is this deployment fit for production; and the same question when a process starts."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from service.foundation.clock import system_clock
from service.foundation.settings import Settings, settings
from service.operations.doctor.checks import Finding, examine
from service.operations.doctor.facts import gather

ROOT = Path(__file__).parent.parent.parent
AT_HOME = ("127.0.0.1", "::1", "localhost")
"""Where a development deployment may be reached; anywhere else it is judged as production."""


def doctor() -> None:
    """Look at settings, keys and database as production must have them; exits 1 when it would not start."""
    findings = _findings(_settings())
    _record_event(findings)
    if any(finding.stops for finding in findings):
        raise typer.Exit(1)
    print("可以投入使用 · fit for production")


def must_be_fit() -> None:
    """Refuse to start in production with what the doctor would not let pass."""
    known = _settings()
    if known.environment == "development" and urlsplit(known.public_url).hostname in AT_HOME:
        return
    findings = _findings(known)
    _record_event(findings)
    if any(finding.stops for finding in findings):
        typer.echo("grassroots: 拒绝启动，请先改正以上各项 · refuses to start; mend what is marked ✗ first", err=True)
        raise typer.Exit(1)


def _settings() -> Settings:
    """The settings; what cannot be read is told by name, without its value."""
    try:
        return settings()
    except ValidationError as invalid:
        for flaw in invalid.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in flaw["loc"][:1])
            typer.echo(f"✗ {name}: 设置无效 · the setting is not valid: {flaw['msg']}", err=True)
        raise typer.Exit(1) from None


def _findings(known: Settings) -> list[Finding]:
    from alembic.config import Config  # here, because `serve` in development needs none of it
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(Config(toml_file=str(ROOT / "pyproject.toml")))
    versions = [script.revision for script in scripts.walk_revisions()]
    return list(examine(gather(known, os.environ, system_clock, versions)))


def _record_event(findings: list[Finding]) -> None:
    for finding in findings:
        typer.echo(f"{'✗' if finding.stops else '!'} {finding.word}: {finding.zh}\n    {finding.en}", err=True)
