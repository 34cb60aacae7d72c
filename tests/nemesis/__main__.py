"""`make nemesis`: runs the product in a place of its own, kills its parts in the middle of their work, and holds what is stored
against what was asked for. The exit code is 1 when an alert was lost, doubled or late, or a row half written."""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

SWEEPING = ("worker", "beat", "broker", "broker with its data")
MOST_ADDED_MS = 100


def main() -> int:
    parser = argparse.ArgumentParser(prog="make nemesis", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of what is killed, when, and of the work (1)")
    parser.add_argument("--kills", type=int, default=200, help="that hit running work; others do not count (200)")
    parser.add_argument("--interval", type=float, default=2.0, help="seconds between sweeps (2)")
    parser.add_argument("--json", action="store_true", help="the report as JSON, with every kill and what it hit")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="careledger-nemesis-", dir="/var/tmp"))
    from tests.nemesis.stack import a_stack

    with a_stack(folder, options.interval) as stack:
        report = run(stack, options)
    sys.stdout.write(json.dumps(report, indent=1) if options.json else as_text(report))
    if report["faults"]:
        sys.stderr.write(f"the parts' logs are in {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


def run(stack: Any, options: argparse.Namespace) -> dict[str, Any]:
    from tests.nemesis import checks, kills, latency
    from tests.nemesis.workload import Workload

    began = time.time()
    pages = latency.measure(stack)
    with stack.superuser() as session:
        there = {about for (about,) in session.execute("SELECT about FROM coordination_deadline")}
    chance, work = random.Random(options.seed), Workload(stack.port, options.seed)
    work.start()
    done: list[kills.Kill] = []
    outages: list[tuple[float, float]] = []
    faults: list[str] = []
    seen = 0
    time.sleep(2 * options.interval)
    while sum(bool(each.hit) for each in done) < options.kills and len(done) < 2 * options.kills and not work.failures:
        salvo = [each for name in _plan(chance) if (each := kills.kill(name, stack, work.history, chance))]
        if not salvo:
            continue
        back = stack.await_return()
        outages.append((salvo[0].at, back))
        time.sleep(max(0, back + 2 * options.interval - time.time()))
        kills.find_out(salvo, stack, work.history)
        done += salvo
        with stack.superuser() as session:
            lost = checks.alerts_so_far(session, work.history.deadlines[seen:], back)
        seen = max(0, len(work.history.deadlines) - 40 * 150)
        faults += [f"two intervals after the return nobody was told of {each}" for each in lost]
        hit = sum(bool(each.hit) for each in done)
        sys.stderr.write(f"{hit} of {len(done)} kills hit running work, {len(faults)} faults\n")
    work.stop()
    last = max(moment for each in work.history.deadlines for moment in each.moments)
    time.sleep(max(0, last + 2 * options.interval - time.time()))
    with stack.superuser() as session:
        found = checks.everything(session, work.history, outages, options.interval, there)
    faults += found.faults() + [f"the workload stopped: {each}" for each in work.failures]
    faults += [
        f"{what}: without the broker {pages[what].added()[0]:.0f} ms slower"
        for what in pages
        if pages[what].added()[0] > MOST_ADDED_MS
    ]
    hit = [each for each in done if each.hit]
    if len(hit) < options.kills:
        faults.append(f"only {len(hit)} kills hit running work")
    return {
        "seed": options.seed,
        "interval_seconds": options.interval,
        "seconds": round(time.time() - began),
        "kills": {name: [sum(each.part == name for each in group) for group in (done, hit)] for name in kills.KINDS},
        "hit": [len(done), len(hit)],
        "hit_what": dict(Counter(each.hit.split(",")[0] for each in hit)),
        "ended_by_themselves": dict(Counter(stack.ended)),
        "deadlines": len(work.history.deadlines),
        "alerts_expected": found.expected,
        "alerts_of_deadlines_settled_meanwhile": found.raced,
        **{name: len(getattr(found, name)) for name in ("lost", "duplicated", "unexpected", "late", "torn")},
        "slowest_seconds_after_moment_or_return": round(found.slowest, 2),
        "return_seconds": _spread([back - first for first, back in outages]),
        "contacts_saved": found.saved,
        "asked": {
            what: dict(Counter(one.outcome for one in work.history.asked if one.what == what))
            for what in sorted({one.what for one in work.history.asked})
        },
        "without_the_broker_ms": {
            what: {
                "median": [round(median(each.up), 1), round(median(each.down), 1)],
                "worst": [round(max(each.up), 1), round(max(each.down), 1)],
            }
            for what, each in pages.items()
        },
        "faults": faults,
        "every_kill": [[each.part, round(each.at - began, 3), each.hit or "nothing that shows"] for each in done],
    }


def _plan(chance: random.Random) -> list[str]:
    """A salvo: two parts that sweeps need, between them and after what pages and facts need. The worker returns last."""
    first, second = chance.sample(SWEEPING, 2)
    if first == "worker":
        first, second = second, first
    between = ["postgres backend"] * 5 + ["postgres"] * 3 + ["web"]
    chance.shuffle(between)
    return [first, *between, second, "web"]


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": round(median(values), 1), "most": round(max(values), 1)} if values else {}


def as_text(report: dict[str, Any]) -> str:
    done, hit = report["hit"]
    lines = [
        f"seed {report['seed']}: {hit} of {done} kills hit running work, in {report['seconds']} s, a sweep each"
        f" {report['interval_seconds']:g} s",
        *(f"  {name}: {of[1]} of {of[0]}" for name, of in report["kills"].items()),
        "hit: " + ", ".join(f"{what} {many}" for what, many in report["hit_what"].items()),
        f"ended by themselves and started again: {report['ended_by_themselves'] or 'none'}",
        f"{report['deadlines']:,} deadlines; alerts expected {report['alerts_expected']:,}, lost {report['lost']}, duplicated"
        f" {report['duplicated']}, unexpected {report['unexpected']}, late {report['late']}; rows half written {report['torn']}",
        f"the slowest {report['slowest_seconds_after_moment_or_return']} s after its moment or the return; a salvo's outage"
        f" {report['return_seconds'].get('median')} s, at most {report['return_seconds'].get('most')} s",
        f"{report['contacts_saved']:,} contacts saved; asked: "
        + "; ".join(f"{what} {outcomes}" for what, outcomes in report["asked"].items()),
        "without the broker, ms (with, without): "
        + "; ".join(
            f"{what} median {ms['median']}, worst {ms['worst']}" for what, ms in report["without_the_broker_ms"].items()
        ),
        *(f"FAULT {fault}" for fault in report["faults"][:50]),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
