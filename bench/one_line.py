"""The least that a Flask view can do: what the pages' rates are compared with."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def one_line() -> str:
    return "ok"
