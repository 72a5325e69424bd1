"""A record system for the tests: SMART authorization and FHIR, strict where the standard is."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

ISSUER = "https://ehr.example/fhir"
CLIENT = "myopathway"
EXAMPLES = Path(__file__).parent.parent / "examples"
PATIENT = "severe-ild-mda5"


class RecordSystem:
    """Grants a code for what was asked, a token for the code, the record for the token."""

    def __init__(self, base: str = ISSUER, **config: Any) -> None:
        self.base = base
        self.config = config
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.launches = {"launch-1"}
        self.asked: list[Request] = []
        self.token: dict[str, Any] = {}
        self.refuses: dict[str, int] = {}
        self.page_size = 200
        self.next_host = ""
        self.asks = False
        bundle = json.loads((EXAMPLES / f"{PATIENT}.bundle.json").read_bytes())
        self.resources: list[dict[str, Any]] = [one["resource"] for one in bundle["entry"]]
        path = urlsplit(base).path
        self.app = Starlette(routes=[
            Route(f"{path}/.well-known/smart-configuration", self.configuration),
            Route("/authorize", self.authorize),
            Route("/token", self.redeem, methods=["POST"]),
            Route(f"{path}/Patient/{{ident}}", self.read),
            Route(f"{path}/{{kind}}", self.search),
        ])  # fmt: skip

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    async def configuration(self, request: Request) -> Response:
        self.asked.append(request)
        found = {
            "issuer": self.base,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", "launch-standalone", "client-public", "permission-v2"],
        }
        merged = {**found, **self.config}
        return JSONResponse({key: one for key, one in merged.items() if one is not None})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        problem = self.fault(asked)
        if problem:
            return JSONResponse({"error": problem}, 400)
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        address = f"{asked['redirect_uri']}?{urlencode(back)}"
        if self.asks:
            return HTMLResponse(f'<title>EHR</title><a href="{escape(address)}">Agree</a>')
        return RedirectResponse(address, 302)

    def fault(self, asked: dict[str, str]) -> str:
        scope = asked.get("scope", "").split()
        checks = {
            "response_type": asked.get("response_type") == "code",
            "client_id": asked.get("client_id") == CLIENT,
            "aud": asked.get("aud") == self.base,
            "state": len(asked.get("state", "")) >= 22,
            "challenge": asked.get("code_challenge_method") == "S256"
            and len(asked.get("code_challenge", "")) == 43,
            "launch": ("launch" in scope) == ("launch" in asked)
            and asked.get("launch", "launch-1") in self.launches
            and ("launch" in asked or "launch/patient" in scope),
        }
        return next((name for name, good in checks.items() if not good), "")

    async def redeem(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = (
            asked is not None
            and form.get("grant_type") == "authorization_code"
            and form.get("client_id") == CLIENT
            and form.get("redirect_uri") == asked["redirect_uri"]
            and proof == asked["code_challenge"]
        )
        if not good or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        found = {"access_token": token, "token_type": "Bearer", "expires_in": 600,
                 "scope": asked["scope"], "patient": PATIENT}  # fmt: skip
        return JSONResponse({key: one for key, one in {**found, **self.token}.items()
                             if one is not None})  # fmt: skip

    def allowed(self, request: Request) -> bool:
        self.asked.append(request)
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens

    async def read(self, request: Request) -> Response:
        if not self.allowed(request):
            return JSONResponse({}, 401)
        if "Patient" in self.refuses:
            return JSONResponse({}, self.refuses["Patient"])
        (person,) = [one for one in self.resources if one["resourceType"] == "Patient"]
        return JSONResponse(person)

    async def search(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if not self.allowed(request):
            return JSONResponse({}, 401)
        if kind in self.refuses:
            return JSONResponse({}, self.refuses[kind])
        if request.query_params["patient"] != PATIENT:
            return JSONResponse({}, 403)
        codes = set(filter(None, request.query_params.get("code", "").split(",")))
        found = [one for one in self.resources if one["resourceType"] == kind
                 and (not codes or self.coded(one, codes))]  # fmt: skip
        start = int(request.query_params.get("_start", "0"))
        page: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [{"resource": one} for one in found[start : start + self.page_size]],
        }
        if len(found) > start + self.page_size:
            more = {**dict(request.query_params), "_start": str(start + self.page_size)}
            host = self.next_host or self.base
            page["link"] = [{"relation": "next", "url": f"{host}/{kind}?{urlencode(more)}"}]
        return JSONResponse(page)

    @staticmethod
    def coded(resource: dict[str, Any], codes: set[str]) -> bool:
        own = resource.get("code", {}).get("coding", [])
        names = {f"{one.get('system')}|{one.get('code')}" for one in own}
        return bool(names & codes) or any(f"{one.get('system')}|" in codes for one in own)
