"""`make mutants`: builds one small fault after another into the engine and the rulebook, and sees a case or a test fail for each.

Nothing of the checkout is touched: each fault is made in a forked process that has everything loaded. Cases come first, the engine's
tests and properties after them. `--write` writes docs/rules/mutation.md; the exit code is 1 when fewer than 95 of 100 are caught.
"""

import gc
import os
import random
import resource
import signal
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TextIO

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
os.environ["FEWER_EXAMPLES"] = "8"  # of each property (tests/billing/examples.py), drawn from a fixed seed

import pytest

from billing.rules.documents import read
from tenancy import clock
from tests.mutation import python_mutants, rulebook_mutants
from tests.mutation.fault import CLEAN, LOADING, PARSED, RULES, Kept, Mutant, build_in, is_of_a_function, read_once
from tests.mutation.python_mutants import UNCHANGED, PythonMutant
from tests.mutation.report import write
from tests.mutation.rulebook_mutants import LEFT_OUT, RulebookMutant

SECONDS = 15, 75  # of processor time for the cases of one mutant, and for its tests; what does not come back is caught
MEMORY = 3 << 30  # bytes; what takes more is caught as well
TESTS = (
    "tests/billing/test_records.py",
    "tests/billing/test_first_days.py",
    "tests/billing/test_units.py",
    "tests/billing/test_days_that_count.py",
    "tests/billing/test_engine_chronic_care.py",
    "tests/billing/test_chronic_care_family.py",
    "tests/billing/test_engine_contracts.py",
    "tests/billing/test_engine_events.py",
    "tests/billing/test_engine_consents.py",
    "tests/billing/test_engine_meters.py",
    "tests/billing/test_weighing.py",
    "tests/billing/test_alternatives.py",
    "tests/billing/test_ledger_properties.py",
    "tests/billing/test_program_properties.py",
)
QUIET = (
    *("-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"),
    *(
        f"--deselect=tests/billing/test_engine_chronic_care.py::{name}"
        for name in (
            "test_the_same_input_gives_the_same_bytes_in_every_process",
            "test_the_engine_reaches_no_framework",
        )
    ),
)  # those start processes of their own, which have no fault
OF_ALTERNATIVES = (TESTS[0], "tests/billing/test_alternatives.py", "tests/billing/test_alternatives_oracle.py")
OF_LOADING = (
    "tests/billing/test_documents.py",
    "tests/billing/test_small_rulebooks.py",
    "tests/billing/test_dated_rules.py",
    "tests/billing/test_rulebook_references.py",
    "tests/billing/test_rulebook.py",
)
FIRST = {
    "contract": "contracts",
    "events": "events",
    "transitional": "events",
    "agreed": "consents",
    "progress": "meters",
    "terms": "contracts",
    "units": "contracts",
}  # module -> of the engine's tests those that fail most likely


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    by: str  # what caught it; "" for a survivor


ITEMS: dict[str, list[Any]] = {}  # the tests of each file, collected once
CASES: dict[str, Any] = {}  # and those of cases, parsed
READY: list[Any] = []  # (scenario, month, terms): what most mutants are tried on


def prepare(cases_alone: bool) -> None:
    """Load everything once; each mutant is made in a fork of this process."""
    import django

    django.setup()
    from billing.rules import rulebook

    for path in rulebook.FOLDER.glob("*.yaml"):
        document = read(path)
        CLEAN[path.name] = Kept(document.file, document.data, document.root)
        PARSED[path.read_bytes()] = document.data, document.root
    read_once()
    CASES.update({path: read(path).data for path in sorted(Path("tests/cases").iterdir())})
    READY.extend(ready())
    for item in [item for name in OF_LOADING for item in ITEMS.get(name, ())]:  # so that their files have been read
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    gc.collect()
    gc.freeze()  # what is loaded is shared with every fork
    for nothing in (
        PythonMutant("facts", UNCHANGED, 0, "", ""),
        PythonMutant("parts", UNCHANGED, 0, "", "misfits"),
        PythonMutant("documents", UNCHANGED, 0, "", ""),
        RulebookMutant("rulebook.yaml", ("version",), 0, "", CLEAN["rulebook.yaml"].data["version"]),
    ):
        if by := judge(nothing, cases_alone).by:
            raise SystemExit(f"with no fault in {nothing.place.split(':')[0]} this fails: {by}")


def ready() -> Iterator[Any]:
    """Each case with the facts as the engine takes them; of a discharge the case alone."""
    import json

    from pydantic import RootModel

    from billing.case_facts import month_of, terms_of
    from billing.case_files import CaseFile, Discharge

    for data in CASES.values():
        if isinstance(data, list):
            for discharge in RootModel[tuple[Discharge, ...]].model_validate_json(json.dumps(data)).root:
                yield discharge, None, None
            continue
        for scenario in CaseFile.model_validate_json(json.dumps(data)).scenarios:
            yield scenario, month_of(scenario), terms_of(scenario)


def cases_fail(cases: Sequence[Any]) -> str:
    """The first case that fails, or "" where all pass."""
    from billing.cases import compare, run
    from billing.rules import evaluate, load_rulebook

    rulebook = load_rulebook()
    for case, month, terms in cases:
        try:
            if compare(case, evaluate(month, terms, rulebook)) if month else run(case, "", rulebook).wrong:
                return f"case {case.id}"
        except Exception:  # a fault that stops the engine is seen, whatever it raises
            return f"case {case.id}"
    return ""


def _nearest_first(cases: list[Any], mutant: Mutant) -> list[Any]:
    """The cases of the file's own program before all others: most faults are seen by them."""
    if isinstance(mutant, PythonMutant):
        return cases
    program = mutant.file.removesuffix(".yaml")
    return sorted(cases, key=lambda case: not getattr(case[0], "theme", "").startswith(program))


def caught_by(mutant: Mutant, cases_alone: bool) -> str:
    """What fails with the fault; "" where nothing does. Runs in a process of its own."""
    try:
        fresh = isinstance(mutant, PythonMutant) and not is_of_a_function(mutant)
        build_in(mutant)
        if by := cases_fail(list(ready()) if fresh else _nearest_first(READY, mutant)):
            return by
    except BaseException as error:
        return f"the load: {type(error).__name__}"
    if cases_alone:
        return ""
    signal.setitimer(signal.ITIMER_PROF, SECONDS[1])
    seen = Watch()
    names = _tests_of(mutant)
    if fresh:
        code = pytest.main([*QUIET, *names], plugins=[seen])
        return seen.failed or ("" if code == 0 else f"exit {int(code)}")
    items = [item for name in names for item in ITEMS[name]]
    items[0].config.pluginmanager.register(seen)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if seen.failed:
            break
    return seen.failed


def _tests_of(mutant: Mutant) -> Sequence[str]:
    """The files of tests that a fault is tried on, the likeliest to fail first."""
    if isinstance(mutant, RulebookMutant):  # those of the loader look at copies of the files, which have no fault
        return TESTS
    if mutant.module in LOADING:
        return TESTS[0], *OF_LOADING, *TESTS[1:]
    if mutant.module == "alternatives":
        return OF_ALTERNATIVES
    first = FIRST.get(mutant.module, mutant.module)
    return sorted(TESTS, key=lambda name: first not in name)


class Loop:
    """Collects the tests and then, instead of running them, does what is to be done with them."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self.stopped: BaseException | None = None

    def pytest_runtestloop(self, session: Any) -> bool:
        for item in session.items:
            ITEMS.setdefault(item.nodeid.split("::")[0], []).append(item)
        try:
            self._work()
        except BaseException as error:
            self.stopped = error
        return True


class Watch:
    """Remembers which test failed."""

    failed = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid.rsplit("/", 1)[-1]

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def judge(mutant: Mutant, cases_alone: bool = False) -> Verdict:
    """Fork, build in, look."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        signal.setitimer(signal.ITIMER_PROF, SECONDS[0])
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            by = caught_by(mutant, cases_alone)
        except BaseException as error:
            by = type(error).__name__
        os.write(writing, by.encode()[:300])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        by = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return Verdict(mutant, by if os.WIFEXITED(status) else f"signal {os.WTERMSIG(status)}")


def every_mutant() -> list[Mutant]:
    from billing.rules.rulebook import FOLDER

    found: list[Mutant] = []
    for path in sorted(RULES.glob("*.py")):
        found += python_mutants.mutants(path)
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name not in LEFT_OUT:
            found += rulebook_mutants.mutants(path)
    return found


def main() -> None:
    parser = ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", default="", help="parts of paths, with commas between; after a colon the line")
    parser.add_argument("--again", type=Path, help="try only what this log names as survivors; the rest stays caught")
    parser.add_argument("--sample", type=int, default=0, help="so many of them, chosen by a fixed seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--cases-alone", action="store_true", help="cases alone, without tests and properties")
    parser.add_argument("--write", action="store_true", help="write docs/rules/mutation.md")
    parser.add_argument("--log", type=Path, help="a line for each mutant, to look at while it runs")
    options = parser.parse_args()
    loop = Loop(partial(measure, options))
    if options.cases_alone:
        measure(options)
    pytest.main([*QUIET, "-s", *dict.fromkeys((*TESTS, *OF_ALTERNATIVES, *OF_LOADING))], plugins=[loop])
    raise loop.stopped or SystemExit("the tests cannot be collected")


def measure(options: Namespace) -> NoReturn:
    """Build in every fault asked for, and say what survived."""
    prepare(options.cases_alone)
    mutants = [each for each in every_mutant() if any(only in f"{each.place}:" for only in options.only.split(","))]
    if options.sample:
        mutants = random.Random(7).sample(mutants, min(options.sample, len(mutants)))
    begun = time.monotonic()
    known = caught_before(options.again)
    open_ones = [each for each in mutants if (each.place, each.what) not in known]
    found = {each: Verdict(each, known[each.place, each.what]) for each in mutants if (each.place, each.what) in known}
    with options.log.open("w", buffering=1) if options.log else nullcontext() as log:
        for each in found.values():
            note(each, log)
        for mutant, each in zip(open_ones, judged(open_ones, options.processes, options.cases_alone), strict=True):
            found[mutant] = each
            note(each, log)
    verdicts = [found[mutant] for mutant in mutants]
    for each in verdicts:
        if not each.by:
            print(f"survived {each.mutant.place} {each.mutant.what}")
    minutes = (time.monotonic() - begun) / 60
    caught = sum(bool(each.by) for each in verdicts)
    print(f"{caught} of {len(verdicts)} caught ({caught / max(1, len(verdicts)):.1%}) in {minutes:.0f} minutes")
    if options.write:
        write(verdicts, minutes, clock.now().date())
    raise SystemExit(caught < 0.95 * len(verdicts))


def caught_before(log: Path | None) -> dict[tuple[str, str], str]:
    """What caught the mutants of an earlier run's log, by place and change; not where one of several on a line survived."""
    parted = [line.split("\t") for line in log.read_text().splitlines()] if log else []
    survived = {(place, what) for by, place, what in parted if by == "SURVIVED"}
    return {(place, what): by for by, place, what in parted if (place, what) not in survived}


def note(verdict: Verdict, log: TextIO | None) -> None:
    if log:
        log.write(f"{verdict.by or 'SURVIVED'}\t{verdict.mutant.place}\t{verdict.mutant.what}\n")


def judged(mutants: Sequence[Mutant], processes: int, cases_alone: bool) -> Iterator[Verdict]:
    """Verdicts in the order of mutants, several at a time."""
    if processes == 1:
        yield from map(partial(judge, cases_alone=cases_alone), mutants)
        return
    with ProcessPoolExecutor(processes, mp_context=_forking()) as pool:
        yield from pool.map(partial(judge, cases_alone=cases_alone), mutants, chunksize=4)


def _forking() -> Any:
    import multiprocessing

    return multiprocessing.get_context("fork")


if __name__ == "__main__":
    main()
