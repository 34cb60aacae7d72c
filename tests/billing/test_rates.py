"""National rates: CMS's file in both its forms, what is refused in it, and the rates that are shipped."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from billing.models import NationalRate
from billing.rates.rvu import NotAnRvuFile, read_rvu
from billing.rates.shipped import FILE, shipped_rates
from billing.rules import load_rulebook
from billing.rules.documents import DocumentError
from billing.selectors.rates import rates_of

HEAD = (
    ",,2026 National Physician Fee Schedule Relative Value File January Release" + "," * 29 + "\r\n"
    ",,CPT codes and descriptions only are copyright 2025 American Medical Association." + "," * 29 + "\r\n"
    ",,,,NOT USED" + "," * 27 + "\r\n"
    ",,,,FOR" + "," * 27 + "\r\n"
    ",,,STATUS,MEDICARE,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,PRIC,"
    "ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT\r\n"
    "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,"
    "SURG,IND,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT\r\n"
)


def a_row(code="99490", modifier="", work="1.00", pe="0.91", mp="0.07", total="1.98", factor="33.4009"):
    return (
        f'{code},{modifier},"not, kept",A,,{work},{pe},,0.40,,{mp},{total},1.47,0,XXX,0.00,0.00,0.00,0,0,0,0,0,0,,{factor},09,0,99,'
        "0.00,0.00,0.00\r\n"
    )


def a_file(tmp_path, *rows, head=HEAD, name="PPRRVU2026_Jan_nonQPP.csv"):
    path = tmp_path / name
    path.write_bytes((head + "".join(rows)).encode("cp1252"))
    return path


def fixed(code="99490", modifier="  ", work="  1.00", pe="  0.91", fac="  0.40", mp=" 0.07"):
    """A line of fixed width: each value ends where CMS's layout has it."""
    line = f"{code}{modifier}{'not kept'.ljust(50)}A".ljust(59) + work
    line = line.ljust(66) + pe
    line = line.ljust(75) + fac
    line = line.ljust(84) + mp
    return line.ljust(132) + "33.4009 XXX 09 0 99 0.00 0.00 0.00\n"


def run(path, capsys, starts="2026-01-01"):
    status = 0
    try:
        call_command("import_rvu", path, "--from", starts, "--json")
    except SystemExit as end:
        status = end.code
    told = json.loads(capsys.readouterr().out)
    return status, told


def test_the_columns_are_found_by_names_that_stand_in_several_lines():
    file = read_rvu((HEAD + a_row() + a_row("G0556", work="0.25", pe="0.20", mp="0.01", total="0.46")).encode())
    assert file.title == "2026 National Physician Fee Schedule Relative Value File January Release"
    assert file.faults == ()
    first = file.rows[0]
    assert (first.line, first.code, first.modifier, first.status) == (7, "99490", "", "A")
    assert [first.work, first.practice_expense, first.practice_expense_facility, first.malpractice] == [
        Decimal(n) for n in ("1.00", "0.91", "0.40", "0.07")
    ]
    assert first.conversion_factor == Decimal("33.4009")
    assert "not, kept" not in repr(file)  # descriptors are the AMA's


def test_columns_may_be_named_in_one_line():
    head = (
        "HCPCS,MOD,DESCRIPTION,STATUS CODE,NOT USED FOR MEDICARE PAYMENT,WORK RVU,NON-FAC PE RVU,NON-FAC NA INDICATOR,FACILITY PE RVU,"
        "FACILITY NA INDICATOR,MP RVU,NON-FACILITY TOTAL,FACILITY TOTAL,CONV FACTOR\n"
    )
    (row,) = read_rvu((head + "99490,,x,A,,1.00,0.91,,0.40,,0.07,1.98,1.47,33.4009\n").encode()).rows
    assert (row.practice_expense, row.practice_expense_facility, row.conversion_factor) == (
        Decimal("0.91"),
        Decimal("0.40"),
        Decimal("33.4009"),
    )


def test_a_file_of_fixed_width_says_the_same():
    head = "HDR2026 National Physician Fee Schedule Relative Value File January Release\nHDR copyright\n"
    file = read_rvu((head + fixed()).encode())
    (row,), (other,) = file.rows, read_rvu((HEAD + a_row()).encode()).rows
    assert file.title == "2026 National Physician Fee Schedule Relative Value File January Release"
    assert (row.line, other.line) == (3, 7)
    same = (
        "code",
        "modifier",
        "status",
        "work",
        "practice_expense",
        "practice_expense_facility",
        "malpractice",
        "conversion_factor",
    )
    assert [getattr(row, name) for name in same] == [getattr(other, name) for name in same]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "begins with a code"),
        (b"name,born\nMaria,1957\n", "no line names its columns"),
        (HEAD.replace("CONV", "RATE").encode(), "no column is called CONV FACTOR"),
        (HEAD.encode(), "begins with a code"),
    ],
)
def test_a_file_that_is_none_is_refused(content, said):
    with pytest.raises(NotAnRvuFile, match=said):
        read_rvu(content)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (a_row(work="one"), "work: 'one' is no number"),
        (a_row(pe="-0.91"), "practice expense: '-0.91' cannot be"),
        (a_row(mp="NaN"), "malpractice: 'NaN' cannot be"),
        (a_row(factor="0"), "conversion factor: there is none"),
        (a_row(total="2.98"), "total: 2.98 is not the sum of its parts, 1.98"),
    ],
)
def test_a_faulty_row_is_told_with_line_and_code(row, said):
    (fault,) = read_rvu((HEAD + row).encode()).faults
    assert (fault.line, fault.code, fault.message) == (7, "99490", said)


OWNED = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])


@OWNED
def test_a_file_goes_in_once_and_the_second_time_nothing_changes(tmp_path, capsys):
    path = a_file(
        tmp_path,
        a_row(),
        a_row("99213"),
        a_row("99487", modifier="26"),
        a_row("99439", work="x"),
        a_row("99999", work="x"),
        a_row(),
    )
    status, told = run(path, capsys)
    counts = {name: told[name] for name in ("added", "changed", "unchanged", "others")}
    assert (status, counts) == (1, {"added": 1, "changed": 0, "unchanged": 0, "others": 2})
    assert [(fault["line"], fault["code"], fault["message"]) for fault in told["faults"]] == [
        (10, "99439", "work: 'x' is no number"),
        (12, "99490", "is in line 7 already"),
    ]
    before = list(NationalRate.objects.values())
    _, again = run(path, capsys)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)
    assert list(NationalRate.objects.values()) == before

    _, corrected = run(a_file(tmp_path, a_row(work="1.10", total="2.08")), capsys)
    assert (corrected["added"], corrected["changed"]) == (0, 1)
    assert NationalRate.objects.get().work == Decimal("1.10")


@OWNED
def test_a_year_with_two_conversion_factors_has_two_rates(tmp_path, capsys):
    for starts, factor in (("2024-01-01", "32.7442"), ("2024-03-09", "33.2875")):
        assert run(a_file(tmp_path, a_row(factor=factor)), capsys, starts)[0] == 0
    found = [(rate.starts, rate.amount) for rate in rates_of("99490") if rate.starts.year == 2024]
    assert found == [(date(2024, 3, 9), Decimal("65.91")), (date(2024, 1, 1), Decimal("64.83"))]
    others = [(rate.starts.year, rate.confidence) for rate in rates_of("99490") if rate.starts.year != 2024]
    assert others == [(2026, "seen"), (2025, "seen"), (2023, "seen"), (2022, "seen")]


def test_the_command_names_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_rvu", tmp_path / "nothing.csv", "--from", "2026-01-01")
    with pytest.raises(CommandError, match="no line names its columns"):
        call_command("import_rvu", a_file(tmp_path, head="a,b\n"), "--from", "2026-01-01")


def test_the_shipped_rates_are_of_codes_that_exist_then_with_source_and_confidence(db):
    data, book = shipped_rates(), load_rulebook()
    for code, rates in data.rates.items():
        for rate in rates:
            assert book.rules[code].on(rate.from_) is not None, (code, rate.from_)
    assert set(data.sources) == {
        each.source for each in (*data.conversion_factors, *(rate for rates in data.rates.values() for rate in rates))
    }
    factors = [(each.from_, each.factor) for each in data.conversion_factors if each.from_.year == 2024]
    assert factors == [(date(2024, 1, 1), "32.74"), (date(2024, 3, 9), "33.29")]
    rate = next(each for each in rates_of("99490") if each.starts.year == 2026)
    assert (rate.amount, rate.to, rate.is_about) == (Decimal("66.13"), date(2026, 12, 31), False)
    assert rates_of("T1017") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("source: ACAAI-22, ", "source: HEARSAY, ", "the source HEARSAY is not in this file"),
        ('amount: "60.49"', "amount: 60.49", "should be a valid string"),
        ('amount: "60.49"', 'amount: "60.4"', "should match pattern"),
        ("from: 2025-01-01, to: 2025-12-31, amount: \"60.49\"", "from: 2024-05-01, to: 2025-12-31, amount: \"60.49\"", "overlaps"),
        ("to: 2025-12-31, amount: \"60.49\"", "to: 2024-12-31, amount: \"60.49\"", "ends on 2024-12-31, before it begins"),
    ],
)  # fmt: skip
def test_a_fault_in_the_shipped_rates_is_told_with_its_line(tmp_path, old, new, said):
    text = FILE.read_text()
    assert old in text
    copy = tmp_path / "national.yaml"
    copy.write_text(text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(DocumentError) as refused:
        shipped_rates(copy)
    (problem,) = refused.value.problems
    assert (problem.line, said in problem.message) == (line, True), problem
