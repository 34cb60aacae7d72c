"""The measuring runs from end to end, on few patients: every figure is there. How fast is not this test's business."""

import os
import subprocess
import sys

import pytest
from django.db import connections

from config import devstack
from tests.tenancy.support import sql

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])]


def test_every_figure_is_measured():
    database = connections["default"].settings_dict["NAME"]
    environment = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--database", database],
        cwd=devstack.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    rows = [line.split("|")[1:3] for line in done.stdout.splitlines() if line.startswith("|") and "---" not in line]
    first = [row[0].strip() for row in rows]
    assert [
        name
        for name in (
            "list",
            "patient page",
            "log save",
            "as fast as they are answered",
            "by the clock",
            "processor time",
        )
        if name not in first
    ] == []
    assert [name for name in first if name in ("1", "100", "1,000")] == [*["1"] * 3, *["100"] * 3, *["1,000"] * 3]
    assert [name for name in first if name in ("2,000", "4,000")] == ["2,000", "4,000"]
    assert sql("SELECT to_regclass('bench_walled'), to_regclass('floor_billing_charge')", using="owner") == [
        (None, None)
    ]
