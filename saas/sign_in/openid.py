"""An OpenID provider, asked as a client: its discovery, its keys and its tokens (OpenID Connect
Core 1.0, Discovery 1.0; RFC 9700).

What is asked goes to public addresses alone, by HTTPS, without following redirects, and is given up
after seconds. Outside production a provider on the same machine may be asked as well.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from saas.config import Settings
from saas.identity.connections import IdentityConnection, Kind, secret_of
from saas.identity.vouched import Vouched

# Signatures by a key of which we hold the public half alone (RFC 7518, RFC 8037): never `none`,
# never one made with the client secret.
SIGNATURES = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    }
)
# What says that two proofs were asked for: RFC 8176 section 2; OpenID EAP ACR Values 1.0; the
# REFEDS profile; the policy of PAPE that older services name.
SECOND_BY_METHOD = "mfa"
SECOND_BY_CLASS = frozenset(
    {
        *("phr", "phrh", "https://refeds.org/profile/mfa"),
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    }
)
TIMEOUT = (3.05, 5.0)  # seconds to connect, and between two pieces of the answer
ALTOGETHER = 10.0  # seconds for one answer
MOST = 512 * 1024  # bytes of one answer
CLOCKS_DIFFER = 60  # seconds
DISCOVERY_KEPT = dt.timedelta(minutes=10)
FAILURE_KEPT = dt.timedelta(seconds=15)
MICROSOFT = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
)
GOOGLE = "https://accounts.google.com"


class ProviderSilent(Exception):
    """The provider does not answer, or not in a way that we can use. The text says what is wrong
    to those who look after the connection."""


class TokenRefused(Exception):
    """What the provider said is not to be believed; `why` is a word for the trail."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class GuardedSession(OAuth2Session):  # type: ignore[misc]  # the library has no types
    """A session that reaches public addresses alone. The name is resolved once, and the address
    that was looked at is the one that is connected to."""

    def __init__(self, *args: Any, local: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # No proxy and no password file of the machine's.
        self.trust_env = False
        self.mount("https://", IPFilterAdapter(is_https_proto=True, allow_loopback=local))
        if local:
            self.mount("http://", IPFilterAdapter(is_https_proto=False, allow_loopback=True))
        else:
            self.adapters.pop("http://")

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        kwargs |= {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        began = time.monotonic()
        response: requests.Response = super().request(method, url, **kwargs)
        if response.is_redirect:
            response.close()
            raise requests.TooManyRedirects("it sends elsewhere, which is not followed")
        read = bytearray()
        for piece in response.iter_content(16_384):
            read += piece
            if len(read) > MOST or time.monotonic() - began > ALTOGETHER:
                response.close()
                raise requests.ReadTimeout("its answer is too long, or takes too long")
        response._content = bytes(read)
        return response


class Client(FlaskOAuth2App):  # type: ignore[misc]  # the library has no types
    client_cls = GuardedSession


# What providers said of themselves, and when; or what was wrong.
_known: dict[str, tuple[dt.datetime, dict[str, Any] | str]] = {}


def issuer_fault(issuer: str, kind: Kind, settings: Settings) -> str:
    """What is wrong with the address of an issuer as it was entered; '' when nothing is."""
    try:
        parts = urlsplit(issuer)
        parts.port  # noqa: B018  (it is read when it is asked for)
    except ValueError:
        return "Enter the issuer's address, such as https://login.example.org"
    if parts.query or parts.fragment or parts.username or not parts.hostname:
        return "Enter the issuer's address alone, such as https://login.example.org"
    if _is_local(issuer):
        if settings.is_production:
            return "The issuer must be an address that begins with https:// on the internet"
        return ""
    if parts.scheme != "https":
        return "The issuer's address must begin with https://"
    if kind is Kind.MICROSOFT:
        first = parts.path.strip("/").split("/")[0]
        if parts.hostname not in MICROSOFT or first in ("", "common", "organizations", "consumers"):
            return (
                "Enter your own tenant's issuer: "
                "https://login.microsoftonline.com/YOUR-TENANT-ID/v2.0"
            )
    if kind is Kind.GOOGLE and issuer != GOOGLE:
        return f"Google's issuer is {GOOGLE}"
    if kind is Kind.OTHER and (parts.hostname in MICROSOFT or issuer.rstrip("/") == GOOGLE):
        # Whom they vouch for is known by what each says in its own way alone.
        return "Choose Microsoft Entra or Google Workspace above for this issuer"
    return ""


def discover(issuer: str, settings: Settings, *, at: dt.datetime) -> dict[str, Any]:
    """What a provider says of itself, which is kept for DISCOVERY_KEPT.

    Raises:
        ProviderSilent: it does not answer, or says what we cannot use; asked again after
            FAILURE_KEPT, so that nobody is kept waiting by each who tries.
    """
    asked_at, said = _known.get(issuer, (None, ""))
    if asked_at is not None:
        lasts = FAILURE_KEPT if isinstance(said, str) else DISCOVERY_KEPT
        if asked_at <= at < asked_at + lasts:
            if isinstance(said, str):
                raise ProviderSilent(said)
            return said
    try:
        said = _discovered(issuer, settings)
    except ProviderSilent as silent:
        _known[issuer] = (at, str(silent))
        raise
    _known[issuer] = (at, said)
    return said


def forget(issuer: str) -> None:
    """Ask a provider anew what it says of itself."""
    _known.pop(issuer, None)


def _discovered(issuer: str, settings: Settings) -> dict[str, Any]:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    said = _fetched(address, settings)
    if said.get("issuer") != issuer:
        raise ProviderSilent(
            f"It calls itself {str(said.get('issuer'))[:200]!r}: enter the issuer so, to the last "
            "sign, if that is yours"
        )
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        endpoint = said.get(name)
        if not isinstance(endpoint, str) or not _may_be_asked(endpoint, settings):
            raise ProviderSilent(f"It names no {name} that begins with https://")
    if "code" not in _listed(said, "response_types_supported", "code"):
        raise ProviderSilent("It does not offer the authorization code flow")
    offered = _listed(said, "id_token_signing_alg_values_supported", "RS256")
    usable = sorted(SIGNATURES.intersection(offered))
    if not usable:
        raise ProviderSilent("It signs its tokens in no way that we take, such as RS256")
    # The library believes what stands here.
    said["id_token_signing_alg_values_supported"] = usable
    return said


def _listed(said: Mapping[str, Any], name: str, otherwise: str) -> list[str]:
    """What is listed under a name; where nothing is, what Discovery 1.0 section 3 says of that."""
    listed = said.get(name, [otherwise])
    if not isinstance(listed, list):
        raise ProviderSilent(f"It says of {name} what is no list")
    return [str(one) for one in listed]


def _fetched(address: str, settings: Settings) -> dict[str, Any]:
    host = urlsplit(address).hostname
    try:
        with GuardedSession(local=not settings.is_production) as session:
            answer = session.request("GET", address, withhold_token=True)
    except InvalidIPAddress:
        raise ProviderSilent(f"{host} is an address inside a network, which is not asked") from None
    except requests.exceptions.SSLError:
        raise ProviderSilent(f"The certificate of {host} is not valid") from None
    except requests.Timeout:
        raise ProviderSilent(f"{host} does not answer in time") from None
    except requests.TooManyRedirects:
        raise ProviderSilent(f"{address} leads elsewhere: enter the issuer itself") from None
    except requests.RequestException:
        raise ProviderSilent(f"{host} cannot be reached") from None
    if answer.status_code != 200:
        raise ProviderSilent(f"{address} answers {answer.status_code}, and not with what we need")
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise ProviderSilent(f"{address} does not answer in JSON")
    return said


def _is_local(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _may_be_asked(address: str, settings: Settings) -> bool:
    local = _is_local(address) and not settings.is_production
    return urlsplit(address).scheme == "https" or local


def client_of(connection: IdentityConnection, settings: Settings, *, at: dt.datetime) -> Client:
    """The client of a connection. What it keeps between going and coming back is kept by the
    connection's name: what comes back to another connection finds nothing.

    Raises:
        ProviderSilent: the provider does not answer, or the secret cannot be read any more.
    """
    said = discover(connection.issuer, settings, at=at)
    secret = secret_of(connection, secret=settings.session_secret)
    if not secret:
        raise ProviderSilent("The client secret cannot be read any more: enter it again")
    methods = _listed(said, "token_endpoint_auth_methods_supported", "client_secret_basic")
    method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
    return Client(
        FlaskIntegration(f"connection_{connection.id}"),
        f"connection_{connection.id}",
        client_id=connection.client_id,
        client_secret=secret,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
            "local": not settings.is_production,
        },
        **_said_to_the_library(said),
    )


def _said_to_the_library(said: Mapping[str, Any]) -> dict[str, Any]:
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    return {name: said[name] for name in (*names, "id_token_signing_alg_values_supported")}


@dataclass(frozen=True)
class Answered:
    """What came back with the browser."""

    state: str
    code: str
    error: str
    issuer: str


def vouched_by(client: Client, connection: IdentityConnection, answered: Answered) -> Vouched:
    """Whom the provider vouches for, by the code that it gave for what this browser asked.

    Raises:
        ProviderSilent: it does not answer.
        TokenRefused: what it says is not to be believed.
    """
    if answered.error:
        raise TokenRefused("cancelled" if answered.error == "access_denied" else "error")
    # RFC 9207: where the provider says who it is, it is the one that was asked.
    if answered.issuer and answered.issuer != connection.issuer:
        raise TokenRefused("another issuer")
    if not answered.code:
        raise TokenRefused("no code")
    wanted = {
        "iss": {"essential": True, "value": connection.issuer},
        "aud": {"essential": True, "value": connection.client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "nonce": {"essential": True},
    }
    try:
        token = client.authorize_access_token(claims_options=wanted, leeway=CLOCKS_DIFFER)
    except requests.RequestException:
        raise ProviderSilent("It did not answer when we asked for the token") from None
    except JoseError as refused:
        raise TokenRefused(_word_of(refused)) from None
    except AuthlibBaseError as refused:
        error = str(refused.error)
        known = error if re.fullmatch("[a-z_]{1,40}", error) else "another error"
        raise TokenRefused(f"token: {known}") from None
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
        raise TokenRefused("not understood") from None
    claims = token.get("userinfo")
    if not claims:
        raise TokenRefused("no id token")
    return _vouched(Kind(connection.kind), claims)


def _word_of(refused: JoseError) -> str:
    """What is wrong with a token, in a word or two and without what stands in it."""
    claim = getattr(refused, "claim", "")
    return f"{refused.error}: {claim}" if claim else str(refused.error)


def _vouched(kind: Kind, claims: Mapping[str, Any]) -> Vouched:
    """What is believed of the claims, which each service makes in its own way.

    Microsoft: `oid` names a person for good, `sub` for one registration alone; an address is
    the person's own to choose unless `xms_edov` says otherwise, and the user principal name is of
    a domain that the tenant has proved to be its own. Google: `email_verified` also holds of a
    private account with an address of the council's; `hd` says that the account is the council's.
    """
    subject, address, hosted = claims.get("sub"), "", None
    if kind is Kind.MICROSOFT:
        subject = claims.get("oid")
        if str(claims.get("acct", 0)) == "1":
            raise TokenRefused("guest")
        owned = str(claims.get("xms_edov", "")).lower() in ("true", "1")
        address = str((claims.get("email") if owned else claims.get("preferred_username")) or "")
    elif str(claims.get("email_verified", "")).lower() == "true":
        address = str(claims.get("email") or "")
    if kind is Kind.GOOGLE:
        hosted = str(claims.get("hd") or "")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise TokenRefused("no subject")
    methods = claims.get("amr") or []
    second = SECOND_BY_METHOD in methods or claims.get("acr") in SECOND_BY_CLASS
    return Vouched(
        subject=subject,
        email=address.strip()[:254],
        hosted=hosted,
        second_proof=second,
        at=_moment(claims.get("auth_time")),
    )


def _moment(told: object) -> dt.datetime | None:
    """A moment in seconds since 1970 (RFC 7519 section 2)."""
    if not isinstance(told, int | float):
        return None
    try:
        return dt.datetime.fromtimestamp(told, dt.UTC)
    except (OverflowError, OSError, ValueError):
        return None


def tried(connection: IdentityConnection, settings: Settings, *, at: dt.datetime) -> list[str]:
    """What is wrong with a connection, in sentences for those who set it up; none when it seems to
    work. Nobody is signed in, so who may use it is not known by this."""
    forget(connection.issuer)
    try:
        client = client_of(connection, settings, at=at)
        keys = _fetched(client.server_metadata["jwks_uri"], settings).get("keys")
    except ProviderSilent as silent:
        return [str(silent)]
    if not keys:
        return ["It publishes no keys, so no token of it could be believed"]
    try:
        # No such code exists: how it is refused tells whether it knows us.
        client.fetch_access_token(
            redirect_uri="https://example.invalid/", code="tried", code_verifier="t" * 43
        )
    except requests.RequestException:
        return ["It does not answer where tokens are asked for"]
    except AuthlibBaseError as refused:
        if refused.error in ("invalid_client", "unauthorized_client"):
            return ["It does not know us: the client id or the secret is not right, or ran out"]
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
        return ["It answers where tokens are asked for in a way that we do not understand"]
    return []
