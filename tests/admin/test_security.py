"""Who gets in, and what a stranger, another site or a stolen store can do. Each test names the rule that it holds."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.admin.rights import BY_ENDPOINT, RIGHTS
from feedsvc.services import passwords
from tests.admin.office import HERE, PASSWORD, Browser, Office
from tests.web.site import visible


def test_rule_1_passwords_are_kept_as_salted_scrypt_and_must_have_twelve_characters(office: Office) -> None:
    office.owner()
    (account,) = office.accounts.all()
    assert account.password is not None
    assert re.fullmatch(r"scrypt\$4\$8\$3\$[\w+/=]{24}\$[\w+/=]{88}", account.password)
    assert passwords.hashed(PASSWORD) != passwords.hashed(PASSWORD)
    code = office.accounts.link("ana")
    assert code
    refused = office.browser().post(f"/admin/first/{code}", name="x", password="short", clock="UTC")
    assert refused.status_code == 410


def test_rule_1_a_password_of_an_older_cost_is_hashed_again_at_log_in(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.owner()
    monkeypatch.setattr(passwords, "_COST", 5)
    assert office.browser().post("/admin/in", name="ana", password=PASSWORD).status_code == 303
    (account,) = office.accounts.all()
    assert account.password is not None
    assert account.password.startswith("scrypt$5$")
    assert office.browser().post("/admin/in", name="ana", password=PASSWORD).status_code == 303


def test_rule_2_a_log_in_ends_after_eight_idle_hours_and_after_seven_days(office: Office) -> None:
    browser = office.owner()
    for _ in range(24):
        office.now += timedelta(hours=7)
        if browser.get("/admin/").status_code == 303:
            break
    assert office.now - timedelta(days=7) >= office.accounts.all()[0].made_at
    browser.post("/admin/in", name="ana", password=PASSWORD)
    assert browser.get("/admin/").status_code == 200
    office.now += timedelta(hours=8)
    assert browser.get("/admin/").headers["Location"] == "/admin/in"


def test_rule_2_the_store_holds_no_cookie_and_log_out_ends_it(office: Office) -> None:
    browser = office.owner()
    cookie = browser.client.get_cookie("__Host-feedsvc", domain="calendars.example.org")
    assert cookie is not None
    with office.runtime.store.read() as snapshot:
        rows = snapshot._connection.exec_driver_sql("SELECT * FROM login").all()
    assert len(rows) == 1
    assert cookie.value not in str(rows)
    other = office.browser()
    other.client.set_cookie("__Host-feedsvc", cookie.value, domain="calendars.example.org", secure=True)
    assert other.get("/admin/").status_code == 200
    assert browser.post("/admin/out").status_code == 303
    assert other.get("/admin/").status_code == 303, "the same cookie, ended"


def test_rule_2_another_password_signs_every_browser_out_and_the_old_one_opens_nothing(office: Office) -> None:
    browser, other = office.owner(), office.browser()
    other.post("/admin/in", name="ana", password=PASSWORD)
    assert browser.post("/admin/me/password", password="another twelve letters").status_code == 303
    assert other.get("/admin/").status_code == 303
    assert other.post("/admin/in", name="ana", password=PASSWORD).status_code == 403


def test_rule_2_owners_actions_need_a_password_of_the_last_quarter_of_an_hour(office: Office) -> None:
    browser = office.owner()
    assert browser.get("/admin/accounts").status_code == 200
    office.now += timedelta(minutes=16)
    assert browser.get("/admin/accounts").headers["Location"] == "/admin/me/prove"
    assert browser.post("/admin/me/prove", password="not the password").status_code == 403
    assert browser.post("/admin/me/prove", password=PASSWORD).status_code == 303
    assert browser.get("/admin/accounts").status_code == 200


def test_rule_3_the_cookie_is_for_this_host_alone_and_public_pages_set_none(office: Office) -> None:
    code = office.accounts.first_link()
    form = {"name": "ana", "shown": "", "password": PASSWORD, "clock": "UTC"}
    set_cookie = office.browser().post(f"/admin/first/{code}", **form).headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-feedsvc=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(set_cookie.split("; "))
    assert "Domain" not in set_cookie
    for path in ("/", "/all.ics", "/status", "/admin/in"):
        assert "Set-Cookie" not in office.browser().get(path).headers


def test_rule_3_without_https_only_this_machines_own_name_is_answered(tmp_path: Path) -> None:
    office = Office(tmp_path, FEEDSVC_BASE_URL="")
    office.accounts.first_link()
    client = office.application.test_client()
    assert client.get("/admin/", base_url="http://localhost:8000").status_code == 403
    assert "no account yet" in client.get("/admin/", base_url="http://127.0.0.1:8000").text
    response = client.get("/admin/", base_url="http://calendars.example.org")
    assert "needs https" in response.text
    browser = office.owner()
    cookie = browser.client.get_cookie("feedsvc-admin", domain="localhost", path="/admin")
    assert cookie is not None
    office.runtime.close()


def test_rule_4_ten_failures_slow_one_visitor_down_and_lock_nobody_else_out(office: Office) -> None:
    office.owner()
    attacker = office.browser()
    for _ in range(10):
        assert attacker.post("/admin/in", name="ana", password="a guess at the password").status_code == 403
    throttled = attacker.post("/admin/in", name="ana", password=PASSWORD)
    assert throttled.status_code == 429
    assert 0 < int(throttled.headers["Retry-After"]) <= 900
    elsewhere = office.application.test_client()
    data = {"name": "ana", "password": PASSWORD}
    environ = {"REMOTE_ADDR": "198.51.100.7"}
    given = elsewhere.post("/admin/in", base_url=office.root, data=data, headers=HERE, environ_overrides=environ)
    assert given.status_code == 303
    office.now += timedelta(minutes=15)
    assert attacker.post("/admin/in", name="ana", password=PASSWORD).status_code == 303


def test_rule_4_thirty_failures_over_all_names_slow_a_visitor_down(office: Office) -> None:
    office.owner()
    attacker = office.browser()
    statuses = [attacker.post("/admin/in", name=f"n{one}", password="a guess at it").status_code for one in range(31)]
    assert statuses == [403] * 30 + [429]


def test_rule_4_a_one_time_link_passes_the_throttle_and_works_once(office: Office) -> None:
    office.owner()
    browser = office.browser()
    for _ in range(11):
        browser.post("/admin/in", name="ana", password="a guess at the password")
    path = f"/admin/link/{office.accounts.link('ana')}"
    assert browser.get(path).status_code == 200, "a preview of the link does not use it up"
    assert browser.post(path).status_code == 303
    assert browser.get("/admin/").status_code == 200
    assert office.browser().post(path).status_code == 410
    late = f"/admin/link/{office.accounts.link('ana')}"
    office.now += timedelta(minutes=11)
    assert office.browser().get(late).status_code == 410


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://calendars.example.org"},
    ],
    ids=str,
)
def test_rule_5_nothing_changes_unless_asked_from_this_sites_own_page(office: Office, headers: dict[str, str]) -> None:
    browser = office.owner()
    for right in RIGHTS:
        if "POST" in right.methods:
            path = "/admin" + right.rule.replace("<source_id>", "chile").replace("<int:number>", "1")
            response = browser.post(re.sub(r"<\w+>", "x", path), headers)
            assert response.status_code == 403, right
            assert "did not come from this site" in visible(response.text)
    with office.runtime.store.read() as snapshot:
        assert [one.action for one in snapshot.audit.last(10)] == ["account"]


def test_rule_5_an_origin_equal_to_the_own_one_does_where_the_browser_says_nothing_else(office: Office) -> None:
    browser = office.owner()
    given = browser.post("/admin/sources/chile/pause", {"Origin": "https://calendars.example.org"})
    assert given.status_code == 303


def test_rule_6_the_header_of_a_proxy_counts_only_from_that_proxy(tmp_path: Path) -> None:
    environment = {"FEEDSVC_ADMIN__USER_HEADER": "X-Remote-User", "FEEDSVC_ADMIN__PROXIES": "10.1.0.0/16"}
    office = Office(tmp_path, **environment)
    office.owner()
    client = office.application.test_client()

    def ask(address: str, name: str) -> int:
        environ, headers = {"REMOTE_ADDR": address}, {"X-Remote-User": name}
        return client.get("/admin/", base_url=office.root, headers=headers, environ_overrides=environ).status_code

    assert ask("10.1.2.3", "ana") == 200
    assert ask("10.1.2.3", "nobody-here") == 303, "a header makes no account"
    assert ask("192.0.2.1", "ana") == 303
    assert "organisation" in office.browser().get("/admin/in").text
    office.runtime.close()


def test_rule_7_what_an_address_carries_beside_its_place_is_shown_nowhere(office: Office) -> None:
    browser = office.owner()
    for path in ("/admin/", "/admin/sources", "/admin/sources/chile", "/admin/log"):
        html = browser.get(path).text
        assert not [part for part in ("secret", "tokenvalue9", "0123456789abcdef") if part in html]
    assert "events.example.cl" in browser.words("/admin/sources")


def test_rule_8_no_page_is_kept_indexed_framed_or_told_to_others(office: Office) -> None:
    for response in (office.browser().get("/admin/in"), office.owner().get("/admin/")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_rule_8_a_service_can_do_without_it(tmp_path: Path) -> None:
    office = Office(tmp_path, FEEDSVC_ADMIN__ENABLED="false")
    assert office.browser().get("/admin/").status_code == 404
    assert office.browser().get("/admin/in").status_code == 404
    office.runtime.close()


def test_every_route_has_a_row_of_rights_and_every_row_a_route(office: Office) -> None:
    rules = {
        (rule.endpoint, rule.rule, frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"})
        for rule in office.application.url_map.iter_rules()
        if rule.rule.startswith("/admin")
    }
    assert rules == {(name, f"/admin{right.rule}", frozenset(right.methods)) for name, right in BY_ENDPOINT.items()}


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: right.endpoint)
def test_each_role_reaches_exactly_what_its_row_says(office: Office, right: object) -> None:
    owner, editor, nobody = office.owner(), office.editor(), office.browser()
    path = "/admin" + right.rule.replace("<source_id>", "chile").replace("<int:number>", "999")  # type: ignore[attr-defined]
    path = re.sub(r"<\w+>", "nobody", path)

    def reaches(browser: Browser) -> bool:
        response = browser.get(path) if "GET" in right.methods else browser.post(path)  # type: ignore[attr-defined]
        leads_to_door = response.headers.get("Location") == "/admin/in" and right.endpoint not in ("leave", "password")  # type: ignore[attr-defined]
        return not leads_to_door and "There is nothing here." not in response.text

    found = {name for name, one in (("nobody", nobody), ("editor", editor), ("owner", owner)) if reaches(one)}
    expected = set(right.roles)  # type: ignore[attr-defined]
    if right.endpoint in ("leave", "password"):  # type: ignore[attr-defined]
        found.discard("nobody")
    assert found == expected
