"""Rules apart from sources: a person's settings, a release or new time zone data change what is made of a source, and
that is not the source's doing.

What a source said the last time is read again by today's rules. What differs then is theirs and is applied; what
differs between that and the new reading is the source's, and the guard judges it. The hardest case is an event of
which a question waits: it keeps what it said before the question, read by the new rules.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.guard import GONE, Evidence, Judgement, judge, settled

_BY_RULES = frozenset({ChangeKind.CHANGED, ChangeKind.RENDERED})
"""Changes that new rules bring about, beside absence. What is new or comes back waits for the next reading, if one
comes: nothing is asked about it then, and of a source that was removed nothing is to come."""


def judge_by_rules(
    decisions: Sequence[Decision],
    evidence: Evidence,
    *,
    but: Collection[str] = (),
    only: Collection[str] | None = None,
    gone: bool,
) -> Judgement:
    """Apply what new rules make of a capture that was read before.

    Events of which a question waits (`but`) are left alone; of an earlier capture these alone (`only`) are taken.
    Absence counts where a person's setting brought it about (`gone`); what a release no longer sees, is asked about.
    """
    kinds = _BY_RULES | ({ChangeKind.MISSING} if gone and evidence.is_whole else set())
    unasked = replace(evidence, allow_shrink=True)
    return Judgement(
        tuple(
            settled(one, unasked)
            for one in decisions
            if one.kind in kinds
            and one.after.misses <= 1
            and one.after.uid not in but
            and (only is None or one.after.uid in only)
        )
    )


def judge_since(
    decisions: Sequence[Decision], evidence: Evidence, *, ruled: Sequence[Decision], allow_shrink: bool
) -> Judgement:
    """Judge a reading after new rules, of which `ruled` are the changes; without any, like every reading.

    A change is compared with what the new rules make of what the source said before. What went by them counts as
    missed by this reading already.
    """
    known = {one.after.uid: one for one in ruled}
    compared = [
        replace(one, before=known[one.after.uid].after) if one.before is not None and one.after.uid in known else one
        for one in decisions
        if one.kind not in GONE or one.after.uid not in known or known[one.after.uid].kind not in GONE
    ]
    return judge(compared, replace(evidence, allow_shrink=allow_shrink and evidence.is_whole))
