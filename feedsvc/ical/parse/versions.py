"""Which of the components that share a UID count: the newest version of each event, and every event of its own.

The hardest case is one UID on everything a careless exporter writes: what differs in title *and* start is another
event, however its SEQUENCE stands, where there are more than two. Whatever is left out has a finding.
"""

from __future__ import annotations

from feedsvc.core.model import Finding
from feedsvc.core.text import clean_line, cut, fold
from feedsvc.ical.parse.event import Moment, Parsed


def current_masters(members: list[Parsed], findings: list[Finding]) -> list[Parsed]:
    """The components without RECURRENCE-ID that count, in the order of the file."""
    members = _distinct(members, findings)
    clusters: list[list[Parsed]] = []
    for one in members:
        # Two are an event before and after everything changed; of more, each that differs in both is one of its own.
        related = [
            cluster
            for cluster in clusters
            if len(members) == 2 or any((one.start == other.start or _title(one) == _title(other)) for other in cluster)
        ]
        clusters = [cluster for cluster in clusters if cluster not in related]
        clusters.append([*(other for cluster in related for other in cluster), one])
    kept: list[Parsed] = []
    for cluster in clusters:
        # Those of the highest SEQUENCE; of those with one start, the last that was modified.
        highest = max(one.sequence for one in cluster)
        latest: dict[Moment, tuple[str, str]] = {}
        candidates = [one for one in cluster if one.sequence == highest]
        for one in candidates:
            latest[one.start] = max(one.version, latest.get(one.start, one.version))
        kept += [one for one in candidates if one.version == latest[one.start]]
    return _told([one for one in members if one in kept], members, findings)


def current_changes(members: list[Parsed], findings: list[Finding]) -> list[Parsed]:
    """The newest change of each occurrence."""
    members = _distinct(members, findings)
    newest: dict[Moment | None, Parsed] = {}
    for one in members:
        other = newest.get(one.recurrence)
        if other is None or (one.sequence, one.version) >= (other.sequence, other.version):
            newest[one.recurrence] = one
    return _told(list(newest.values()), members, findings)


def _title(parsed: Parsed) -> str:
    return fold(parsed.text("SUMMARY"))


def _distinct(members: list[Parsed], findings: list[Finding]) -> list[Parsed]:
    """Each once; the same lines again are a copy."""
    distinct = {tuple(one.block.properties): one for one in reversed(members)}
    copies = len(members) - len(distinct)
    if copies:
        findings.append(Finding("duplicate", f"{shown(members[0])}: {copies + 1} times", members[0].block.line))
    return [one for one in members if distinct[tuple(one.block.properties)] is one]


def _told(kept: list[Parsed], members: list[Parsed], findings: list[Finding]) -> list[Parsed]:
    findings.extend(
        Finding("older-version", shown(one), one.block.line) for one in members if not any(one is new for new in kept)
    )
    return kept


def shown(parsed: Parsed) -> str:
    """Its title for a finding."""
    return "not public" if parsed.is_private else cut(clean_line(parsed.text("SUMMARY")), 80)
