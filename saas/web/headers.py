"""The security headers of every response."""

from __future__ import annotations

from flask import Flask, Response, request

from saas.web.static_files import set_static_caching

# No inline script, no inline style, nothing from another address. `frame-ancestors` keeps others
# from laying our pages under theirs; `base-uri` and `form-action` keep injected markup from
# sending a form away.
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    # A long form keeps what is typed as it goes.
    "connect-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}

# What the pages never use, switched off so that no script could ask for it.
REFUSED_FEATURES = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)

TWO_YEARS = 63_072_000  # seconds


def content_security_policy(*, production: bool) -> str:
    """The policy as one header value; in production it also refuses plain HTTP."""
    rules = [f"{name} {value}" for name, value in CONTENT_SECURITY_POLICY.items()]
    if production:
        rules.append("upgrade-insecure-requests")
    return "; ".join(rules)


# Addresses that are themselves a key: no page behind one may pass it on, not even to ourselves.
PERSONAL_PATHS = ("/family/", "/sign/", "/with/", "/choose-password/")


def security_headers(*, production: bool) -> dict[str, str]:
    """The headers that are the same for every response of one deployment."""
    headers = {
        "Content-Security-Policy": content_security_policy(production=production),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{name}=()" for name in REFUSED_FEATURES),
        # Over HTTPS Flask-WTF compares the Referer of a POST with the host, so it must be sent
        # to ourselves; to anyone else an address with a case's id must not go.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if production:
        headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}; includeSubDomains"
    return headers


def init_headers(app: Flask, *, production: bool) -> None:
    """Put the security headers on every response, also on errors and static files."""
    fixed = security_headers(production=production)

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.update(fixed)
        if request.path.startswith(PERSONAL_PATHS):
            response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint == "static":
            set_static_caching(response)
        else:
            # Special-category data: no page may stay in a shared computer's cache.
            response.headers["Cache-Control"] = "no-store"
        return response
