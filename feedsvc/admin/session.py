"""The judgement of each request: the cookie, the header of a trusted proxy, the same origin, http on loopback alone.

Every method but GET and HEAD must come from this origin: `Sec-Fetch-Site: same-origin`, or, from a browser that does
not send it, an `Origin` equal to the own one. Neither, `none` and `null` are refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from feedsvc.admin.rights import BY_ENDPOINT, NOBODY
from feedsvc.bootstrap import Runtime
from feedsvc.services.accounts import PROVED, AccountService, SignedIn
from feedsvc.store.administrators import Actor, Login

SAFE = ("GET", "HEAD")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_KEPT = timedelta(days=7)


class Sessions:
    """Decides about each request of the administration before any route runs."""

    def __init__(self, runtime: Runtime, accounts: AccountService) -> None:
        self._settings = runtime.config.settings
        self._clock = runtime.clock
        self._accounts = accounts
        base_url = self._settings.site.base_url
        self._is_https = (base_url or "").startswith("https:")
        self._origin = None if base_url is None else "{0.scheme}://{0.netloc}".format(urlsplit(base_url))
        self._proxies = tuple(ip_network(network) for network in self._settings.admin.proxies)
        self.cookie = "__Host-feedsvc" if self._is_https else "feedsvc-admin"

    def judge(self) -> tuple[str, int] | BaseResponse | None:
        """Return what stands in the way of this request, as words and a status or as an answer; None: go on."""
        right = BY_ENDPOINT.get(request.endpoint or "")
        if right is None:
            return "There is nothing here.", 404
        if not self._is_https and (urlsplit(f"//{request.host}").hostname or "") not in _LOOPBACK:
            return (
                "Administration needs https, or this machine's own name; set [site] base_url to an https address.",
                403,
            )
        if request.method not in SAFE and not self._is_same_origin():
            return "This request did not come from this site's own page. Open the page again and press there.", 403
        g.login = self._login()
        if right.roles is NOBODY:
            return None
        if g.login is None:
            if self._accounts.exist():
                return redirect("/admin/in", 303)
            return "There is no account yet. feedsvc up prints a link that makes the first one.", 403
        if g.login.account.role not in right.roles:
            return "There is nothing here.", 404
        if right.proof and not (self._clock() - g.login.proved_at <= PROVED):
            return redirect("/admin/me/prove", 303)
        return None

    @property
    def is_single_sign_on(self) -> bool:
        """Return True if a proxy names the account; then there is no form to sign in."""
        return bool(self._settings.admin.user_header)

    def give(self, response: Response, signed_in: SignedIn) -> Response:
        """Set the cookie of a fresh log-in."""
        path = "/" if self._is_https else "/admin"
        options = {"secure": self._is_https, "httponly": True, "samesite": "Lax", "path": path}
        response.set_cookie(self.cookie, signed_in.token, max_age=_KEPT, **options)  # type: ignore[arg-type]
        return response

    def take(self, response: Response) -> Response:
        """Take the cookie away."""
        response.delete_cookie(self.cookie, path="/" if self._is_https else "/admin", secure=self._is_https)
        return response

    def _is_same_origin(self) -> bool:
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site == "same-origin"
        return request.headers.get("Origin") == (self._origin or request.host_url.rstrip("/"))

    def _login(self) -> Login | None:
        header = self._settings.admin.user_header
        if header and self._is_proxy():
            account = self._accounts.named(request.headers.get(header, ""))
            now = self._clock()
            return None if account is None else Login(b"", account, now, now, now, "single sign-on")
        token = request.cookies.get(self.cookie)
        return self._accounts.signed_in(token) if token else None

    def _is_proxy(self) -> bool:
        """The peer itself, not whom it claims to forward for."""
        original = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
        try:
            peer = ip_address(original.get("REMOTE_ADDR") or "")
        except ValueError:
            return False
        return any(peer in network for network in self._proxies)


def me() -> Login:
    """The log-in of this request, on routes that need one."""
    login: Login = g.login
    return login


def actor() -> Actor:
    """The person behind this request, for the log."""
    return Actor(me().account.name, me().account.id)


def shown(moment: datetime | None, now: datetime) -> str:
    """A span since or until a moment: "13 min", "5 h", "3 days"; empty without one."""
    if moment is None:
        return ""
    seconds = abs((now - moment).total_seconds())
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
