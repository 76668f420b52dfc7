"""`grassroots tour`: play the main workflow over HTTP as a client, and print requests and responses.

It needs only the URL and the credentials of the demo. An unexpected response ends it with a non-zero status.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from routers.cli.tour.administrator import administrate
from routers.cli.tour.assessment import assess
from routers.cli.tour.guide import Guide, UnexpectedResponse
from routers.cli.tour.problems import raise_problem, solve
from routers.cli.tour.receiver import Receiver, subscribe
from routers.cli.tour.residence import report
from routers.cli.tour.visits import check_in, leave, receive_checked_out, record_and_leave
from service.foundation.ids import new_id

REPORTED = "residence_report.submitted"


def tour(
    url: Annotated[str, typer.Option(help="URL of the running API.")],
    credentials: Annotated[Path, typer.Option(help="The file that `grassroots demo` has written.", exists=True)],
) -> None:
    """Play the main workflow against a running server. An unexpected response ends it with status 1."""
    receiver, guide = Receiver(), Guide(url)
    try:
        _play(guide, json.loads(credentials.read_text()), receiver, credentials)
    except (UnexpectedResponse, httpx.HTTPError) as error:
        typer.echo(f"\n✗ 与预期不符 · unexpected: {error}", err=True)
        raise typer.Exit(1) from None
    finally:
        receiver.shutdown()
        receiver.server_close()
        guide.http.close()
    print("\n✓ 全程通过 · all steps succeeded")


def _play(guide: Guide, demo: dict[str, Any], receiver: Receiver, keychain: Path) -> None:
    organisations = demo["organisations"]
    guide.say("演示人员逐一登录", "the people of the demo sign in")
    tokens = {login: guide.sign_in(demo, login) for login in demo["passwords"] if login != "demo-admin"}
    cadre, secretary = tokens["demo-cadre"], tokens["demo-secretary"]

    guide.say("社区登记回调地址和自己的系统账号", "the community registers a webhook endpoint and a service client")
    endpoints = [
        subscribe(guide, secretary, organisations["community"], receiver, "/community", "visit.checked_out"),
        subscribe(guide, secretary, organisations["community branch"], receiver, "/branch", REPORTED),
    ]
    client = _create_service_client(guide, secretary, organisations["community"])

    visits = {word: check_in(guide, cadre, word, place_id) for word, place_id in demo["places"].items()}
    visit = visits["a community"]
    problem, page = raise_problem(guide, cadre, visit)
    record_and_leave(guide, cadre, visit)
    receive_checked_out(guide, receiver, visit["id"], client)
    for word in ("a village", "an enterprise"):
        leave(guide, cadre, visits[word], '"1"')

    solve(guide, tokens["demo-handler"], problem, page)
    report(guide, cadre, secretary, organisations, receiver)
    assess(guide, tokens, organisations, visit["person_id"])

    guide.say("社区停用这次演示的回调地址", "the community disables the endpoints of this tour")
    for endpoint in endpoints:
        guide.send(200, "POST", f"{endpoint}/disablements", token=secretary)
    administrate(guide, demo, keychain)


def _create_service_client(guide: Guide, token: str, organisation_id: str) -> dict[str, str]:
    client_id = str(new_id())
    body = {"organisation_id": organisation_id, "name": "社区接收端（演示）"}
    client = guide.send(201, "PUT", f"/v1/service-clients/{client_id}", body, token=token).json()
    return {"client_id": client_id, "client_secret": client["client_secret"]}
