"""The provider's process: `python -m tests.openid_provider.server PORT`; it prints its port."""

from __future__ import annotations

import base64
import json
import os
import sys
import time
import uuid
from typing import Any

# The provider is asked over plain HTTP on the same machine.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT_ID, CLIENT_SECRET = "the-service", "a secret of the provider's"
# What it can be told to do wrong, with the next tokens or answers.
LIES = frozenset(
    {
        *("wrong nonce", "no nonce", "wrong audience", "expired", "other issuer", "alg none"),
        *("symmetric", "foreign key", "no id token", "from the future", "no answer"),
        *("redirects", "endless", "other name", "no keys", "not json", "weak algorithms"),
        *("odd discovery", "odd keys", "odd token"),
    }
)


class Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, redirect_uris: list[str]) -> None:
        self.client_id, self.redirect_uris = CLIENT_ID, redirect_uris
        self.client_metadata: dict[str, Any] = {}
        self.id_token_signed_response_alg = "RS256"

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)

    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str:
        return str(self.nonce)

    def get_auth_time(self) -> int:
        return int(self.auth_time)

    def get_acr(self) -> str | None:
        return None

    def get_amr(self) -> list[str] | None:
        return None


class Provider:
    def __init__(self) -> None:
        self.address = ""
        self.lies: set[str] = set()
        # Who is signed in there: the claims of the next tokens.
        self.person: dict[str, Any] = {}
        # How long ago, in seconds, where nobody is asked anew.
        self.signed_in_ago = 0
        self.listens_to_prompt = True
        self.codes: dict[str, Code] = {}
        self.redirect_uris: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.keys: list[RSAKey] = []
        self.rotate()

    def rotate(self) -> None:
        """A new key signs; the one before is gone."""
        key = RSAKey.generate_key(2048, parameters={"kid": uuid.uuid4().hex, "use": "sig"})
        self.keys = [key]

    def id_token(self, code: Code, client_id: str) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.address, "aud": client_id, "iat": now, "exp": now + 300,
            "auth_time": code.auth_time, "nonce": code.nonce, **code.person,
        }  # fmt: skip
        if "wrong nonce" in self.lies:
            claims["nonce"] = "of somebody else"
        if "no nonce" in self.lies:
            del claims["nonce"]
        if "wrong audience" in self.lies:
            # The authorized party alone is ours.
            claims |= {"aud": "another-service", "azp": client_id}
        if "expired" in self.lies:
            claims |= {"iat": now - 900, "exp": now - 600}
        if "from the future" in self.lies:
            claims |= {"nbf": now + 900}
        if "other issuer" in self.lies:
            claims["iss"] = "https://login.elsewhere.example"
        claims = {name: value for name, value in claims.items() if value is not None}
        if "alg none" in self.lies:
            parts = ({"alg": "none", "typ": "JWT"}, claims)
            return ".".join(_encoded(part) for part in parts) + "."
        if "symmetric" in self.lies:
            return _signed_with_secret(claims)
        key = self.keys[0]
        header = {"alg": "RS256", "kid": key.kid}
        if "foreign key" in self.lies:
            key = RSAKey.generate_key(2048)
        return jwt.encode(header, claims, key)


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _signed_with_secret(claims: dict[str, Any]) -> str:
    key = OctKey.import_key(CLIENT_SECRET)
    registry = JWSRegistry(algorithms=["HS256"])
    return jwt.encode({"alg": "HS256"}, claims, key, registry=registry)


provider = Provider()


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        fresh = provider.listens_to_prompt and asked.get("prompt") == "login"
        provider.codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.payload.scope,
            nonce=asked.get("nonce"),
            code_challenge=asked.get("code_challenge"),
            code_challenge_method=asked.get("code_challenge_method"),
            auth_time=int(time.time()) - (0 if fresh else provider.signed_in_ago),
            person=dict(provider.person),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return provider.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del provider.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> Any:
        return authorization_code


class IdToken(OpenIDCode):  # type: ignore[misc]
    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in provider.codes.values())

    def generate_user_info(self, user: Any, scope: str) -> UserInfo:
        return UserInfo(user.person)

    def process_token(self, grant: Any, response: Any) -> dict[str, Any]:
        token: dict[str, Any] = response[1]
        if "no id token" not in provider.lies:
            request = grant.request
            token["id_token"] = provider.id_token(
                request.authorization_code, request.client.client_id
            )
        return token


def make_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "of the provider"
    server = AuthorizationServer(
        app,
        query_client=lambda client_id: (
            Client(provider.redirect_uris) if client_id == CLIENT_ID else None
        ),
        save_token=lambda token, request: None,
    )
    server.register_grant(CodeGrant, [IdToken(require_nonce=True), CodeChallenge(required=True)])

    @app.before_request
    def misbehave() -> Any:
        if request.path.startswith("/_control"):
            return None
        if "no answer" in provider.lies:
            return Response(status=503)
        if "redirects" in provider.lies:
            return redirect("http://127.0.0.1:1/elsewhere")
        if "endless" in provider.lies:
            return Response((b" " * 65_536 for _ in range(10_000)), mimetype="application/json")
        if "not json" in provider.lies:
            return Response("<h1>Welcome</h1>")
        return None

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        if "odd discovery" in provider.lies:
            address = f"{provider.address}/x"
            return jsonify(
                issuer=provider.address, authorization_endpoint=address, token_endpoint=address,
                jwks_uri=address, response_types_supported=5,
            )  # fmt: skip
        other = provider.address + ("/other" if "other name" in provider.lies else "")
        weak = "weak algorithms" in provider.lies
        return jsonify(
            issuer=other,
            authorization_endpoint=f"{provider.address}/authorize",
            token_endpoint=f"{provider.address}/token",
            jwks_uri=f"{provider.address}/keys",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            # What is no signature is offered too, so that taking it would be our fault.
            id_token_signing_alg_values_supported=[
                *(() if weak else ("RS256",)), "HS256", "none",
            ],
            token_endpoint_auth_methods_supported=["client_secret_basic"],
            code_challenge_methods_supported=["S256"],
        )  # fmt: skip

    @app.get("/keys")
    def keys() -> Response:
        if "odd keys" in provider.lies:
            return jsonify(keys=[1, {"kty": 5}])
        published = [] if "no keys" in provider.lies else provider.keys
        if not published:
            return jsonify(keys=[])
        return jsonify(KeySet([*published]).as_dict(private=False))

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        provider.asked.append(request.values.to_dict())
        if request.method == "GET":
            action = request.full_path.replace("&", "&amp;").replace('"', "")
            return (
                "<!doctype html><html lang=en><title>Council sign-in</title>"
                "<h1>Council sign-in</h1>"
                f'<form method=post action="{action}"><button>Sign in here</button>'
                "<button name=no value=1>Cancel</button></form>"
            )
        grant = server.get_consent_grant(end_user="somebody")
        who = None if request.form.get("no") else "somebody"
        return server.create_authorization_response(grant_user=who, grant=grant)

    @app.post("/token")
    def token() -> Any:
        if "odd token" in provider.lies:
            return jsonify(id_token=7, access_token=["x"], token_type={})
        return server.create_token_response()

    @app.post("/_control")
    def control() -> Response:
        """Tell the provider who is signed in there, and what to do wrong."""
        told = request.get_json()
        wrong = set(told.get("lies", [])) - LIES
        if wrong:
            return jsonify(unknown=sorted(wrong)), 400  # type: ignore[return-value]
        for name, value in told.items():
            setattr(provider, name, set(value) if name == "lies" else value)
        return jsonify(ok=True)

    @app.post("/_control/rotate")
    def rotate() -> Response:
        provider.rotate()
        return jsonify(ok=True)

    @app.get("/_control/asked")
    def asked() -> Response:
        return jsonify(provider.asked)

    return app


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing is written: the test that starts it reads what it says of itself."""


def main() -> None:
    server = make_server(
        "127.0.0.1", int(sys.argv[1]), make_app(), threaded=True, request_handler=Quiet
    )
    provider.address = f"http://127.0.0.1:{server.server_port}"
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
