"""One program whose tracks are weighed on the same minutes: the first declared track that nothing stands against is charged, and
the others say why not. Weighing comes before charging, or a track would be refused for minutes that another has just used."""

from dataclasses import replace as with_values
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from .agreed import Agreed
from .bench import Bench
from .book import Plan, Rule, Staff, Track
from .charge import charge, needed
from .checks import Lacking, Question, lacking, refusals, without_facts
from .countable import Counted, Counting, Refused, count
from .criteria import holds
from .decision import Authority, Bucket, Finding, Role
from .facts import Log, PatientMonth


class Weighed(Struct, frozen=True):
    """One track, judged: what counts for it, what stands against its base code, and whether its minutes suffice."""

    track: Track
    question: Question
    counted: Counted
    refused: list[Finding]  # reasons other than minutes
    short: list[Finding]  # too few minutes, with the reasons why others were not counted
    failures: list[Finding]  # all that stands against the track


def bill(bench: Bench, plan: Plan, with_: Agreed, logs: list[Log]) -> None:
    """Decide a program's month."""
    weighed, chosen = _weigh_tracks(bench, plan, with_, logs)
    if chosen is not None:
        charge(bench, chosen.question, chosen.track, chosen.counted)
    declared = weighed[0].track.name
    for each in weighed:
        if each is not chosen:
            found = each.failures or _supported(each, chosen, declared)
            if chosen is not None and plan.by_facts:
                found = [replace(finding, role="alternative") for finding in found]
            bench.findings.extend(found)
            _about_add_ons(bench, each)
    if chosen is None:
        _close(bench, plan, weighed)


def _weigh_tracks(bench: Bench, plan: Plan, with_: Agreed, logs: list[Log]) -> tuple[list[Weighed], Weighed | None]:
    month = bench.month
    missing = lacking(month, plan, with_)
    declared = plan.declared_tracks(month.tracks.get(plan.name))
    counts: dict[Staff | None, Counted] = {}
    weighed: list[Weighed] = []
    chosen: Weighed | None = None
    for track in plan.in_order[declared]:
        requested = bool(month.requested) and not set(month.requested).isdisjoint(track.codes)
        is_for = _is_for(bench, plan, track)
        if not requested and not is_for:
            continue
        role: Role = "declared" if chosen is None and track.name in declared else "alternative"
        is_asked = requested or role == "declared"
        if not is_asked and track.base.status and not (track.when and track.base.status == "code.retired"):
            continue  # where the agency reported a code until it ended, that is worth a word
        if not is_asked and track.base.minutes and not _has_logs(track, logs):
            continue
        if track.staff not in counts:
            counting = Counting(month, bench.terms, plan, with_, track.staff, None, tuple(bench.taken))
            counts[track.staff] = count(counting, logs)
        counted = counts[track.staff]
        if is_asked or _in_question(month, plan, track, counted):
            each = _weigh(bench, plan, with_, missing, track, role, counted, is_for)
            weighed.append(each)
            if role == "declared" and is_for and not each.failures:
                chosen = each
    if not any(each.question.role == "declared" for each in weighed):  # none is for these facts: the first says why
        first = plan.track(declared[0])
        counted = count(Counting(month, bench.terms, plan, with_, first.staff, None, tuple(bench.taken)), logs)
        weighed.insert(0, _weigh(bench, plan, with_, missing, first, "declared", counted, is_for=False))
    return weighed, chosen


def _is_for(bench: Bench, plan: Plan, track: Track) -> bool:
    """Whether a track is for such a patient and agency, and the code it is added to is billed."""
    if track.when and not all(holds(each, bench.month, plan.name) for each in track.when):
        return False
    bases = track.base.add_on_to
    return not bases or any(base in bench.billed for base in bases)


def _has_logs(track: Track, logs: list[Log]) -> bool:
    """Whether anybody gave time of the track's kind, whether it counts or not."""
    if not track.staff:
        return bool(logs)
    return not track.staff.disciplines.isdisjoint([log.discipline for log in logs])


def _in_question(month: PatientMonth, plan: Plan, track: Track, counted: Counted) -> bool:
    """Whether a track that nobody declared is worth a word: its minutes count and suffice, or the patient is one it is made for."""
    base = track.base
    if base.minutes and not counted.minutes:
        return False
    if base.minutes and counted.minutes >= base.earned_at:
        return True
    return all(holds(each, month, plan.name) for each in track.requirements)


def _weigh(
    bench: Bench,
    plan: Plan,
    with_: Agreed,
    missing: tuple[Lacking, ...],
    track: Track,
    role: Role,
    counted: Counted,
    is_for: bool,
) -> Weighed:
    base = track.base
    if not is_for:  # somebody asked for it all the same: whom it is for is among what it asks
        base = with_values(base, requirements=(*base.requirements, *track.when))
    question = bench.ask(plan, with_, base, role, missing)
    against = refusals(question)
    short = [] if track.base.status or not track.base.minutes else _shortfall(question, counted)
    said = {finding.id for finding in against}
    short = [finding for finding in short if finding.id not in said]
    return Weighed(track, question, counted, against, short, against + short)


def _supported(weighed: Weighed, chosen: Weighed | None, declared: str) -> list[Finding]:
    """A track that the facts support and people did not declare. Beside a billed one: each code of it that minutes would reach."""
    q = weighed.question
    if chosen is None:
        return [q.no("track.not_declared", q.rule.authority, have=declared, need=weighed.track.name)]
    family = q.plan.one_family or q.rule.authority
    return [
        _about(weighed, rule).no("code.mutually_exclusive", family, have=chosen.track.base.code)
        for rule in _reached(weighed)
    ]


def _reached(weighed: Weighed) -> list[Rule]:
    """The codes of a track that its minutes would reach, and those somebody asked for."""
    q = weighed.question
    rules = (weighed.track.base, *weighed.track.add_ons)
    at = [0, *accumulate(rule.minutes for rule in rules)]
    return [
        rule
        for rule, before in zip(rules, at, strict=False)
        if rule.status is None
        and (weighed.counted.minutes >= before + needed(q, rule) or rule.code in q.month.requested)
    ]


def _shortfall(q: Question, counted: Counted) -> list[Finding]:
    """If countable minutes do not reach the base code: each reason why others were not counted, then the shortfall."""
    need = needed(q, q.rule)
    if counted.minutes >= need:
        return []
    return [*refused_minutes(q, counted), q.no("minutes.below_threshold", q.rule.authority, counted.minutes, need)]


def refused_minutes(q: Question, counted: Counted) -> list[Finding]:
    """Each reason why minutes were not counted, with how many and the logs they were of."""
    by_reason: dict[str, list[Refused]] = {}
    for each in counted.refused:
        by_reason.setdefault(each.refusal.reason, []).append(each)
    findings = []
    for group in by_reason.values():
        refusal = group[0].refusal
        logs = tuple(each.log for each in group)
        minutes = sum(each.minutes for each in group)
        findings.append(q.no(refusal.reason, refusal.authority, have=minutes, need=refusal.detail, logs=logs))
    return findings


def _about_add_ons(bench: Bench, weighed: Weighed) -> None:
    """What a refused track means for its add-ons: those that minutes reach are excluded as their base is, and one that a person
    asked for has no base to be added to."""
    excluding = [each for each in weighed.failures if without_facts(each)]
    if excluding and len(excluding) == len(weighed.failures):
        for rule in _reached(weighed)[1:]:
            bench.findings.extend(replace(finding, code=rule.code) for finding in excluding)
    for rule in weighed.track.add_ons if bench.month.requested else ():
        if rule.code in bench.month.requested:
            question = _about(weighed, rule)
            bench.findings.append(question.no("base.missing", rule.authority, need=weighed.track.base.code))


def _about(weighed: Weighed, rule: Rule) -> Question:
    return replace(weighed.question, rule=rule)


def _close(bench: Bench, plan: Plan, weighed: list[Weighed]) -> None:
    """No track was billed: the first one says why, and that is what its minutes rest on. Where facts would have chosen a track and
    all lack the same, no code is in question but the program; else, where none takes minutes, the one that asks for least."""
    first = weighed[0]
    finding = (first.refused or first.short[-1:])[0]
    code = finding.code
    bucket: Bucket = "not_billed" if first.refused else "below_threshold"
    tried = [each for each in weighed if each.question.role == "declared"]
    if plan.by_facts and len(tried) > 1:
        said = [{each.said for each in other.refused} for other in tried]
        common = [each for each in first.refused if all(each.said in of_track for of_track in said)]
        if common:
            finding, code = common[0], ""
        elif not first.track.base.minutes:
            finding = tried[-1].refused[0]
            code = finding.code
    if finding.id == "units.over_monthly_cap":
        bucket = "over_cap"
    pool = first.counted.open(plan, bench.ledger)
    authority = Authority(finding.cite, finding.since, finding.rule)
    pool.close(bucket, authority, code, finding.id, finding.need)
