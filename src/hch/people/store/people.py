"""People and their roles, and the invitations by which they join."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Select, insert, select, update

from hch.people.store.content import content_hash
from hch.people.store.database import StoreError
from hch.people.store.events import record_event
from hch.people.store.tables import invites, people

Role = Literal["researcher", "answerer", "judge"]
ROLES: tuple[Role, ...] = ("researcher", "answerer", "judge")
INVITE_SECONDS = 7 * 24 * 3600.0


class Person(msgspec.Struct, frozen=True):
    """A person who works in a store, with their role."""

    id: int
    name: str
    role: Role
    active: bool
    passphrase: str | None
    """As a hash that serving/pages/passphrases.py made; `None` where there is none yet."""


class Invite(msgspec.Struct, frozen=True):
    """An invitation, as those who made it see it: its token is known only to the one who has the link."""

    id: int
    role: Role
    note: str
    created_at: float
    expires_at: float
    used_by: int | None
    used_at: float | None


def make_person(connection: Connection, name: str, role: Role, passphrase: str | None, now: float) -> Person:
    """Adds somebody. StoreError where the name is empty, long, or taken (in whatever case it is spelled)."""
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise StoreError("a name has from 1 to 80 letters")
    if find_person(connection, name) is not None:
        raise StoreError(f"there is somebody called “{name}” already")
    row = {
        "name": name,
        "folded": _fold_case(name),
        "role": role,
        "passphrase": passphrase,
        "active": True,
        "created_at": now,
    }
    (id_,) = connection.execute(insert(people).returning(people.c.id), row).one()
    record_event(connection, "person joined", now, person=id_, role=role)
    return Person(id_, name, role, True, passphrase)


def get_person(connection: Connection, id_: int) -> Person | None:
    """The person with this number, if there is one."""
    row = connection.execute(select(people).where(people.c.id == id_)).one_or_none()
    return None if row is None else _person(row)


def find_person(connection: Connection, name: str) -> Person | None:
    """The person of this name, in whatever case it is spelled."""
    row = connection.execute(select(people).where(people.c.folded == _fold_case(name))).one_or_none()
    return None if row is None else _person(row)


def all_people(connection: Connection) -> list[Person]:
    """Everybody, in the order in which they came."""
    return [_person(row) for row in connection.execute(select(people).order_by(people.c.id))]


def change_person(
    connection: Connection, id_: int, now: float, *, role: Role | None = None, active: bool | None = None
) -> None:
    """Gives a person another role, or lets them no longer sign in (or again)."""
    values: dict[str, Any] = {
        key: value for key, value in {"role": role, "active": active}.items() if value is not None
    }
    if values:
        connection.execute(update(people).where(people.c.id == id_).values(**values))
        record_event(connection, "person changed", now, person=id_, **values)


def set_passphrase(connection: Connection, id_: int, passphrase: str, now: float) -> None:
    """Gives a person another passphrase, as a hash."""
    connection.execute(update(people).where(people.c.id == id_).values(passphrase=passphrase))
    record_event(connection, "passphrase changed", now, person=id_)


def make_invite(
    connection: Connection,
    role: Role,
    now: float,
    *,
    note: str = "",
    created_by: int | None = None,
    seconds: float = INVITE_SECONDS,
) -> str:
    """Makes an invitation, and returns its token, which is nowhere else: only a hash of it is stored."""
    token = secrets.token_urlsafe(24)
    row = {
        "token_hash": content_hash("invite", token),
        "role": role,
        "note": note,
        "created_by": created_by,
        "created_at": now,
        "expires_at": now + seconds,
    }
    connection.execute(insert(invites), row)
    record_event(connection, "invited", now, person=created_by, role=role)
    return token


def open_invite(connection: Connection, token: str, now: float) -> Invite | None:
    """The invitation with this token, if it can still be used."""
    row = connection.execute(_invite_with(token)).one_or_none()
    if row is None or row.used_by is not None or row.expires_at < now:
        return None
    return _invite(row)


def use_invite(connection: Connection, token: str, name: str, passphrase: str, now: float) -> Person:
    """Adds the person who was invited. StoreError where the invitation or the name cannot be used."""
    # If several use it at the same moment, all but the first see that it has been used.
    connection.execute(_invite_with(token).with_for_update())
    invite = open_invite(connection, token, now)
    if invite is None:
        raise StoreError("this invitation has been used or has run out; ask for a new one")
    person = make_person(connection, name, invite.role, passphrase, now)
    used = {"used_by": person.id, "used_at": now}
    connection.execute(update(invites).where(invites.c.id == invite.id).values(**used))
    return person


def end_invite(connection: Connection, id_: int, by: int, now: float) -> None:
    """Ends an invitation that has not been used."""
    unused = (invites.c.id == id_, invites.c.used_by.is_(None), invites.c.expires_at > now)
    if connection.execute(update(invites).where(*unused).values(expires_at=now)).rowcount:
        record_event(connection, "invitation ended", now, person=by, invite=id_)


def all_invites(connection: Connection) -> list[Invite]:
    """All invitations, newest first."""
    return [_invite(row) for row in connection.execute(select(invites).order_by(invites.c.id.desc()))]


def _fold_case(name: str) -> str:
    """A name as names are compared: spaces, the case of letters and the way they are composed do not matter."""
    folded = unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
    return unicodedata.normalize("NFKC", folded)


def _invite_with(token: str) -> Select[Any]:
    return select(invites).where(invites.c.token_hash == content_hash("invite", token))


def _person(row: Any) -> Person:
    return Person(row.id, row.name, row.role, row.active, row.passphrase)


def _invite(row: Any) -> Invite:
    return Invite(row.id, row.role, row.note, row.created_at, row.expires_at, row.used_by, row.used_at)
