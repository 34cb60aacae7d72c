"""The list of `make planted-faults` and the table of attacks stay true between its runs."""

import re
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from tests.planted.faults import FAULTS, IN_DATABASE, IN_SOURCE

ROOT = Path(__file__).resolve().parents[2]
ATTACKS = re.findall(
    r"^\| [^|]+ \| `(test_\w+\.py)::(test_\w+)` \|$", (ROOT / "docs/tenancy.md").read_text(), flags=re.M
)


def test_there_are_enough_faults_each_with_a_name_of_its_own_and_a_test_that_exists():
    assert len(FAULTS) >= 20
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        file, _, test = fault.tests[0].partition("::")
        assert f"def {test}(" in (ROOT / file).read_text() if test else (ROOT / file).is_file(), fault.name


@pytest.mark.parametrize("fault", IN_SOURCE, ids=lambda fault: fault.name)
def test_the_passage_still_stands_there_once(fault):
    source = (ROOT / fault.file).read_text()
    assert source.count(fault.passage) == 1
    compile(source.replace(fault.passage, fault.instead), fault.file, "exec")


@pytest.mark.django_db(databases=["default", "owner", "system"])
@pytest.mark.parametrize("fault", IN_DATABASE, ids=lambda fault: fault.name)
def test_the_statement_still_runs_and_its_undoing_too(fault):
    settings = connections["owner"].settings_dict
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, user="postgres", dbname=settings["NAME"]
    ) as session:
        if not fault.superuser:
            session.execute("SET ROLE careledger_owner")
        session.execute(fault.statement)
        session.execute(fault.undo or "SELECT 1")
        session.rollback()


def test_forty_attacks_and_more_are_named_and_each_is_a_test():
    assert len(ATTACKS) >= 40
    assert len(set(ATTACKS)) == len(ATTACKS)
    missing = [name for file, name in ATTACKS if f"def {name}(" not in (ROOT / "tests/tenancy" / file).read_text()]
    assert missing == []
