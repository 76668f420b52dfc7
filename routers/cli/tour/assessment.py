"""Assessment in the tour: cycle, own dossier with evidence, freeze, hand-over, offline verification."""

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx

from routers.cli.tour.guide import Guide, UnexpectedResponse
from routers.judgement.assessments_cli import count_verified
from service.foundation.ids import new_id

PATIENCE_S = 30.0


def assess(guide: Guide, tokens: dict[str, str], organisations: dict[str, str], person_id: str) -> None:
    """Run an assessment from opening the cycle to the offline verification."""
    cycle = _open(guide, tokens["demo-officer"], organisations)
    _own_dossier(guide, tokens["demo-cadre"], cycle, person_id)
    _freeze(guide, tokens["demo-officer"], cycle)
    content = _hand_over(guide, tokens, cycle)
    _verify(guide, content)


def _open(guide: Guide, token: str, organisations: dict[str, str]) -> str:
    guide.say("机关党委干部开启考核周期", "an officer opens an assessment cycle")
    today = datetime.now(UTC)
    body = {
        "name": f"{today.year}年度考核（演示）",
        "organisation_id": organisations["organ"],
        "receiver_id": organisations["personnel"],
        "from_day": f"{today.year}-01-01",
        "until_day": f"{today + timedelta(days=1):%Y-%m-%d}",
    }
    url = f"/v1/assessment-cycles/{new_id()}"
    guide.send(201, "PUT", url, body, token=token)
    return url


def _own_dossier(guide: Guide, token: str, cycle: str, person_id: str) -> None:
    guide.say("干部看自己的材料，从数字点到依据", "the cadre reads their own dossier, from the figures to the evidence")
    dossier = guide.send(200, "GET", f"{cycle}/dossiers/{person_id}", token=token).json()
    figures = {figure["code"]: figure for figure in dossier["figures"]}
    for figure in figures.values():
        print(f"     {figure['name']}：{figure['value']} {figure['unit']}（依据 {figure['evidence']} 条）")
    solved = figures["problems_confirmed_solved"]
    path = f"{cycle}/dossiers/{person_id}/indicators/{solved['code']}/evidence?limit=1"
    evidence = guide.send(200, "GET", path, token=token).json()["items"]
    if not solved["value"] or not evidence:
        raise UnexpectedResponse("the problem that was just confirmed is not counted")
    guide.send(200, "GET", evidence[0]["link"], token=token)


def _freeze(guide: Guide, token: str, cycle: str) -> None:
    guide.say(
        "定格：逐人生成并签名，之后不再改动", "freeze: each dossier is written and signed; later it never changes"
    )
    etag = guide.http.get(cycle, headers={"Authorization": f"Bearer {token}"}).headers["etag"]
    guide.send(202, "POST", f"{cycle}/freeze", token=token, etag=etag)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        state = guide.http.get(cycle, headers={"Authorization": f"Bearer {token}"}).json()["state"]
        if state == "frozen":
            return
        time.sleep(0.2)
    raise UnexpectedResponse(f"not frozen within {PATIENCE_S:.0f} s; is a worker running?")


def _hand_over(guide: Guide, tokens: dict[str, str], cycle: str) -> bytes:
    guide.say(
        "有干部管理权限的机关领取，签收",
        "the organ with personnel authority receives the dossiers and confirms the receipt",
    )
    print("   其他人领取不到 · other people get 404")
    path = f"{cycle}/handover"
    guide.send(404, "GET", path, token=tokens["demo-secretary"])
    content: bytes = guide.send(200, "GET", path, token=tokens["demo-personnel"]).content
    receipt = {"sha256": sha256(content).hexdigest()}
    guide.send(200, "PUT", f"{cycle}/receipt", receipt, token=tokens["demo-personnel"])
    return content


def _verify(guide: Guide, content: bytes) -> None:
    guide.say(
        "只凭公布的公钥离线核验；改动一个字节就会被发现",
        "offline verification with the public key; a change of one byte is detected",
    )
    jwks: httpx.Response = guide.send(200, "GET", "/.well-known/jwks.json")
    print(f"   ✓ {count_verified(content, jwks.content)} 份材料核验通过 · dossiers verified")
    tampered = bytearray(content)
    tampered[len(tampered) // 2] ^= 1
    try:
        count_verified(bytes(tampered), jwks.content)
    except ValueError as error:
        print(f"   ✓ 篡改被发现 · tampering detected: {error}")
        return
    raise UnexpectedResponse("the verification accepted a changed export")
