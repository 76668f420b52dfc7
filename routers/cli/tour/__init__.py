"""`grassroots tour`: an ordinary client plays the main job over HTTP and shows what was asked and what came back.

It knows nothing but the address and the demo's credentials. Any surprise ends it with a non-zero status.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from routers.cli.tour.administrator import administrate
from routers.cli.tour.assessment import assess
from routers.cli.tour.guide import Guide, Surprise
from routers.cli.tour.problems import raise_problem, solve
from routers.cli.tour.receiver import Receiver, subscribe
from routers.cli.tour.residence import report
from routers.cli.tour.visits import check_in, leave, record_and_leave, the_place_hears
from service.foundation.ids import new_id

REPORTED = "residence_report.submitted"


def tour(
    url: Annotated[str, typer.Option(help="Address of the running API.")],
    credentials: Annotated[Path, typer.Option(help="The file `grassroots demo` wrote.", exists=True)],
) -> None:
    """Play the main job against a running server; exits non-zero on any surprise."""
    receiver, guide = Receiver(), Guide(url)
    try:
        _play(guide, json.loads(credentials.read_text()), receiver, credentials)
    except (Surprise, httpx.HTTPError) as surprise:
        typer.echo(f"\n✗ 出乎意料 · surprise: {surprise}", err=True)
        raise typer.Exit(1) from None
    finally:
        receiver.shutdown()
        receiver.server_close()
        guide.http.close()
    print("\n✓ 全程如愿 · everything went as it should")


def _play(guide: Guide, known: dict[str, Any], receiver: Receiver, keychain: Path) -> None:
    organisations = known["organisations"]
    guide.say("故事里的人逐一登录", "everybody in the story signs in")
    tokens = {login: guide.sign_in(known, login) for login in known["passwords"] if login != "demo-admin"}
    cadre, secretary = tokens["demo-cadre"], tokens["demo-secretary"]

    guide.say("社区登记回调地址和自己的系统账号", "the community registers where it wants to hear, and its own system")
    endpoints = [
        subscribe(guide, secretary, organisations["community"], receiver, "/community", "visit.checked_out"),
        subscribe(guide, secretary, organisations["community branch"], receiver, "/branch", REPORTED),
    ]
    client = _own_system(guide, secretary, organisations["community"])

    visits = {word: check_in(guide, cadre, word, place_id) for word, place_id in known["places"].items()}
    visit = visits["a community"]
    problem, page = raise_problem(guide, cadre, visit)
    record_and_leave(guide, cadre, visit)
    the_place_hears(guide, receiver, visit["id"], client)
    for word in ("a village", "an enterprise"):
        leave(guide, cadre, visits[word], '"1"')

    solve(guide, tokens["demo-handler"], problem, page)
    report(guide, cadre, secretary, organisations, receiver)
    assess(guide, tokens, organisations, visit["person_id"])

    guide.say("社区停用这次演示的回调地址", "the community disables the endpoints of this tour")
    for endpoint in endpoints:
        guide.ask(200, "POST", f"{endpoint}/disablements", token=secretary)
    administrate(guide, known, keychain)


def _own_system(guide: Guide, token: str, organisation_id: str) -> dict[str, str]:
    client_id = str(new_id())
    named = {"organisation_id": organisation_id, "name": "社区接收端（演示）"}
    client = guide.ask(201, "PUT", f"/v1/service-clients/{client_id}", named, token=token).json()
    return {"client_id": client_id, "client_secret": client["client_secret"]}
