"""People and invitations."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hch.people.store.database import Database, StoreError
from hch.people.store.people import (
    all_invites,
    all_people,
    change_person,
    find_person,
    get_person,
    make_invite,
    make_person,
    open_invite,
    use_invite,
)

DAY = 24 * 3600.0


@pytest.mark.parametrize("again", ["Ann Lee", "ann lee", "ANN   LEE", " Ann\tLee ", "Ａnn Lee", "ann leE"])
def test_two_people_do_not_differ_by_how_a_name_is_written_alone(store: Database, again: str) -> None:
    made = store.write(make_person, "Ann Lee", "answerer", None, 0.0)
    assert store.read(find_person, again) == made
    with pytest.raises(StoreError, match="there is somebody called"):
        store.write(make_person, again, "judge", None, 0.0)


@pytest.mark.parametrize("name", ["", " \n", "x" * 81])
def test_what_is_no_name_is_refused(store: Database, name: str) -> None:
    with pytest.raises(StoreError, match="from 1 to 80 letters"):
        store.write(make_person, name, "answerer", None, 0.0)


HOSTILE = ["\x00nul", "half \ud800", "'; DROP TABLE people; --", "\u202eevil", "\x02x", "ß", "İ"]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_is_kept_as_it_is(store: Database, name: str) -> None:
    made = store.write(make_person, name, "answerer", None, 0.0)
    assert store.read(get_person, made.id) == made
    assert store.read(find_person, name) == made
    assert made.name == name


def test_people_change_roles_leave_and_come_back(store: Database) -> None:
    made = store.write(make_person, "Ann", "answerer", None, 0.0)
    store.write(change_person, made.id, 1.0, role="judge", active=False)
    (result,) = store.read(all_people)
    assert (result.role, result.active) == ("judge", False)
    store.write(change_person, made.id, 2.0, active=True)
    (result,) = store.read(all_people)
    assert (result.role, result.active) == ("judge", True)


def test_an_invitation_is_used_once_and_in_time(store: Database) -> None:
    token = store.write(make_invite, "judge", 0.0, note="for jo")
    assert store.read(open_invite, token + "x", 1.0) is None
    with pytest.raises(StoreError, match="used or has run out"):
        store.write(use_invite, token, "jo", "hash", 8 * DAY)
    made = store.write(use_invite, token, "jo", "hash", 6 * DAY)
    assert (made.role, made.passphrase) == ("judge", "hash")
    with pytest.raises(StoreError, match="used or has run out"):
        store.write(use_invite, token, "another", "hash", 6 * DAY)
    (invite,) = store.read(all_invites)
    assert (invite.used_by, invite.note) == (made.id, "for jo")
    assert [person.name for person in store.read(all_people)] == ["jo"]


def test_a_name_that_is_taken_leaves_the_invitation_open(store: Database) -> None:
    store.write(make_person, "jo", "answerer", None, 0.0)
    token = store.write(make_invite, "judge", 0.0)
    with pytest.raises(StoreError, match="there is somebody called"):
        store.write(use_invite, token, "Jo", "hash", 1.0)
    assert store.write(use_invite, token, "Joanna", "hash", 1.0).role == "judge"


def at_once(count: int, act: Any) -> list[Any]:
    gate, result = threading.Barrier(count), list[Any]()

    def work(number: int) -> None:
        gate.wait()
        try:
            result.append(act(number))
        except StoreError as error:
            result.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return result


def test_of_several_who_use_an_invitation_at_once_one_comes_in(store: Database) -> None:
    token = store.write(make_invite, "judge", 0.0)
    result = at_once(4, lambda number: store.write(use_invite, token, f"person {number}", "hash", 1.0))
    assert sorted(isinstance(one, StoreError) for one in result) == [False, True, True, True]
    assert len(store.read(all_people)) == 1


def test_of_several_who_take_a_name_at_once_one_has_it(store: Database) -> None:
    result = at_once(4, lambda number: store.write(make_person, "JO" if number % 2 else "jo", "answerer", None, 1.0))
    assert sorted(isinstance(one, StoreError) for one in result) == [False, True, True, True]
    assert len(store.read(all_people)) == 1
