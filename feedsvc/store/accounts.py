"""Accounts, log-ins, links that work once and failed log-ins, within one transaction. Knows no HTTP, hashes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from feedsvc.store.admin_schema import account, attempt, login, one_time
from feedsvc.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Account:
    """See the columns of the table `account`."""

    id: int
    login: str
    name: str
    role: str
    password: str | None = field(repr=False)
    clock: str
    made_at: datetime
    closed_at: datetime | None
    seen_on: int | None


@dataclass(frozen=True, slots=True)
class Login:
    """A browser that is signed in; see the columns of the table `login`."""

    token_hash: bytes = field(repr=False)
    account: Account
    made_at: datetime
    seen_at: datetime
    proved_at: datetime
    agent: str


class Accounts:
    """Accounts of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Account]:
        """Every account, closed ones too, by name."""
        rows = self._connection.execute(select(account).order_by(account.c.name, account.c.id))
        return [Account(**row._mapping) for row in rows]

    def exist(self) -> bool:
        """Return True once there is an account, closed or not."""
        return self._connection.execute(select(account.c.id).limit(1)).first() is not None

    def by_login(self, name: str) -> Account | None:
        """The account that signs in with a name, closed or not."""
        return self._one(account.c.login == name)

    def by_id(self, account_id: int) -> Account | None:
        """The account with an id."""
        return self._one(account.c.id == account_id)

    def make(self, name: str, shown: str, role: str, password: str | None, clock: str, now: datetime) -> int:
        """Add an account that signs in with `name`. Returns its id."""
        values = {"login": name, "name": shown, "role": role, "password": password, "clock": clock, "made_at": now}
        made = self._connection.execute(insert(account).values(**values).returning(account.c.id))
        return int(made.scalar_one())

    def change(self, account_id: int, **columns: Any) -> None:
        """Set these columns of an account."""
        self._connection.execute(update(account).where(account.c.id == account_id).values(**columns))

    def owners(self) -> int:
        """Count the owners whose accounts are open."""
        query = select(func.count()).where(account.c.role == "owner", account.c.closed_at.is_(None))
        return int(self._connection.execute(query).scalar_one())

    def sign_in(self, token_hash: bytes, account_id: int, agent: str, now: datetime) -> None:
        """Remember a browser as signed in."""
        moments = {"made_at": now, "seen_at": now, "proved_at": now}
        values = {"token_hash": token_hash, "account_id": account_id, "agent": agent, **moments}
        self._connection.execute(insert(login).values(**values))

    def signed_in(self, token_hash: bytes) -> Login | None:
        """The log-in with a token, whatever its age."""
        row = self._connection.execute(select(login).where(login.c.token_hash == token_hash)).first()
        owner = None if row is None else self.by_id(row.account_id)
        if row is None or owner is None:
            return None
        return Login(row.token_hash, owner, row.made_at, row.seen_at, row.proved_at, row.agent)

    def seen(self, token_hash: bytes, **moments: datetime) -> None:
        """Set `seen_at` or `proved_at` of a log-in."""
        self._connection.execute(update(login).where(login.c.token_hash == token_hash).values(**moments))

    def sign_out(self, token_hash: bytes) -> None:
        """Forget one log-in."""
        self._connection.execute(delete(login).where(login.c.token_hash == token_hash))

    def sign_out_everywhere(self, account_id: int) -> None:
        """Forget every log-in and link of an account."""
        self._connection.execute(delete(login).where(login.c.account_id == account_id))
        self._connection.execute(delete(one_time).where(one_time.c.account_id == account_id))

    def forget_ended(self, made_before: datetime, seen_before: datetime, now: datetime) -> None:
        """Forget log-ins and links that have had their time."""
        ended = (login.c.made_at <= made_before) | (login.c.seen_at <= seen_before)
        self._connection.execute(delete(login).where(ended))
        self._connection.execute(delete(one_time).where(one_time.c.until <= now))

    def put_link(self, code_hash: bytes, purpose: str, account_id: int | None, until: datetime) -> None:
        """Keep a link that works once; the one before for the same purpose and account no longer works."""
        self._connection.execute(
            delete(one_time).where(
                one_time.c.purpose == purpose,
                one_time.c.account_id.is_(None) if account_id is None else one_time.c.account_id == account_id,
            )
        )
        values = {"hash": code_hash, "purpose": purpose, "account_id": account_id, "until": until}
        self._connection.execute(insert(one_time).values(**values))

    def link(self, code_hash: bytes, purpose: str, now: datetime) -> tuple[int | None] | None:
        """The account of a link that still works, as a tuple of one; None when there is no such link."""
        good = (one_time.c.hash == code_hash) & (one_time.c.purpose == purpose) & (one_time.c.until > now)
        row = self._connection.execute(select(one_time.c.account_id).where(good)).first()
        return None if row is None else (row.account_id,)

    def use_link(self, code_hash: bytes) -> bool:
        """Take a link away. Return False if somebody used it first."""
        used = delete(one_time).where(one_time.c.hash == code_hash).returning(one_time.c.hash)
        return self._connection.execute(used).first() is not None

    def failed(self, bucket: bytes, quarter: int) -> None:
        """Count a failed log-in, and forget those of other quarters of an hour."""
        self._connection.execute(delete(attempt).where(attempt.c.quarter != quarter))
        added = upsert(self._connection, attempt).values(bucket=bucket, quarter=quarter, count=1)
        key = [attempt.c.bucket, attempt.c.quarter]
        self._connection.execute(added.on_conflict_do_update(index_elements=key, set_={"count": attempt.c.count + 1}))

    def failures(self, bucket: bytes, quarter: int) -> int:
        """Count the failed log-ins of a quarter of an hour."""
        query = select(attempt.c.count).where(attempt.c.bucket == bucket, attempt.c.quarter == quarter)
        return int(self._connection.execute(query).scalar() or 0)

    def _one(self, where: ColumnElement[bool]) -> Account | None:
        row = self._connection.execute(select(account).where(where)).first()
        return None if row is None else Account(**row._mapping)
