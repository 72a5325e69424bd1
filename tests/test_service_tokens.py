"""Client tokens: one that is right is good once; every attack is refused, and nothing is told."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import logging
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey, RSAKey

from myopathway.errors import InputError
from myopathway.service.clients import keys
from myopathway.service.clients.clients import Clients
from myopathway.service.clients.keys import KeySet
from myopathway.service.metrics import Metrics
from myopathway.settings import Issuer, Settings
from tests.service_client import Service, call, example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ISSUER = "https://ehr.example/"
BASE = "https://cds.example"
SERVICE = "/cds-services/iim-recommendation"
EC, RSA = ECKey.generate_key("P-384"), RSAKey.generate_key(2048)
STRANGER = ECKey.generate_key("P-384")
P256 = ECKey.generate_key("P-256")
JKU = "https://ehr.example/jwks.json"


def public(key: ECKey | RSAKey, kid: str, **more: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": kid, **more}


JWKS = {"keys": [
    public(EC, "ec", use="sig", alg="ES384"),
    public(RSA, "rsa", use="sig"),
    public(P256, "p256"),
    public(STRANGER, "for-encryption", use="enc"),
    {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
    {"kty": "EC", "crv": "P-384", "x": "!!", "y": "!!", "kid": "broken"},
    "nonsense",
]}  # fmt: skip


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    found = {
        "iss": ISSUER, "aud": BASE + SERVICE, "exp": now + 300, "iat": now,
        "jti": str(uuid.uuid4()),
    } | more  # fmt: skip
    return {name: value for name, value in found.items() if value is not ...}


def header(**more: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in ({"alg": "ES384", "kid": "ec", "typ": "JWT"} | more).items()
        if value is not ...
    }


def signed(
    head: dict[str, Any] | None = None, own: dict[str, Any] | None = None, key: Any = EC
) -> str:
    head = head or header()
    registry = jws.JWSRegistry(algorithms=[head["alg"]], strict_check_header=False)
    raw = json.dumps(own if own is not None else claims()).encode()
    return jws.serialize_compact(head, raw, key, registry=registry)


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(head: Any, own: Any = None, signature: bytes = b"x" * 96) -> str:
    return f"{part(head)}.{part(own if own is not None else claims())}.{part(signature)}"


def public_pem() -> bytes:
    return RSA.as_pem(private=False)


def hmac_with_the_public_key(alg: str) -> str:
    """Sign as if the public key were a shared secret; the library itself refuses to."""
    begun = f"{part(header(alg=alg, kid='rsa'))}.{part(claims())}"
    digest = f"sha{alg[2:]}"
    return f"{begun}.{part(hmac.digest(public_pem(), begun.encode(), digest))}"


def tampered() -> str:
    head, _, signature = signed().split(".")
    return f"{head}.{part(claims(iss=ISSUER, sub='admin'))}.{signature}"


NOW = time.time
ATTACKS: dict[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "empty": lambda: "Bearer ",
    "another scheme": lambda: "Basic " + base64.b64encode(b"a:b").decode(),
    "not a token": lambda: "Bearer hello",
    "two parts": lambda: "Bearer a.b",
    "no json": lambda: "Bearer " + ".".join([part(b"{"), part(b"{"), part(b"x")]),
    "json list": lambda: "Bearer " + by_hand([1]),
    "alg none": lambda: "Bearer " + by_hand(header(alg="none"), signature=b"x"),
    "alg none without signature": lambda: (
        f"Bearer {part(header(alg='none'))}.{part(claims())}."
    ),
    "alg None in capitals": lambda: "Bearer " + by_hand(header(alg="NONE")),
    "HS256 with the public key": lambda: "Bearer " + hmac_with_the_public_key("HS256"),
    "HS384 with the public key": lambda: "Bearer " + hmac_with_the_public_key("HS384"),
    "RS256": lambda: "Bearer " + signed(header(alg="RS256", kid="rsa"), key=RSA),
    "ES256 by a key of the set": lambda: (
        "Bearer " + signed(header(alg="ES256", kid="p256"), key=P256)
    ),
    "PS384": lambda: "Bearer " + signed(header(alg="PS384", kid="rsa"), key=RSA),
    "ES384 said of an RSA key": lambda: "Bearer " + by_hand(header(kid="rsa")),
    "RS384 said of an EC key": lambda: "Bearer " + by_hand(header(alg="RS384")),
    "alg missing": lambda: "Bearer " + by_hand(header(alg=...)),
    "expired": lambda: "Bearer " + signed(own=claims(exp=NOW() - 120, iat=NOW() - 300)),
    "issued in the future": lambda: "Bearer " + signed(own=claims(iat=NOW() + 200)),
    "not before tomorrow": lambda: "Bearer " + signed(own=claims(nbf=NOW() + 86_400)),
    "good for a year": lambda: "Bearer " + signed(own=claims(exp=NOW() + 31_536_000)),
    "expires before it was issued": lambda: (
        "Bearer " + signed(own=claims(iat=NOW(), exp=NOW() - 10))
    ),
    "wrong aud": lambda: "Bearer " + signed(own=claims(aud="https://other.example/cds-services")),
    "aud of another service": lambda: (
        "Bearer " + signed(own=claims(aud=BASE + "/cds-services/iim-order-sign"))
    ),
    "aud of the base alone": lambda: "Bearer " + signed(own=claims(aud=BASE)),
    "aud list without us": lambda: "Bearer " + signed(own=claims(aud=["https://a.example"])),
    "aud missing": lambda: "Bearer " + signed(own=claims(aud=...)),
    "exp missing": lambda: "Bearer " + signed(own=claims(exp=...)),
    "exp as text": lambda: "Bearer " + signed(own=claims(exp="2999999999")),
    "exp infinite": lambda: "Bearer " + signed(own=claims(exp=1e300)),
    "exp true": lambda: "Bearer " + signed(own=claims(exp=True)),
    "iat missing": lambda: "Bearer " + signed(own=claims(iat=...)),
    "jti missing": lambda: "Bearer " + signed(own=claims(jti=...)),
    "jti empty": lambda: "Bearer " + signed(own=claims(jti="")),
    "jti a number": lambda: "Bearer " + signed(own=claims(jti=7)),
    "unknown issuer": lambda: "Bearer " + signed(own=claims(iss="https://evil.example/")),
    "issuer missing": lambda: "Bearer " + signed(own=claims(iss=...)),
    "issuer nearly right": lambda: "Bearer " + signed(own=claims(iss=ISSUER.rstrip("/"))),
    "signed by a stranger": lambda: "Bearer " + signed(key=STRANGER),
    "unknown kid": lambda: "Bearer " + signed(header(kid="other")),
    "kid missing": lambda: "Bearer " + signed(header(kid=...)),
    "kid a path": lambda: "Bearer " + signed(header(kid="../../etc/passwd")),
    "key for encryption": lambda: "Bearer " + signed(header(kid="for-encryption"), key=STRANGER),
    "broken key": lambda: "Bearer " + signed(header(kid="broken")),
    "foreign jku": lambda: "Bearer " + signed(header(jku="https://evil.example/jwks.json")),
    "own key in the header": lambda: (
        "Bearer " + signed(header(jwk=public(STRANGER, "ec")), key=STRANGER)
    ),
    "x5u in the header": lambda: "Bearer " + signed(header(x5u="https://evil.example/cert")),
    "crit in the header": lambda: "Bearer " + by_hand(header(crit=["b64"], b64=False)),
    "another type": lambda: "Bearer " + signed(header(typ="at+jwt")),
    "claims changed": lambda: "Bearer " + tampered(),
    "signature cut": lambda: "Bearer " + signed()[:-8],
    "signature empty": lambda: "Bearer " + signed().rpartition(".")[0] + ".",
    "four parts": lambda: "Bearer " + signed() + ".x",
    "encrypted": lambda: "Bearer " + jwe.encrypt_compact(
        {"alg": "ECDH-ES", "enc": "A128GCM"}, b"{}", EC
    ),
    "oversize": lambda: "Bearer " + signed(own=claims(note="x" * 20_000)),
    "no ascii": lambda: "Bearer \xe9.\xe9.\xe9",
}  # fmt: skip


@pytest.fixture(scope="module", name="keyfile")
def _keyfile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "jwks.json"
    path.write_text(json.dumps(JWKS), encoding="utf-8")
    return path


def settings(keyfile: Path, **more: Any) -> Settings:
    return Settings(public_url=BASE, issuers=(Issuer(ISSUER, str(keyfile)),), **more)


@pytest.fixture(scope="module", name="service")
def _service(keyfile: Path) -> Iterator[Service]:
    with Service(settings(keyfile)) as service:
        yield service


CALL = json.dumps(call(example("inclusion-body-myositis"))).encode()


def ask(service: Service, authorization: str | None, path: str = SERVICE) -> Any:
    headers = {} if authorization is None else {"authorization": authorization.encode("latin-1")}
    return service.post(path, content=CALL, headers=headers)


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_gets_a_bare_401(
    service: Service, attack: str, caplog: pytest.LogCaptureFixture
) -> None:
    authorization = ATTACKS[attack]()
    with caplog.at_level(logging.DEBUG):
        answer = ask(service, authorization)
    assert answer.status_code == 401
    assert answer.content == b""
    assert answer.headers["www-authenticate"] == "Bearer"
    logged = " ".join(str(vars(one)) for one in caplog.records if one.name.startswith("myopath"))
    assert "a token was refused" in logged
    if authorization:
        for piece in authorization.removeprefix("Bearer ").split("."):
            assert len(piece) < 8 or piece not in logged
    assert "inclusion-body-myositis" not in logged


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 25


@pytest.mark.parametrize(
    "make",
    [
        signed,
        lambda: signed(header(alg="RS384", kid="rsa"), key=RSA),
        lambda: signed(own=claims(aud=["https://other.example", BASE + SERVICE])),
        lambda: signed(header(typ=...)),
        lambda: signed(own=claims(tenant="ward-4")),
        lambda: signed(own=claims(exp=NOW() - 20, iat=NOW() - 200)),  # clocks differ
        lambda: jwt.encode(header(), claims(), EC, algorithms=["ES384"]),
    ],
)
def test_a_right_token_is_good(service: Service, make: Callable[[], str]) -> None:
    assert ask(service, f"Bearer {make()}").status_code == 200


def test_a_token_is_good_once(service: Service) -> None:
    token = f"bearer {signed()}"
    assert ask(service, token).status_code == 200
    assert ask(service, token).status_code == 401


def test_the_same_number_from_the_same_issuer_is_a_replay(service: Service) -> None:
    number = str(uuid.uuid4())
    assert ask(service, f"Bearer {signed(own=claims(jti=number))}").status_code == 200
    other = signed(header(alg="RS384", kid="rsa"), claims(jti=number), RSA)
    assert ask(service, f"Bearer {other}").status_code == 401


def test_a_token_used_with_one_worker_is_used_for_all(keyfile: Path, tmp_path: Path) -> None:
    shared = settings(keyfile, database_url=f"sqlite:///{tmp_path / 'audit.db'}")
    token = f"Bearer {signed()}"
    with Service(shared) as one, Service(shared) as other:
        assert ask(one, token).status_code == 200
        assert ask(other, token).status_code == 401
        assert ask(other, f"Bearer {signed()}").status_code == 200


def test_two_authorization_headers_are_refused(service: Service) -> None:
    headers = [("authorization", f"Bearer {signed()}"), ("authorization", f"Bearer {signed()}")]
    assert service.post(SERVICE, content=CALL, headers=headers).status_code == 401


@pytest.mark.parametrize("path", [
    "/cds-services/iim-order-sign", "/cds-services/iim-recommendation/feedback",
    "/api/recommend", "/fhir/PlanDefinition/iim-treatment/$apply",
])  # fmt: skip
def test_every_way_to_hand_in_a_patient_wants_its_own_token(service: Service, path: str) -> None:
    assert ask(service, None, path).status_code == 401
    assert ask(service, f"Bearer {signed()}", path).status_code == 401, "aud of another endpoint"
    right = signed(own=claims(aud=BASE + path))
    assert ask(service, f"Bearer {right}", path).status_code != 401


def test_what_holds_no_patient_is_open(service: Service) -> None:
    for path in ("/health", "/ready", "/cds-services", "/fhir/metadata"):
        assert service.get(path).status_code == 200


def test_refusals_are_counted_by_reason(service: Service) -> None:
    ask(service, None)
    assert 'myopathway_tokens_refused_total{reason="none"}' in service.get("/metrics").text


def test_a_store_that_is_down_lets_nobody_in(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from myopathway.service.store import StoreDownError  # noqa: PLC0415 - for this test alone

    async def down(*_: object) -> bool:
        raise StoreDownError

    monkeypatch.setattr(service.site.store, "first_use", down)
    assert ask(service, f"Bearer {signed()}").status_code == 503


def test_the_audit_names_the_client_and_no_patient(keyfile: Path, tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with Service(settings(keyfile, database_url=f"sqlite:///{path}")) as service:
        token = signed(own=claims(tenant="ward-4"))
        assert ask(service, f"Bearer {token}").status_code == 200
    raw = path.read_bytes()
    assert b"https://ehr.example/ ward-4" in raw
    for secret in (token.encode(), b"Practitioner/1", b'"inclusion-body-myositis"'):
        assert secret not in raw


def test_without_issuers_a_loud_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Clients(Settings(), Metrics())
    assert "CLIENT AUTHENTICATION IS OFF" in caplog.text


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": 1}', '{"keys": []}', "{", "\xff"])
def test_keys_that_cannot_be_read_stop_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match="JWK Set"):
        KeySet(Issuer(ISSUER, str(path)))
    with pytest.raises(InputError, match="FileNotFoundError"):
        KeySet(Issuer(ISSUER, str(tmp_path / "none.json")))


@contextlib.contextmanager
def key_server(answers: list[bytes | int]) -> Iterator[tuple[str, list[str]]]:
    """Serve the answers one after the other, the last one for good; note who asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            status, body = (answer, b"") if isinstance(answer, int) else (200, answer)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/jwks", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def remote(address: str) -> Settings:
    return Settings(public_url=BASE, issuers=(Issuer(ISSUER, address),))


def test_keys_are_fetched_where_the_settings_point() -> None:
    answers: list[bytes | int] = [json.dumps(JWKS).encode()]
    with key_server(answers) as (address, asked), Service(remote(address)) as service:
        for _ in range(3):
            assert ask(service, f"Bearer {signed()}").status_code == 200
        assert ask(service, f"Bearer {signed(header(jku=address))}").status_code == 200
        assert len(asked) == 1, "fresh keys are not asked for again"


def test_a_new_key_is_looked_for_but_not_at_every_token(monkeypatch: pytest.MonkeyPatch) -> None:
    old = json.dumps({"keys": [public(STRANGER, "old")]}).encode()
    answers: list[bytes | int] = [old, json.dumps(JWKS).encode()]
    with key_server(answers) as (address, asked), Service(remote(address)) as service:
        for _ in range(5):
            assert ask(service, f"Bearer {signed()}").status_code == 401
        assert len(asked) == 1, "strange tokens must not make us ask again and again"
        monkeypatch.setattr(keys, "AGAIN", 0.0)
        assert ask(service, f"Bearer {signed()}").status_code == 200


@pytest.mark.parametrize("answer", [500, 302, b"{", b"{}", b" " * 300_000])
def test_keys_that_cannot_be_had_let_nobody_in(answer: bytes | int) -> None:
    with key_server([answer]) as (address, _), Service(remote(address)) as service:
        assert ask(service, f"Bearer {signed()}").status_code == 401


def test_keys_hold_for_a_while_when_their_address_falls_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[bytes | int] = [json.dumps(JWKS).encode(), 500]
    with key_server(answers) as (address, _), Service(remote(address)) as service:
        assert ask(service, f"Bearer {signed()}").status_code == 200
        monkeypatch.setattr(keys, "FRESH", 0.0)
        monkeypatch.setattr(keys, "AGAIN", 0.0)
        assert ask(service, f"Bearer {signed()}").status_code == 200
        monkeypatch.setattr(keys, "STALE", 0.0)
        assert ask(service, f"Bearer {signed()}").status_code == 401


def test_short_rsa_keys_are_not_used() -> None:
    short = public(RSA, "short") | {"n": part(b"\xc1" * 128)}
    assert keys.usable(json.dumps({"keys": [short]}).encode()) == {}
