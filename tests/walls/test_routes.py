"""Every route: who may, who may not, and that it says so. What is added later is walked too."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from saas.app import create_app
from saas.config import Settings
from saas.identity.permissions import Permission
from saas.service import find_signed_in
from saas.web.access import AUTHORITY_ARGUMENT, BY_LINK, LINK_ARGUMENT
from saas.web.frame import Door
from saas.web.headers import PERSONAL_PATHS
from tests.factories import Someone, client_of
from tests.walls.places import World
from tests.walls.route_lists import (
    AFTER_A_PASSWORD,
    ASK_MORE,
    CALLED_BY_OTHERS,
    MOST_STATEMENTS,
    NEED_A_FILE,
    NO_SIGN_IN,
    OF_THE_APPOINTED,
    OPEN_TO_ANYONE,
    PREFIXES,
    TEXTS_IN_ADDRESSES,
    WRITTEN_BY_READING,
)
from tests.walls.statements import committed, recorded, tables_written
from tests.walls.walk import (
    PERSONAL,
    access_of,
    address,
    arguments_of,
    converter_of,
    id_arguments,
    routes,
)

# The rules are needed to name the tests, before there is a database; none is asked.
RULES = routes(
    create_app(
        Settings(environment="test", database_url="postgresql://none/none"),  # type: ignore[arg-type]
        TESTING=True,
    )
)
GETS = [rule for rule in RULES if "GET" in (rule.methods or ())]
POSTS = [rule for rule in RULES if "POST" in (rule.methods or ())]

FAMILYS_FIRST = next(rule for rule in RULES if rule.endpoint == "family_case.case")


def named(rule: Rule) -> str:
    return rule.rule


def everyone(world: World) -> Iterator[tuple[str, Someone, frozenset[Permission]]]:
    for name, someone in world.everyone():
        yield name, someone, permissions_of(someone.id)


@cache
def permissions_of(person_id: uuid.UUID) -> frozenset[Permission]:
    found = find_signed_in(person_id)
    assert found is not None
    return found.permissions


_signed_in: dict[uuid.UUID, str] = {}


def browser_of(world: World, someone: Someone) -> FlaskClient:
    """A new browser in which a person is signed in, by the same session each time: for requests
    that are refused, or that change nothing."""
    if someone.id not in _signed_in:
        cookie = client_of(world.app, someone).get_cookie("session")
        assert cookie is not None
        _signed_in[someone.id] = cookie.value
    browser = world.app.test_client()
    browser.set_cookie("session", _signed_in[someone.id])
    return browser


def test_what_is_open_to_anyone_is_listed_and_nothing_else(world: World) -> None:
    is_open = {
        rule.endpoint
        for rule in RULES
        if access_of(world.app, rule).permission is Permission.ANYONE
    }
    assert is_open == OPEN_TO_ANYONE


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_an_address_stands_behind_its_door_in_plain_small_words(world: World, rule: Rule) -> None:
    door = access_of(world.app, rule).door
    if door in PREFIXES:
        assert rule.rule.startswith(PREFIXES[door])
    else:
        assert not rule.rule.startswith(tuple(PREFIXES.values()))
    fixed = re.sub(r"<[^>]*>", "", rule.rule)
    assert re.fullmatch(r"[a-z0-9/.-]*", fixed), "kebab-case, please"


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_an_id_in_an_address_has_a_type(rule: Rule) -> None:
    for argument in rule.arguments:
        kind = converter_of(rule, argument)
        if argument in TEXTS_IN_ADDRESSES:
            continue
        assert kind in ("UUIDConverter", "IntegerConverter", "AnyConverter"), (
            f"<{argument}> takes any text: write <uuid:{argument}> or <int:{argument}>"
        )
        if argument.endswith("_id"):
            assert kind == "UUIDConverter", f"a number in <{argument}> would tell of volumes"


@pytest.mark.parametrize("rule", GETS, ids=named)
def test_who_may_read_a_page_reads_it_and_nobody_else(world: World, rule: Rule) -> None:
    """A stranger is asked to sign in; a member without the right is refused (403); another
    authority's officer does not find the row (404); all others read it."""
    access = access_of(world.app, rule)
    path = address(rule, arguments_of(rule, world.here))
    stranger = world.app.test_client().get(path)
    if rule.rule.startswith("/api/") and not rule.rule.endswith("openapi.json"):
        assert stranger.status_code == 401
        # Who is signed in to the pages has no key to the API by that.
        assert browser_of(world, world.here.people["manager"]).get(path).status_code == 401
        return
    if access.permission in (Permission.BY_PERSONAL_LINK, Permission.BY_UNPROVEN_LINK):
        # A page that has nothing to ask now leads back to the family's own first page.
        back = urlsplit(stranger.location or "").path
        first = address(FAMILYS_FIRST, arguments_of(FAMILYS_FIRST, world.here))
        assert stranger.status_code == 200 or back == first or rule.endpoint in NEED_A_FILE
    elif access.permission in NO_SIGN_IN:
        assert stranger.status_code == 200 or rule.endpoint in AFTER_A_PASSWORD
    else:
        assert stranger.status_code == 302
        assert urlsplit(stranger.location).path == "/sign-in"
    told, most = {}, 0
    for name, someone, permissions in everyone(world):
        client = browser_of(world, someone)
        with recorded() as sent, committed() as statements, client.get(path) as answer:
            told[name] = answer.status_code
        if len(sent) > MOST_STATEMENTS:
            # Once what is kept for a minute is kept.
            with recorded() as sent:
                client.get(path).close()
        most = max(most, len(sent))
        wanted = {200, 302, 303}
        if access.permission not in permissions | NO_SIGN_IN:
            wanted = {403}
        elif rule.endpoint in ASK_MORE and name in ("provider manager", "provider appointed"):
            wanted = {200, 403}
        elif access.door is Door.AUTHORITY and name.startswith("provider"):
            wanted = {403}  # the right, but no authority to use it in
        elif access.door is Door.AUTHORITY and name.startswith("there") and id_arguments(rule):
            wanted = {404}
        elif name == "provider mediator" and id_arguments(rule):
            # Allowed what belongs to the cases one is appointed to, and this is none of them.
            wanted = {403} if access.permission in OF_THE_APPOINTED else wanted
        elif rule.endpoint in NEED_A_FILE:
            wanted = {200, 404}
        assert told[name] in wanted, f"{name} got {told[name]} from {path}, not {wanted}"
        written = tables_written(statements) - WRITTEN_BY_READING
        assert not written, f"reading {path} wrote to {written}"
    assert most <= MOST_STATEMENTS, f"{path} asked {most} times"
    readers = {name for name, status in told.items() if status in (200, 302, 303)}
    assert readers or rule.endpoint in NEED_A_FILE, (
        f"nobody may open {path}, so nobody has tried it"
    )


@pytest.mark.parametrize("rule", [r for r in RULES if id_arguments(r)], ids=named)
def test_an_id_of_another_authority_or_of_nothing_is_not_found(world: World, rule: Rule) -> None:
    """Also by those who may see both: an address names one authority, and only its rows."""
    invented = {name: uuid.uuid4() for name in id_arguments(rule)}
    good = arguments_of(rule, world.here)
    foreign = arguments_of(rule, world.here, ids_of=world.there)
    tried = [{**good, **invented}, foreign]
    # One foreign id among good ones is no better.
    for name in id_arguments(rule):
        tried.append({**good, name: foreign[name]})
    if LINK_ARGUMENT in rule.arguments:
        tried.append({**good, LINK_ARGUMENT: world.there.family_token})
    if AUTHORITY_ARGUMENT in rule.arguments:
        tried.append({**good, AUTHORITY_ARGUMENT: "no-such-authority"})
    method = "GET" if "GET" in (rule.methods or ()) else "POST"
    world.app.config["WTF_CSRF_ENABLED"] = False
    try:
        for name, someone, permissions in everyone(world):
            if access_of(world.app, rule).permission not in permissions | NO_SIGN_IN:
                continue
            # The one is found out before any id is looked at; the other has ids of their own.
            if name == "provider mediator" or name.startswith("there"):
                continue
            if name.startswith("provider") and access_of(world.app, rule).door is Door.AUTHORITY:
                continue
            client = browser_of(world, someone)
            for arguments in tried:
                path = address(rule, arguments)
                with client.open(path, method=method) as answer:
                    assert answer.status_code == 404, f"{someone.name} found {path}"
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.parametrize("rule", POSTS, ids=named)
def test_what_changes_something_needs_the_pages_own_token(world: World, rule: Rule) -> None:
    path, access = address(rule, arguments_of(rule, world.here)), access_of(world.app, rule)
    if access.permission in BY_LINK:
        return  # the key is in the address, which no other site knows; there is no cookie to abuse
    if rule.rule.startswith(PERSONAL_PATHS):
        # These pages send no Referer; their forms ask for the token themselves.
        assert world.app.test_client().post(path).status_code in (404, 422)
        return
    if rule.endpoint in CALLED_BY_OTHERS:
        assert world.app.test_client().post(path).status_code in (400, 404)
        return
    with recorded() as statements:
        # Whoever is not signed in is asked to do so, and nothing that was sent is done.
        answer = world.app.test_client().post(path)
        open_to_all = access.permission in NO_SIGN_IN
        asked = answer.status_code == 302 and "/sign-in?" in answer.headers["Location"]
        assert answer.status_code == 400 if open_to_all else asked
        for name, someone, _ in everyone(world):
            answer = browser_of(world, someone).post(path)
            assert answer.status_code == 400, f"{name} posted to {path} without csrf_token"
    assert tables_written(statements) == set()


@pytest.mark.parametrize("rule", POSTS, ids=named)
def test_who_may_not_change_it_changes_nothing(
    world: World, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.app.config, "WTF_CSRF_ENABLED", False)
    access = access_of(world.app, rule)
    if access.permission in NO_SIGN_IN:
        return
    path = address(rule, arguments_of(rule, world.here))
    mine = PERSONAL & set(rule.arguments)
    with committed() as statements:
        stranger = world.app.test_client().post(path)
        assert stranger.status_code == 302
        assert urlsplit(stranger.location).path == "/sign-in"
        for name, someone, permissions in everyone(world):
            foreign = bool(mine) or (
                access.door is Door.AUTHORITY
                and name.startswith("there")
                and bool(id_arguments(rule))
            )
            if mine and name == "here officer":
                continue
            if access.permission in permissions and not foreign:
                continue
            answer = browser_of(world, someone).post(path)
            assert answer.status_code == (404 if access.permission in permissions else 403), name
    # That it was refused is in the trail. Of a row that is one's own alone, the DELETE names the
    # person, and finds none.
    trail = {"audit_entry", "platform_audit_entry"}
    assert tables_written(statements) - trail <= ({"saved_filter"} if mine else set())


@pytest.mark.parametrize("rule", POSTS, ids=named)
def test_an_empty_form_is_answered_in_words_and_changes_nothing(
    world: World, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.app.config, "WTF_CSRF_ENABLED", False)
    access = access_of(world.app, rule)
    path = address(rule, arguments_of(rule, world.here))
    tried = 0
    for name, someone, permissions in everyone(world):
        if name.startswith("there") or access.permission not in permissions | NO_SIGN_IN:
            continue
        if PERSONAL & set(rule.arguments):
            continue
        # What its page says of the mistakes is looked at where the form is tried; the row at hand
        # may be past the point at which this can be done (404, 409).
        client = client_of(world.app, someone)
        client.looks = False
        answer = client.post(path)
        known = (302, 303, 403, 404, 409, 422)
        assert answer.status_code in known, f"{name}: {answer.status_code}"
        tried += 1
    assert tried or PERSONAL & set(rule.arguments), f"nobody may post to {path}"


def test_a_page_that_is_not_there_says_so_to_everyone(world: World) -> None:
    for path in (
        "/no-such-page",
        "/authority/no-such-page",
        "/provider/x/y/z",
        "/authority/cases/1",
    ):
        assert world.app.test_client().get(path).status_code == 404
        for _, someone in world.everyone():
            assert browser_of(world, someone).get(path).status_code == 404


def test_the_walk_knows_the_routes_of_the_service_it_walks(world: World) -> None:
    assert [(r.rule, r.endpoint) for r in RULES] == [
        (r.rule, r.endpoint) for r in routes(world.app)
    ]
    assert isinstance(world.app, Flask)
