"""Words that say an event does not take place."""

from __future__ import annotations

import pytest

from feedsvc.core.status import says_cancelled, without_cancellation


@pytest.mark.parametrize(
    ("title", "rest"),
    [
        ("Canceled: Town hall", "Town hall"),
        ("[CANCELLED] Town hall", "Town hall"),
        ("ABGESAGT - Town hall", "Town hall"),
        ("Annulé : Town hall", "Town hall"),
        ("*** Cancelado *** Town hall", "Town hall"),
        ("Geannuleerd: Town hall", "Town hall"),
        ("Скасовано: Town hall", "Town hall"),
        ("Town hall (abgesagt)", "Town hall"),
        ("Town hall – CANCELLED", "Town hall"),
    ],
)
def test_title_that_says_so_is_cancelled_and_loses_the_word(title: str, rest: str) -> None:
    assert without_cancellation(title) == (rest, True)


@pytest.mark.parametrize(
    "title", ["Cancelled culture: a debate", "Cancelled", "Réunion annulée demain", "Annual: report", "", "Town hall"]
)
def test_title_that_only_has_such_a_word_stays(title: str) -> None:
    assert without_cancellation(title) == (title, False)


@pytest.mark.parametrize("status", ["CANCELLED", " cancelled ", "Canceled", "EventCancelled", "annulé", "ABGESAGT"])
def test_status_is_understood_in_every_spelling(status: str) -> None:
    assert says_cancelled(status)


@pytest.mark.parametrize("status", ["", "CONFIRMED", "TENTATIVE", "NEEDS-ACTION"])
def test_other_statuses_are_no_cancellation(status: str) -> None:
    assert not says_cancelled(status)
