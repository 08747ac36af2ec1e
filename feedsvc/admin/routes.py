"""The routes of the administration: each reads, or does one action and leads back to the page it came from.

After an action one bar on top says what is now so, with its undo; the log has both as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from feedsvc.admin.rights import register
from feedsvc.admin.session import Sessions, actor, me, shown
from feedsvc.bootstrap import Runtime
from feedsvc.config.in_force import Override, changed_source, settings_of
from feedsvc.config.loader import Source
from feedsvc.config.types import parse_span
from feedsvc.core.diff import Difference, field_changes, when_in_words
from feedsvc.core.errors import RequestError, StoreUnavailable, WorkError
from feedsvc.core.guard import MISSING, SERVED
from feedsvc.refresh import apply_holds, keep_holds
from feedsvc.refresh.trial import replay
from feedsvc.services.accounts import AccountService, Refused, SignedIn, Throttled
from feedsvc.services.passwords import TooBusy
from feedsvc.services.sources import Actions, in_words, pace_of
from feedsvc.services.today import SourceView, TodayService
from feedsvc.store.administrators import Login
from feedsvc.store.captures import Capture
from feedsvc.store.holds import Hold, HoldRow

PACES = ("5min", "15min", "30min", "1h", "2h", "6h", "12h", "1d", "7d")
_SPANS = {text: parse_span(text) for text in PACES}
LOG_SHOWN = 100
HOLD_SHOWN = 100
_BAR_FOR = timedelta(minutes=5)
SIGNS = {
    "held": "■",
    "failing": "▲",
    "paused": "‖",
    "partly read": "◑",
    "new": "○",
    "good": "●",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def admin_blueprint(runtime: Runtime) -> Blueprint:
    """Everything under /admin."""
    blueprint = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")
    accounts = AccountService(runtime.store, runtime.clock)
    pages = _Pages(runtime, accounts, Sessions(runtime, accounts))
    register(blueprint, {name: getattr(pages, name) for name in dir(pages) if not name.startswith("_")})

    @blueprint.before_request
    def judge() -> BaseResponse | None:
        runtime.configuration.look()  # what another process has set a moment ago counts here too
        judged = pages.sessions.judge()
        return pages.message(*judged) if isinstance(judged, tuple) else judged

    @blueprint.after_request
    def keep_private(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    @blueprint.errorhandler(RequestError)
    def refused(error: RequestError) -> Response:
        return pages.message(f"{error}.", 409 if request.method == "POST" else 400)

    @blueprint.errorhandler(StoreUnavailable)
    def away(_error: StoreUnavailable) -> Response:
        words = "The store does not answer. Calendars are served as they were. Nothing can be changed now."
        return pages.message(words, 503)

    return blueprint


class _Pages:
    """The answer of each route; the names are those of the table of rights."""

    def __init__(self, runtime: Runtime, accounts: AccountService, sessions: Sessions) -> None:
        self._runtime = runtime
        self._accounts = accounts
        self.sessions = sessions
        self._actions = Actions(runtime.store, runtime.clock)
        self._today = TodayService(runtime.store, lambda: runtime.config.sources, runtime.clock)
        self._css = files("feedsvc.admin").joinpath("admin.css").read_bytes()
        self._version = blake2b(self._css, digest_size=6).hexdigest()

    def style(self) -> Response:
        return Response(self._css, content_type="text/css; charset=utf-8")

    def enter(self) -> BaseResponse:
        if self.sessions.is_single_sign_on:
            return self.message("You are signed in by your organisation; open /admin through its door.", 403)
        if not self._accounts.exist():
            return self.message("There is no account yet. feedsvc up prints a link that makes the first one.", 403)
        if request.method == "GET":
            return self._page("enter.html", refused="", name="")
        name = request.form.get("name", "")
        try:
            address, agent = request.remote_addr or "", request.user_agent.string
            signed_in = self._accounts.sign_in(name, request.form.get("password", ""), address, agent)
        except Throttled as error:
            response = self._page("enter.html", 429, refused=str(error), name=name)
            response.headers["Retry-After"] = str(error.seconds)
            return response
        except TooBusy as error:
            return self._page("enter.html", 503, refused=str(error), name=name)
        except Refused as error:
            return self._page("enter.html", 403, refused=str(error), name=name)
        return self._welcome(signed_in)

    def first(self, code: str) -> BaseResponse:
        def make() -> SignedIn:
            form = request.form
            name, password = form.get("name", ""), form.get("password", "")
            agent = request.user_agent.string
            return self._accounts.begin(code, name, form.get("shown", ""), password, form.get("clock", "UTC"), agent)

        return self._by_link(code, "first", "first.html", make)

    def invited(self, code: str) -> BaseResponse:
        def accept() -> SignedIn:
            form, agent = request.form, request.user_agent.string
            return self._accounts.accept(code, form.get("password", ""), form.get("clock", "UTC"), agent)

        return self._by_link(code, "invite", "invited.html", accept)

    def link(self, code: str) -> BaseResponse:
        return self._by_link(code, "link", "link.html", lambda: self._accounts.enter(code, request.user_agent.string))

    def leave(self) -> BaseResponse:
        self._accounts.sign_out(me())
        return self.sessions.take(redirect("/admin/in", 303))  # type: ignore[arg-type]

    def today(self) -> Response:
        today = self._today.today()
        return self._page("today.html", today=today, waiting=len(today.tasks), signs=SIGNS)

    def sources(self) -> Response:
        word = request.args.get("state", "")
        views = self._today.sources()
        counted = {one: sum(view.state.word == one for view in views) for one in SIGNS}
        chosen = [view for view in views if not word or view.state.word == word]
        return self._page("sources.html", views=chosen, counted=counted, word=word, whole=len(views), signs=SIGNS)

    def source(self, source_id: str) -> Response:
        found = self._today.source(source_id)
        if found is None:
            return self.message(f"There is no source {source_id!r} in the configuration.", 404)
        view, runs = found
        most = max((run.listings for run in runs), default=0)
        log = self._actions.log(10, source_id)
        set_by = next((one for one in log if one.action == "pace" and one.undone_by is None), None)
        return self._page(
            "source.html",
            view=view,
            holds=self._today.holds(source_id),
            runs=runs,
            most=most,
            log=log,
            set_by=set_by,
            paces=PACES,
            spans=_SPANS,
            signs=SIGNS,
        )

    def refresh(self, source_id: str) -> BaseResponse:
        self._source(source_id)
        return self._done(self._actions.refresh_now(actor(), source_id), source_id)

    def pause(self, source_id: str) -> BaseResponse:
        self._source(source_id)
        return self._done(self._actions.pause(actor(), source_id, request.form.get("why", "")[:200]), source_id)

    def resume(self, source_id: str) -> BaseResponse:
        self._source(source_id)
        return self._done(self._actions.resume(actor(), source_id), source_id)

    def pace(self, source_id: str) -> BaseResponse:
        view, text = self._source(source_id), request.form.get("every", "")
        every = None if not text else pace_of(view.source, text)
        why = request.form.get("why", "")[:200]
        return self._done(self._actions.pace(actor(), view.source, every, why), source_id)

    def settings(self, source_id: str) -> BaseResponse:
        """Every setting; a first press shows what the last capture would become by them, a second one saves."""
        source, runtime = self._source(source_id).source, self._runtime
        with runtime.store.read() as snapshot:
            overrides, capture = snapshot.settings.overrides(source_id), snapshot.captures.last(source_id)
        shown, form = settings_of(source, overrides), request.form
        drawn = ",".join(f"{one.key} {one.version}" for one in overrides)
        # An address is never shown whole, so an empty field leaves it as it is.
        changes = {
            one.key: form.get(one.key, "").strip()
            for one in shown
            if one.key in form and form[one.key].strip() != ("" if one.key == "url" else one.here)
        }
        changes |= {"url": ""} if "url-back" in form else {}
        found, refused, status = None, "", 200
        try:
            if request.method == "POST" and form.get("drawn", "") != drawn:
                refused, status = f"{_changed_by(overrides)} Nothing was written; look again.", 409
            elif request.method == "POST" and form.get("act") == "save":
                why = form.get("why", "")[:200]
                return self._done(self._actions.set(actor(), runtime.config, source_id, changes, why), source_id)
            elif request.method == "POST" and changes:
                tried = changed_source(runtime.config, source, changes)
                found = None if capture is None else self._replayed(tried, capture)
        except (RequestError, WorkError) as error:
            refused, status = f"{error}.", 409
        values = {one.key: changes.get(one.key, "" if one.key == "url" else one.here) for one in shown}
        return self._page(
            "settings.html",
            status,
            source=source,
            settings=shown,
            values=values,
            changes=changes,
            capture=capture,
            difference=found,
            refused=refused,
            drawn=drawn,
            why=form.get("why", ""),
        )

    def _replayed(self, source: Source, capture: Capture) -> Difference | None:
        """What a capture would change by a source's settings; nothing is fetched or written."""
        changes = replay(self._runtime.refresh_context, source, capture).changes
        return None if changes is None else Difference.of(changes)

    def hold(self, number: int) -> Response:
        found, rows = self._hold(number)
        # What would change of an event, field by field; without any, it is no longer listed.
        shown_rows = [
            (row, () if row.sighting.after is None else field_changes(row.before, row.sighting.after))
            for row in rows[:HOLD_SHOWN]
        ]
        return self._page("hold.html", hold=found, rows=shown_rows, whole=len(rows), unless=_unless(found))

    def apply(self, number: int) -> BaseResponse:
        self._hold(number)
        only = request.form.getlist("only")
        done = apply_holds(self._runtime.refresh_context, str(number), actor(), only)
        return self._decided(number, done.action)

    def keep(self, number: int) -> BaseResponse:
        self._hold(number)
        only = request.form.getlist("only")
        done = keep_holds(self._runtime.refresh_context, str(number), actor(), only)
        return self._decided(number, done.action)

    def log(self) -> Response:
        before = request.args.get("before", type=int)
        found = self._actions.log(LOG_SHOWN, request.args.get("object") or None, before)
        return self._page("log.html", log=found, more=len(found) == LOG_SHOWN, object=request.args.get("object", ""))

    def undo(self, number: int) -> BaseResponse:
        self._actions.undo(actor(), number)
        done = self._actions.log(1)[0].id
        return redirect(f"{url_for('admin.log')}?done={done}", 303)

    def me(self) -> Response:
        return self._page("me.html", refused="")

    def password(self) -> BaseResponse:
        self._accounts.set_password(actor(), me().account.login, request.form.get("password", ""))
        return self.sessions.take(redirect("/admin/in", 303))  # type: ignore[arg-type]

    def prove(self) -> BaseResponse:
        if request.method == "GET":
            return self._page("prove.html", refused="")
        if self._accounts.prove(me(), request.form.get("password", "")):
            return redirect("/admin/accounts" if me().account.role == "owner" else "/admin/me", 303)
        return self._page("prove.html", 403, refused="That is not the password of this account.")

    def accounts(self) -> Response:
        return self._page("accounts.html", accounts=self._accounts.all(), invitation="", roles=("editor", "owner"))

    def invite(self) -> Response:
        name, role = request.form.get("name", ""), request.form.get("role", "editor")
        code = self._accounts.invite(actor(), name, role)
        address = f"{request.host_url.rstrip('/')}/admin/invite/{code}"
        found = self._accounts.all()
        return self._page("accounts.html", accounts=found, invitation=address, roles=("editor", "owner"))

    def close(self, name: str) -> BaseResponse:
        self._accounts.close(actor(), name)
        return redirect(f"{url_for('admin.accounts')}?done={self._actions.log(1)[0].id}", 303)

    def _by_link(self, code: str, purpose: str, template: str, use: Callable[[], SignedIn]) -> BaseResponse:
        """A link is looked at by GET and used by POST: programs that preview links must not use it up."""
        if not self._accounts.opens(code, purpose):
            return self.message("This link was used or has ended. Ask for another: feedsvc admin link.", 410)
        if request.method == "GET":
            return self._page(template, refused="", form=request.form)
        try:
            return self._welcome(use())
        except RequestError as error:
            status = 503 if isinstance(error, TooBusy) else 403 if isinstance(error, Refused) else 400
            return self._page(template, status, refused=str(error), form=request.form)

    def _welcome(self, signed_in: SignedIn) -> BaseResponse:
        return self.sessions.give(redirect("/admin/", 303), signed_in)  # type: ignore[arg-type]

    def _source(self, source_id: str) -> SourceView:
        found = self._today.source(source_id)
        if found is None:
            raise RequestError(f"unknown source {source_id!r}")
        return found[0]

    def _hold(self, number: int) -> tuple[Hold, list[HoldRow]]:
        found = self._today.hold(number)
        if found is None:
            raise RequestError(f"unknown hold {number}; Today shows what waits")
        return found

    def _decided(self, number: int, action: int) -> BaseResponse:
        return redirect(f"{url_for('admin.hold', number=number)}?done={action}", 303)

    def _done(self, number: int, source_id: str) -> BaseResponse:
        back = url_for("admin.source", source_id=source_id)
        return redirect(f"{back}?done={number}", 303)

    def message(self, words: str, status: int) -> Response:
        return self._page("message.html", status, words=words)

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        login: Login | None = g.get("login")  # None also where a request was refused before anybody asked who it is
        now = self._runtime.clock()
        zone = ZoneInfo("UTC" if login is None else login.account.clock)

        def at(moment: datetime | None) -> str:
            """A moment on the account's clock: "today 07:12", "Tue 2 Mar 07:12"."""
            if moment is None:
                return "never"
            local, today = moment.astimezone(zone), now.astimezone(zone).date()
            day = "today" if local.date() == today else f"{local:%a} {local.day} {local:%b}"
            return f"{day} {local:%H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"

        if login is not None and status == 200 and "waiting" not in values:
            values["waiting"] = len(self._today.today().tasks)
        html = render_template(
            f"admin/{template}",
            login=login,
            at=at,
            span=lambda moment: shown(moment, now),
            pace=in_words,
            when=when_in_words,
            now=now,
            site_name=self._runtime.config.settings.site.name,
            version=self._version,
            done=self._bar(now) if login is not None else None,
            **values,
        )
        return Response(html, status, content_type="text/html; charset=utf-8")

    def _bar(self, now: datetime) -> Any:
        number = request.args.get("done", type=int)
        found = next(iter(self._actions.log(1, before=number + 1)), None) if number else None
        return found if found is not None and found.id == number and now - found.at <= _BAR_FOR else None


def _changed_by(overrides: Sequence[Override]) -> str:
    last = max(overrides, key=lambda one: one.at, default=None)
    return "Somebody took settings back." if last is None else f"{last.by} set {last.key} meanwhile."


def _unless(hold: Hold) -> str:
    """The fate of a hold that nobody decides."""
    if hold.cause == SERVED:
        return "Nothing of it is applied until somebody decides."
    if hold.cause == MISSING:
        return "It is believed after three readings over 24 hours that agree on these events; until then they stay."
    return (
        "Moves by whole days are believed after three readings over 24 hours that agree on these events, "
        "anything else after 7 days; until then they stay."
    )
