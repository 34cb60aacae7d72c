"""The rulebook's files: what is refused and where, how versions inherit, and what the engine makes of other data."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from billing.management.commands.check_rulebook import check
from billing.management.commands.rulebook_schema import SCHEMAS, named_in, schemas
from billing.rules import Unpaid, evaluate, load_rulebook
from billing.rules.documents import DocumentError
from billing.rules.rulebook import FOLDER
from tests.billing.months import a_log, a_month, found, pieces, terms, units

RULES = "chronic_care.yaml"
HEALTH_HOME = (FOLDER / "health_home.yaml").read_text()
ANY_OF = HEALTH_HOME[HEALTH_HOME.index("        any_of:") : HEALTH_HOME.index("        cite: HH\n")]


def changed(tmp_path: Path, *changes: tuple[str, str, str]) -> Path:
    """A copy of the rulebook with texts replaced: (file, old, new)."""
    folder = tmp_path / "rulebook"
    shutil.copytree(FOLDER, folder)
    for name, old, new in changes:
        text = (folder / name).read_text()
        assert text.count(old) >= 1, f"{name} does not hold {old!r}"
        (folder / name).write_text(text.replace(old, new, 1))
    return folder


def line_of(name: str, text: str) -> int:
    return next(n for n, line in enumerate((FOLDER / name).read_text().splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (RULES, 'clinical_staff, codes: ["99490"', "clinical_staff, codes: [99490", "should be a valid string"),
        (RULES, "minutes: 20, max_units_month: 1", 'minutes: "20", max_units_month: 1', "should be a valid integer"),
        (RULES, "minutes: 20, max_units_month: 1", "minutes: 20.5, max_units_month: 1", "should be a valid integer"),
        (RULES, "length: calendar_month, cite: MLN-CCM", "length: calendar_month", "cite: Field required"),
        (
            RULES,
            "opened_within_months: 12, cite: MLN-CCM, confidence: memory",
            "opened_within_months: 12, cite: MLN-CCM",
            "confidence: Field required",
        ),
        (RULES, "confidence: memory", "confidence: certain", "'seen', 'memory' or 'configurable'"),
        (RULES, "acts: end_of_calendar_month", "acts: at_once", "'end_of_calendar_month'"),
        (RULES, '"A comprehensive care plan is in place."', '""', "at least 1 character"),
        (RULES, "cite: CCM-STOP", "cite: HEARSAY", "the source HEARSAY is not in sources.yaml"),
        (RULES, "label: Chronic care management", "label: Chronic care management\ncolour: green", "Extra inputs"),
        (RULES, "staff: clinical_staff", "staff: everybody", "staff.yaml has no list everybody"),
        (RULES, "activities: not_care_management", "activities: nothing", "activities.yaml has no list nothing"),
        (RULES, "agency_types: individual_codes, cite", "agency_types: anyone, cite", "agency_types.yaml has no list"),
        (RULES, "  - fact: chronic_conditions", "  - fact: shoe_size", "shoe_size is not a fact of the patient-month"),
        (RULES, "at_least: 2", "is: true", "chronic_conditions wants at_least"),
        (RULES, "otherwise: care_plan.missing", "otherwise: care_plan.lost", "care_plan.missing"),
        (RULES, "minutes: 20, max_units_month: 1", "max_units_month: 1", "states its minutes"),
        (
            RULES,
            '{name: clinical_staff, codes: ["99490", "99439"]}',
            '{name: clinical_staff, codes: ["99439", "99490"]}',
            "a track begins with a base code",
        ),
        (
            RULES,
            '{name: clinical_staff, codes: ["99490", "99439"]}',
            '{name: clinical_staff, codes: ["99490", "99999"]}',
            "the code 99999 has no entry",
        ),
        (RULES, "  clinical_staff: [clinical_staff,", "  clinical_staff: [dearest,", "there is no track dearest"),
        (
            RULES,
            "{from: 2015-01-01, counts_from",
            "{from: 2016-01-01, counts_from",
            "gap: consent starts on 2016-01-01",
        ),
        ("agency_types.yaml", "{from: 2018-01-01", "{from: 2016-01-01", "overlaps the version before it"),
        (RULES, "codes: [G0181, G0182]", "codes: []", "there must be at least one"),
        (
            "health_home.yaml",
            "{fact: health_home_conditions, at_least: 2}",
            "{fact: health_home_conditions, has: two}",
            "health_home_conditions wants at_least",
        ),
        (
            "health_home.yaml",
            "  - name: conditions\n    otherwise",
            "  - otherwise",
            "has a name, and alternatives in any_of",
        ),
        (
            "health_home.yaml",
            "        any_of:",
            "        at_least: 2\n        any_of:",
            "has a name, and alternatives in any_of",
        ),
        ("health_home.yaml", ANY_OF, "", "has a name, and alternatives in any_of"),
        ("sources.yaml", "read_on: null", "read_on: never", "valid date"),
        ("rulebook.yaml", 'version: "2026.11"', "version: 2026.11", "should be a valid string"),
    ],
)
def test_a_fault_is_refused_with_its_file_and_line(tmp_path, name, old, new, said):
    report = check(changed(tmp_path, (name, old, new)))

    faults = [problem for problem in report.problems if said in problem]
    assert len(faults) == 1, report.problems
    where = re.fullmatch(rf".*/{re.escape(name)}:(\d+): .*", faults[0], re.DOTALL)
    assert where is not None
    near = line_of(name, old.split("\n")[0])
    assert near - 4 <= int(where[1]) <= near + 4


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("{from: 2015-01-01, length: calendar_month, cite: MLN-CCM, confidence: seen,", "{line}: period.0.cite"),
        (
            "{from: 2015-01-01, at_least: 2, lasting_months: 12, cite: MLN-CCM, confidence: seen,",
            "{line}: requires.0.versions.0.cite",
        ),
    ],
)
def test_a_missing_cite_is_shown_on_the_very_line(tmp_path, old, said):
    (problem,) = check(changed(tmp_path, (RULES, old, old.replace("cite: MLN-CCM, ", "")))).problems
    assert problem.endswith(f"{RULES}:{said.format(line=line_of(RULES, old))}: Field required")


def test_a_version_that_begins_too_early_is_shown_on_its_own_line(tmp_path):
    late, early = "{from: 2018-01-01", "{from: 2016-01-01"
    (problem,) = check(changed(tmp_path, ("agency_types.yaml", late, early))).problems
    assert problem.endswith(
        f"agency_types.yaml:{line_of('agency_types.yaml', late)}: agency_types.individual_codes.2: "
        "overlaps the version before it: 2016-01-01 does not follow 2016-01-01"
    )


def test_a_repeated_key_is_refused(tmp_path):
    folder = changed(tmp_path, (RULES, "staff: clinical_staff", "staff: clinical_staff\nstaff: all"))
    (problem,) = check(folder).problems
    assert problem.endswith(f"{RULES}:{line_of(RULES, 'staff: clinical_staff') + 1}: the key staff is given twice")


def test_a_rule_that_starts_after_its_codes_is_shown_where_it_stands(tmp_path):
    (problem,) = check(changed(tmp_path, ("staff.yaml", "- from: 2015-01-01", "- from: 2017-01-01"))).problems
    assert problem.endswith(
        f"{RULES}:{line_of(RULES, 'staff: clinical_staff')}: "
        "gap: staff starts on 2017-01-01, after what it governs on 2015-01-01"
    )


def test_an_activity_that_starts_after_the_codes_of_a_program_is_a_gap(tmp_path):
    late = (
        "activities.yaml",
        "{from: 2013-01-01, counts: false, cite: NORIDIAN-17",
        "{from: 2015-01-01, counts: false, cite: NORIDIAN-17",
    )
    (problem,) = check(changed(tmp_path, late)).problems
    assert problem.endswith(
        f"transitional_care.yaml:{line_of('transitional_care.yaml', 'activities: not_care_management')}: "
        "gap: activities.voicemail_left starts on 2015-01-01, after what it governs on 2013-01-01"
    )


def test_faults_of_several_files_are_said_together(tmp_path):
    report = check(
        changed(tmp_path, (RULES, "counted: once", "counted: twice"), ("staff.yaml", "cite: MLN-CCM", "note: x"))
    )
    assert [problem.split("/")[-1].split(":")[0] for problem in report.problems] == [RULES, "staff.yaml", "staff.yaml"]
    assert report.text().splitlines()[-1] == "3 problems"


def test_a_missing_and_an_empty_file_are_refused(tmp_path):
    folder = changed(tmp_path)
    (folder / "staff.yaml").unlink()
    (folder / "sources.yaml").write_text("# nothing\n")
    with pytest.raises(DocumentError) as refused:
        load_rulebook(folder)
    said = sorted(problem.message for problem in refused.value.problems)
    assert said == ["No such file or directory", "the file is empty"]


def test_text_that_is_no_yaml_is_refused_with_its_line(tmp_path):
    (problem,) = check(changed(tmp_path, ("rulebook.yaml", "scope:", "scope: [\nscope:"))).problems
    assert re.search(r"rulebook\.yaml:\d+: ", problem)


def test_the_schemas_for_editors_are_current_and_named_in_every_file():
    assert {path.name: path.read_text() for path in SCHEMAS.iterdir()} == schemas()
    for path in FOLDER.glob("*.yaml"):
        assert path.read_text().splitlines()[0] == named_in(path.name), path.name
    program = json.loads(schemas()["program.json"])
    assert (program["additionalProperties"], "checked_through" in program["required"]) == (False, True)
    assert {"from", "cite", "confidence", "words"} <= set(program["$defs"]["CodeVersion"]["required"])


def test_schemas_are_written_where_they_differ(tmp_path, capsys):
    call_command("rulebook_schema", tmp_path)
    (tmp_path / "staff.json").write_text("{}")
    call_command("rulebook_schema", tmp_path)
    call_command("rulebook_schema", tmp_path)
    told = [line.split(" in ")[0] for line in capsys.readouterr().out.splitlines()]
    assert told == [f"9 schemas, {n} written anew" for n in (9, 1, 0)]
    assert (tmp_path / "staff.json").read_text() == schemas()["staff.json"]


def test_our_rulebook_says_what_it_holds():
    report = check(FOLDER)
    assert report.problems == ()
    assert report.text().splitlines()[0] == (
        "programs: 14, codes: 88, versions of codes: 135, sources: 39, matters not modelled: 41"
    )


def test_the_fingerprint_follows_the_data_and_not_the_text(tmp_path):
    ours = load_rulebook(FOLDER).fingerprint
    commented = changed(tmp_path / "a", (RULES, "staff: clinical_staff", "# a remark\nstaff:   clinical_staff"))
    other = changed(tmp_path / "b", (RULES, "max_units_month: 2", "max_units_month: 3"))

    assert load_rulebook(commented).fingerprint == ours
    assert load_rulebook(other).fingerprint != ours


def test_every_rule_that_a_decision_names_has_its_words():
    ours = load_rulebook(FOLDER)
    logs = [a_log(95), a_log(5, discipline="FRONT_DESK"), a_log(5, activity="travel"), a_log(5, program="knitting")]
    ended = terms(until=date(2025, 3, 20))
    decisions = [
        evaluate(a_month(*logs, a_log(5, date(2025, 4, 1)), a_log(5, date(2025, 3, 30))), ended, ours),
        evaluate(
            a_month(*logs, chronic_conditions=(), risk_attested=False, agency_type="hospital"),
            Unpaid("coverage.missing"),
            ours,
        ),
        evaluate(a_month(*logs, enrollments=(), care_plan_current=False, requested=("X",)), terms(), ours),
    ]
    named = [each for d in decisions for each in (*d.ledger, *d.findings, *d.lines)]
    assert [each for each in named if not ours.words(each.rule, each.since)] == []
    assert ours.words("chronic_care.period", date(2015, 1, 1)).startswith("Minutes are added up over a calendar month")
    assert ours.words("agency_types.individual_codes", date(2018, 1, 1)) != ours.words(
        "agency_types.individual_codes", date(2025, 1, 1)
    )
    assert ours.words("chronic_care.period", date(2014, 1, 1)) == ""


def test_a_day_is_settled_once_and_days_before_the_rulebook_are_an_error():
    rulebook = load_rulebook(FOLDER)
    assert rulebook.on(date(2025, 3, 31)) is rulebook.on(date(2025, 1, 1))  # nothing changed in between
    assert rulebook.on(date(2024, 12, 31)) is not rulebook.on(date(2025, 1, 1))
    with pytest.raises(LookupError, match="says nothing about 2012-12-31: it begins on 2013-01-01"):
        rulebook.on(date(2012, 12, 31))
    assert rulebook.on(rulebook.begins).plan("transitional_care").tracks


LATER = """        confidence: seen
        words: "at most two"
      - {from: 2025-04-01, max_units_month: null, cite: CPT-TIME, confidence: memory, words: "no cap"}
      - {from: 2025-05-01, retired: true, cite: CPT-TIME, confidence: memory, words: "no more"}
"""


def test_a_version_states_only_what_changed(tmp_path):
    text = (FOLDER / RULES).read_text()
    twenty = text[
        text.index('        confidence: seen\n        words: "Each further full 20') : text.index('  "99487":')
    ]
    rulebook = load_rulebook(changed(tmp_path, (RULES, twenty, LATER)))

    def add_on(day):
        return rulebook.on(day).plan("chronic_care").tracks[0].add_ons[0]

    assert (add_on(date(2025, 3, 31)).max_units_month, add_on(date(2025, 3, 31)).authority.cite) == (2, "CPT-CCM")
    april = add_on(date(2025, 4, 1))
    assert (april.max_units_month, april.minutes, april.add_on_to) == (None, 20, ("99490",))
    assert (april.authority.cite, april.authority.since) == ("CPT-TIME", date(2025, 4, 1))
    may = evaluate(
        a_month(a_log(60, date(2025, 5, 2)), first=date(2025, 5, 1), last=date(2025, 5, 31)), terms(), rulebook
    )
    assert units(may) == {"99490": 1}
    assert found(may) == [("code.retired", "99439", date(2025, 5, 31), date(2025, 5, 1))]
    assert pieces(may.ledger)[-1] == (40, "not_billed", "99439", 0, "code.retired")


def test_a_track_without_add_ons_accounts_for_every_minute_too(tmp_path):
    text = (FOLDER / RULES).read_text()
    rulebook = load_rulebook(
        changed(
            tmp_path,
            (RULES, 'codes: ["99490", "99439"]', 'codes: ["99490"]'),
            (RULES, text[text.index('  "99439":') : text.index('  "99487":')], ""),
            ("foreign_codes.yaml", '["99091"]', '["99091", "99439"]'),  # others still name it
        )
    )

    assert pieces(evaluate(a_month(a_log(45)), terms(), rulebook).ledger) == [
        (20, "counted", "99490", 1, None),
        (25, "above_last_unit", "99490", 0, "units.none_further"),
    ]


LONG = """codes:
  "X0050":
    label: A longer base code, for this test
    shape: base
    versions:
      - {from: 2015-01-01, minutes: 50, cite: CPT-TIME, confidence: memory, words: "longer"}
"""


def two_tracks(tmp_path):
    return load_rulebook(
        changed(
            tmp_path,
            (RULES, "codes:\n", LONG),
            (RULES, "tracks:\n", 'tracks:\n  - {name: long, codes: ["X0050"]}\n'),
            (RULES, "declared:\n", "declared:\n  long: [long, clinical_staff]\n"),
        )
    )


def test_tracks_are_weighed_on_the_same_full_pool_before_one_is_charged(tmp_path):
    month = a_month(a_log(49), tracks={"chronic_care": "clinical_staff"})
    decision = evaluate(month, terms(), two_tracks(tmp_path))

    assert units(decision) == {"99490": 1, "99439": 1}
    assert [(each.id, each.code, each.role, each.have) for each in decision.findings] == [
        ("units.below_increment", "99439", "declared", 9),
        ("minutes.below_threshold", "X0050", "alternative", 49),
    ]


def test_a_declared_track_falls_back_in_its_own_order_and_explains_what_is_left(tmp_path):
    rulebook, long = two_tracks(tmp_path), {"tracks": {"chronic_care": "long"}}

    assert units(evaluate(a_month(a_log(50), **long), terms(), rulebook)) == {"X0050": 1}
    assert units(evaluate(a_month(a_log(49), **long), terms(), rulebook)) == {"99490": 1, "99439": 1}
    short = evaluate(a_month(a_log(19), **long), terms(), rulebook)
    assert pieces(short.ledger) == [(19, "below_threshold", "X0050", 0, "minutes.below_threshold")]
    assert {each.role for each in short.findings} == {"declared"}
