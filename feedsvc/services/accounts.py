"""Accounts of administrators: the first account, signing in and out, links that work once, and slowing guessing down.

A cookie holds 256 random bits, the store their SHA-256, so a stolen store opens nothing. A log-in ends after 8 hours
without use, after 7 days in all, at log-out, with a new password, and when its account is closed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b, sha256

from feedsvc.core.countries import zone_for
from feedsvc.core.errors import RequestError
from feedsvc.core.text import clean_line, fold
from feedsvc.core.user_agents import client_network
from feedsvc.services import passwords
from feedsvc.services.subscribers import day_of
from feedsvc.store.administrators import Account, Actor, Login
from feedsvc.store.counts import KEY_BYTES
from feedsvc.store.store import Snapshot, Store

ROLES = ("owner", "editor")
INVITED_FOR = timedelta(hours=48)
FIRST_FOR = timedelta(hours=24)
LINK_FOR = timedelta(minutes=10)
IDLE, LONGEST = timedelta(hours=8), timedelta(days=7)
PROVED = timedelta(minutes=15)
"""How long after the password was given an owner's actions need none again."""
_FAILURES_TOGETHER, _FAILURES_OF_VISITOR = 10, 30
QUARTER_SECONDS = 900
_A_MINUTE = timedelta(minutes=1)


class Refused(RequestError):
    """Name and password do not go together."""


class Throttled(RequestError):
    """Too many failed log-ins. `seconds`: when another may be tried."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many failed log-ins; try again in {max(seconds // 60, 1)} minutes")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh log-in: the account, and the value of its cookie, which is kept nowhere."""

    account: Account
    token: str


class AccountService:
    """Accounts of a service. Safe to use from several threads."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def exist(self) -> bool:
        """Return True once there is an account."""
        with self._store.read() as snapshot:
            return snapshot.accounts.exist()

    def first_link(self) -> str | None:
        """The code of a link that makes the first account; None when there is one. The code before no longer works."""
        with self._store.write() as snapshot:
            if snapshot.accounts.exist():
                return None
            return self._link(snapshot, "first", None, FIRST_FOR)

    def link(self, name: str) -> str:
        """The code of a way in that works for ten minutes and knows no throttle. Raises RequestError."""
        with self._store.write() as snapshot:
            return self._link(snapshot, "link", _open(snapshot, name).id, LINK_FOR)

    def opens(self, code: str, purpose: str) -> bool:
        """Return True while a link works. Looking at it does not use it."""
        with self._store.read() as snapshot:
            return snapshot.accounts.link(_digest(code), purpose, self._clock()) is not None

    def begin(self, code: str, name: str, shown: str, password: str, zone: str, agent: str) -> SignedIn:
        """Make the first account, an owner, and sign it in. Raises RequestError."""
        kept, now = passwords.hashed(password), self._clock()
        login, clock = _login(name), _clock(zone)
        with self._store.write() as snapshot:
            accounts = snapshot.accounts
            if accounts.exist() or accounts.link(_digest(code), "first", now) is None:
                raise Refused("this link was used or has ended; feedsvc admin link --first prints another")
            accounts.use_link(_digest(code))
            account_id = accounts.make(login, _shown(shown, name), "owner", kept, clock, now)
            snapshot.audit.write(Actor(login, account_id), "account", login, now, after="owner, the first account")
            return self._sign_in(snapshot, account_id, agent, now)

    def create(self, by: Actor, name: str, role: str, password: str | None, zone: str = "UTC") -> None:
        """Make an account; without a password it gets in by links. Raises RequestError."""
        if role not in ROLES:
            raise RequestError(f"unknown role {role!r} (known: {', '.join(ROLES)})")
        kept, now = None if password is None else passwords.hashed(password), self._clock()
        login, clock = _login(name), _clock(zone)
        with self._store.write() as snapshot:
            if snapshot.accounts.by_login(login) is not None:
                raise RequestError(f"duplicate account {login!r}; feedsvc admin passwd {login} sets its password")
            snapshot.accounts.make(login, _shown(name, name), role, kept, clock, now)
            snapshot.audit.write(by, "account", login, now, after=role)

    def invite(self, by: Actor, name: str, role: str) -> str:
        """Make an account without a password and the code of a link, good for 48 hours, that sets one."""
        self.create(by, name, role, None)
        with self._store.write() as snapshot:
            return self._link(snapshot, "invite", _open(snapshot, name).id, INVITED_FOR)

    def accept(self, code: str, password: str, zone: str, agent: str) -> SignedIn:
        """Take up an invitation: set the password and sign in. Raises RequestError."""
        kept, clock = passwords.hashed(password), _clock(zone)
        with self._store.write() as snapshot:
            account = self._linked(snapshot, code, "invite")
            snapshot.accounts.change(account.id, password=kept, clock=clock)
            return self._sign_in(snapshot, account.id, agent, self._clock())

    def enter(self, code: str, agent: str) -> SignedIn:
        """Sign in by a link. Raises Refused."""
        with self._store.write() as snapshot:
            return self._sign_in(snapshot, self._linked(snapshot, code, "link").id, agent, self._clock())

    def sign_in(self, name: str, password: str, address: str, agent: str) -> SignedIn:
        """Sign in by name and password. Raises Refused, Throttled, TooBusy.

        Guessing is slowed down for a visitor, and for a visitor and an account together; never for an account alone,
        so that nobody can lock its owner out.
        """
        now, login = self._clock(), fold(name)
        quarter = int(now.timestamp()) // QUARTER_SECONDS
        with self._store.write() as snapshot:
            # The key of the day: an address stands nowhere, and nobody can find out tomorrow who tried today.
            key = snapshot.counts.key(day_of(now), secrets.token_bytes(KEY_BYTES))
            account = snapshot.accounts.by_login(login)
            visitor, together = (_bucket(key, client_network(address), one) for one in ("", login))
            limits = ((visitor, _FAILURES_OF_VISITOR), (together, _FAILURES_TOGETHER))
            if any(snapshot.accounts.failures(bucket, quarter) >= most for bucket, most in limits):
                raise Throttled(QUARTER_SECONDS - int(now.timestamp()) % QUARTER_SECONDS)
        good = passwords.matches(password, None if account is None else account.password)
        with self._store.write() as snapshot:
            if not good or account is None or account.closed_at is not None:
                for bucket in (visitor, together):
                    snapshot.accounts.failed(bucket, quarter)
            else:
                if account.password is not None and passwords.is_outdated(account.password):
                    snapshot.accounts.change(account.id, password=passwords.hashed(password))
                return self._sign_in(snapshot, account.id, agent, now)
        raise Refused("name and password do not go together")

    def signed_in(self, token: str) -> Login | None:
        """The log-in of a cookie, while it lasts."""
        now = self._clock()
        with self._store.read() as snapshot:
            found = snapshot.accounts.signed_in(_digest(token))
        if found is None or found.account.closed_at is not None:
            return None
        if now - found.made_at >= LONGEST or now - found.seen_at >= IDLE:
            return None
        if now - found.seen_at >= _A_MINUTE:
            with self._store.write() as snapshot:
                snapshot.accounts.seen(found.token_hash, seen_at=now)
                snapshot.accounts.change(found.account.id, seen_on=day_of(now))
        return found

    def named(self, name: str) -> Account | None:
        """The open account that a trusted proxy names; it never makes one."""
        with self._store.read() as snapshot:
            account = snapshot.accounts.by_login(fold(name)) if name else None
        return None if account is None or account.closed_at is not None else account

    def prove(self, login: Login, password: str) -> bool:
        """Return True, and remember it for a quarter of an hour, if it is the password of the account."""
        if not passwords.matches(password, login.account.password):
            return False
        with self._store.write() as snapshot:
            snapshot.accounts.seen(login.token_hash, proved_at=self._clock())
        return True

    def sign_out(self, login: Login) -> None:
        """End a log-in."""
        with self._store.write() as snapshot:
            snapshot.accounts.sign_out(login.token_hash)

    def set_password(self, by: Actor, name: str, password: str) -> None:
        """Give an account another password; every browser has to sign in again. Raises RequestError."""
        kept, now = passwords.hashed(password), self._clock()
        with self._store.write() as snapshot:
            account = _open(snapshot, name)
            snapshot.accounts.change(account.id, password=kept)
            snapshot.accounts.sign_out_everywhere(account.id)
            snapshot.audit.write(by, "password", account.login, now)

    def close(self, by: Actor, name: str) -> None:
        """Close an account and end its log-ins and links at once. Raises RequestError for the last owner."""
        now = self._clock()
        with self._store.write() as snapshot:
            account = _open(snapshot, name)
            if account.role == "owner" and snapshot.accounts.owners() == 1:
                raise RequestError(f"{account.login} is the last owner; make another one first")
            snapshot.accounts.change(account.id, closed_at=now)
            snapshot.accounts.sign_out_everywhere(account.id)
            undo = {"kind": "account", "id": account.id}
            snapshot.audit.write(by, "close", account.login, now, before="open", after="closed", undo=undo)

    def all(self) -> list[Account]:
        """Every account, closed ones too."""
        with self._store.read() as snapshot:
            return snapshot.accounts.all()

    def _link(self, snapshot: Snapshot, purpose: str, account_id: int | None, span: timedelta) -> str:
        code = secrets.token_urlsafe(32)
        snapshot.accounts.put_link(_digest(code), purpose, account_id, self._clock() + span)
        return code

    def _linked(self, snapshot: Snapshot, code: str, purpose: str) -> Account:
        found = snapshot.accounts.link(_digest(code), purpose, self._clock())
        account = None if found is None or found[0] is None else snapshot.accounts.by_id(found[0])
        if account is None or account.closed_at is not None or not snapshot.accounts.use_link(_digest(code)):
            raise Refused("this link was used or has ended; ask for another")
        return account

    def _sign_in(self, snapshot: Snapshot, account_id: int, agent: str, now: datetime) -> SignedIn:
        token = secrets.token_urlsafe(32)
        accounts = snapshot.accounts
        accounts.forget_ended(now - LONGEST, now - IDLE, now)
        accounts.sign_in(_digest(token), account_id, clean_line(agent)[:80], now)
        accounts.change(account_id, seen_on=day_of(now))
        account = accounts.by_id(account_id)
        assert account is not None
        return SignedIn(account, token)


def _digest(code: str) -> bytes:
    return sha256(code.encode("utf-8", "replace")).digest()


def _bucket(key: bytes, network: str, login: str) -> bytes:
    return blake2b(f"{network}\n{login}".encode("utf-8", "replace"), key=key, digest_size=16).digest()


def _open(snapshot: Snapshot, name: str) -> Account:
    account = snapshot.accounts.by_login(fold(name))
    if account is None or account.closed_at is not None:
        known = ", ".join(one.login for one in snapshot.accounts.all() if one.closed_at is None) or "none"
        raise RequestError(f"unknown account {name!r} (known: {known})")
    return account


def _login(name: str) -> str:
    login = fold(clean_line(name))
    if not 1 <= len(login) <= 80:
        raise RequestError("a log-in name must have 1 to 80 characters")
    return login


def _shown(shown: str, name: str) -> str:
    return clean_line(shown)[:80] or clean_line(name)[:80]


def _clock(zone: str) -> str:
    found = zone_for(zone)
    if found is None:
        raise RequestError(f"unknown time zone {zone!r} (example: Europe/Kyiv)")
    return found
