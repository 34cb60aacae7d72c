"""The figures as a page: ratios first, with their range, and what they were measured on."""

import argparse
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.data import SIZES
from bench.engine import MANY, Speed
from bench.intake import GOAL as MESSAGES_GOAL
from bench.intake import Taken
from bench.month import Round
from bench.sweep import DUE, Swept, Took
from bench.walls import Cost
from bench.web import Measured, ratio
from tenancy import clock

GOALS = {"list": 1.5}
WALL_GOAL, MONTH_GOAL, ENGINE_GOAL = 1.15, 4.0, 15_000
SWEEP_GOAL_MS, IDLE_GOAL_MS, GROWTH_GOAL = 25, 2, 1.3


@dataclass(slots=True)
class Results:
    """What was measured; a part that was not asked for is empty."""

    options: argparse.Namespace
    engine: list[Speed] = field(default_factory=list)
    web: dict[str, dict[str, Measured]] = field(default_factory=dict)
    intake: Taken | None = None
    walls: list[Cost] = field(default_factory=list)
    sweep: list[Swept] = field(default_factory=list)
    month: list[Round] = field(default_factory=list)
    written: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        first = (self._head(), self._engine(), self._web(), self._intake())
        parts = (*first, self._sweep(), self._month(), self._walls())
        return "\n".join(line for part in parts for line in part) + "\n"

    def _head(self) -> Iterator[str]:
        size = SIZES[self.options.size]
        yield "# Measured figures"
        yield ""
        yield f"{clock.now():%Y-%m-%d %H:%M} UTC. {_machine()}."
        yield f"Load at the end: {os.getloadavg()[0]:.1f}. Size {size.name}: {size.agencies} agencies, {size.patients:,} patients,"
        yield f"{size.logs:,} logs a month. `make bench` writes this page. A ratio is the median of the rounds of one run,"
        yield "in which the compared took turns; its range stands in brackets."

    def _engine(self) -> Iterator[str]:
        if not self.engine:
            return
        speeds = sorted(round(each.a_second) for each in self.engine)
        one = self.engine[0]
        yield from ("", "## The engine by itself", "")
        yield f"**{median(speeds):,.0f} ({speeds[0]:,}-{speeds[-1]:,})** patient-months a second of processor time, goal"
        yield f"{ENGINE_GOAL:,}: {MANY:,} months of all families, with findings and ledger. On average"
        yield f"{one.logs:.1f} logs, {one.lines:.1f} lines, {one.findings:.1f} findings and {one.entries:.1f} ledger entries."

    def _web(self) -> Iterator[str]:
        if not self.web:
            return
        yield from ("", "## Pages: processor time a request", "")
        yield f"{len(next(iter(self.web.values()))['product'].whole)} rounds of {self.options.requests} requests each, one client;"
        yield "web process, PostgreSQL and Valkey together. The product with sign-in, walls, access log and HTML; DRF and psycopg with"
        yield "one query and nothing else, on a server of the same kind."
        yield ""
        yield "| page | product / DRF | product / psycopg | product ms (web process) | DRF ms | psycopg ms | bytes: product, DRF |"
        yield "|---|---|---|---|---|---|---|"
        for name, found in self.web.items():
            product, drf, raw = found["product"], found["DRF"], found["psycopg"]
            goal = f", goal {GOALS[name]}" if name in GOALS else ""
            yield (
                f"| {name} | **{_range(ratio(product, drf))}**{goal} | {_range(ratio(product, raw))}"
                f" | {median(product.whole):.1f} ({median(product.web):.1f}) | {median(drf.whole):.1f} | {median(raw.whole):.1f}"
                f" | {product.bytes:,}, {drf.bytes:,} |"
            )

    def _intake(self) -> Iterator[str]:
        if self.intake is None:
            return
        found, goals = self.intake, [each / MESSAGES_GOAL for each in self.intake.a_second]
        yield from ("", "## Hospitals' messages", "")
        yield "Stays of eight messages each, out of order, by four connections to one web process with four threads; half of the stays"
        yield "are of patients here and become transitions. Sender, web process and PostgreSQL share the processors."
        yield ""
        yield f"| | taken / goal of {MESSAGES_GOAL} a second | a second |"
        yield "|---|---|---|"
        yield f"| as fast as they are answered | **{_spread(goals)}** | {median(found.a_second):.0f} |"
        yield ""
        yield f"At {MESSAGES_GOAL} a second for {found.seconds:.0f} s ({found.paced:,} messages) half were answered within"
        yield f"{found.median_ms:.0f} ms of the moment they were due, 95 in 100 within {found.p95_ms:.0f} ms,"
        yield f"all within {found.latest_ms:.0f} ms."

    def _sweep(self) -> Iterator[str]:
        if not self.sweep:
            return
        yield from ("", "## The sweep over deadlines", "")
        yield f"{DUE:,} deadlines that have come due, from all over the table, among many that are open: alerts of all agencies"
        yield "raised, each deadline set to its next moment, the heartbeat written, all committed. Processor time of the server's"
        yield "session; by the client's clock in brackets. The floor: the same statement over the same rows in tables with a key"
        yield "and the sweep's index, without walls, foreign keys and other indexes."
        yield ""
        yield "| open | sweep / floor | sweep, ms | floor, ms | nothing due, ms |"
        yield "|---|---|---|---|---|"
        for each in self.sweep:
            ratios = [sweep.server / floor.server for sweep, floor in zip(each.sweep, each.floor, strict=True)]
            yield (
                f"| {each.open:,} | {_spread(ratios)} | **{_server(each.sweep)}**, goal {SWEEP_GOAL_MS}"
                f" | {_server(each.floor)} | **{_server(each.idle)}**, goal {IDLE_GOAL_MS} |"
            )
        few, many = (median(took.server for took in each.sweep) for each in (self.sweep[0], self.sweep[-1]))
        yield ""
        times = self.sweep[-1].open // self.sweep[0].open
        yield f"{times} times as many open cost **{many / few:.2f}** times as much, goal {GROWTH_GOAL}."

    def _month(self) -> Iterator[str]:
        if not self.month:
            return
        yield from ("", "## A month's run", "")
        logs, decisions = self.written["logs"], self.written["billing_decision"]
        yield f"{decisions:,} patients with {logs:,} logs, decided and stored by two Celery processes: {decisions:,}"
        charges, findings = self.written["billing_charge"], self.written["findings"]
        yield f"documents, {charges:,} charges, {findings:,} findings. The floor: one"
        yield "scan and aggregate of the same logs by one session past row security, and binary COPY of the same output into tables"
        yield "without keys, indexes or walls."
        yield ""
        by_clock, by_cpu = [each.ratio for each in self.month], [each.ratio_cpu for each in self.month]
        run, floor = median(each.run for each in self.month), median(each.floor for each in self.month)
        cpu, floor_cpu = median(each.run_cpu for each in self.month), median(each.floor_cpu for each in self.month)
        yield "| | run / floor | run | floor | patients a second |"
        yield "|---|---|---|---|---|"
        goal = f"goal {MONTH_GOAL:.0f}"
        yield f"| by the clock | **{_spread(by_clock)}**, {goal} | {run:.2f} s | {floor:.2f} s | {decisions / run:,.0f} |"
        yield f"| processor time | {_spread(by_cpu)} | {cpu:.2f} s | {floor_cpu:.2f} s | {decisions / max(cpu, 0.01):,.0f} |"
        yield ""
        parts = {name: median(each.parts[name] for each in self.month) for name in self.month[0].parts}
        yield "The floor's parts: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts.items()) + "."

    def _walls(self) -> Iterator[str]:
        if not self.walls:
            return
        yield from ("", "## Row security", "")
        yield "In turns, with the agency in the statement as the product writes it: first what the pages ask, by the app's role and by"
        yield "one that row security does not bind; then single statements on twin tables without a wall, with the product's, and with"
        yield "a policy that compares with an unsigned setting, which is the least that row security can cost. Verifying the agency's"
        yield "token is a constant for each walled table of a statement, which a short one feels, and more where its plan is kept."
        yield f"Goal {WALL_GOAL}."
        yield ""
        yield "| agencies | statement | median ratio | ratio of the tenth percentiles | least: median, tenth | without, ms | turns |"
        yield "|---|---|---|---|---|---|---|"
        for each in self.walls:
            ratios = f"**{each.wall.median:.2f}** | {each.wall.p10:.2f}"
            least = f"{each.least.median:.2f}, {each.least.p10:.2f}" if each.least else ""
            yield f"| {each.agencies:,} | {each.statement} | {ratios} | {least} | {each.plain_ms:.3f} | {each.pairs:,} |"


def _range(found: tuple[float, float, float]) -> str:
    middle, least, most = found
    return f"{middle:.2f} ({least:.2f}-{most:.2f})"


def _server(took: list[Took]) -> str:
    return f"{median(each.server for each in took):.1f} ({median(each.clock for each in took):.1f})"


def _spread(ratios: list[float]) -> str:
    return _range((median(ratios), min(ratios), max(ratios)))


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    return f"{os.cpu_count()} processors, {cpu}, {platform.system()}, Python {platform.python_version()}, PostgreSQL 18"
