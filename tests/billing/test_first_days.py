"""A first day that is too early would be seen by nobody, for there is nothing yet to bill: each is that of what it governs."""

from datetime import date

from billing.rules import Rulebook, load_rulebook
from billing.rules.parts import RULES
from billing.rules.schema import ProgramData, TrackData


def first_day(rulebook: Rulebook, track: TrackData) -> date:
    return track.from_ or min(rulebook.codes[code].versions[0].from_ for code in track.codes)


def begins(rulebook: Rulebook, program: ProgramData) -> date:
    codes = (data.versions[0].from_ for data in program.codes.values())
    return min([*codes, *(first_day(rulebook, track) for track in program.tracks)])


def test_no_rule_of_a_program_begins_before_what_it_governs():
    rulebook = load_rulebook()
    for program in rulebook.programs:
        since = begins(rulebook, program)
        for name in RULES:
            if versions := getattr(program, name):
                assert versions[0].from_ == since, (program.program, name)
        for each in program.requires:
            assert each.versions[0].from_ == since, (program.program, each.rule)
        asked: dict[str, set[date]] = {}
        stated = {}
        for track in program.tracks:
            for each in (*track.when, *track.requires):
                asked.setdefault(each.rule, set()).add(first_day(rulebook, track))
                stated[each.rule] = each.versions[0].from_
        assert stated == {rule: min(days) for rule, days in asked.items()}, program.program


def test_no_list_begins_before_a_program_that_goes_by_it():
    """A list of staff that only a track goes by may be as old as the track or as its program."""
    rulebook = load_rulebook()
    of_name = {program.program: program for program in rulebook.programs}
    looked_at = set()
    for name, rule in rulebook.rules.items():
        if rule.kind in ("staff", "activity", "stay"):
            programs = [of_name[each] for each in rule.programs]
            days = {min(begins(rulebook, program) for program in programs)}
            days |= {
                first_day(rulebook, track)
                for program in programs
                for track in program.tracks
                if name == f"staff.{track.staff}"
            }
            assert rule.versions[0].from_ in days, name
            looked_at.add(rule.kind)
    assert looked_at == {"staff", "activity", "stay"}
