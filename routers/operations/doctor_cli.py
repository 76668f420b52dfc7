"""`grassroots doctor`, and the same checks when a process starts."""

import os
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from routers.operations.database_cli import ROOT
from service.domains import DOMAINS
from service.foundation.clock import system_clock
from service.foundation.settings import Settings, settings
from service.operations.doctor.checks import Finding, examine
from service.operations.doctor.facts import gather

LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")
"""Public hosts of a development deployment; with any other host the production checks apply."""


def doctor() -> None:
    """Check settings, keys and database for production; exit with 1 if production would not start."""
    findings = _findings(_settings())
    _print_findings(findings)
    if any(finding.stops for finding in findings):
        raise typer.Exit(1)
    print("可以投入使用 · fit for production")


def require_fit_for_production() -> None:
    """Exit with 1 if a check that stops production fails; a local development deployment is not checked."""
    config = _settings()
    if config.environment == "development" and urlsplit(config.public_url).hostname in LOCAL_HOSTS:
        return
    findings = _findings(config)
    _print_findings(findings)
    if any(finding.stops for finding in findings):
        typer.echo(
            "grassroots: 拒绝启动，请先改正以上各项 · refuses to start; correct everything marked ✗ first", err=True
        )
        raise typer.Exit(1)


def _settings() -> Settings:
    """Read the settings; print the names of invalid ones, without their values, and exit with 1."""
    try:
        return settings()
    except ValidationError as invalid:
        for error in invalid.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in error["loc"][:1])
            typer.echo(f"✗ {name}: 设置无效 · the setting is not valid: {error['msg']}", err=True)
        raise typer.Exit(1) from None


def _findings(config: Settings) -> list[Finding]:
    from alembic.config import Config  # imported here: `serve` in development does not need it
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(Config(toml_file=str(ROOT / "pyproject.toml")))
    versions = [script.revision for script in scripts.walk_revisions()]
    return list(examine(gather(config, os.environ, system_clock, versions, DOMAINS), DOMAINS))


def _print_findings(findings: list[Finding]) -> None:
    for finding in findings:
        typer.echo(f"{'✗' if finding.stops else '!'} {finding.word}: {finding.zh}\n    {finding.en}", err=True)
