"""`make bench`: makes and fills its own database, measures, prints the ratios and writes bench/RESULTS.md."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

PARTS = ["engine", "web", "intake", "sweep", "month", "walls"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", default="M", help="of the agencies that are invented (M)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts (5)")
    parser.add_argument("--requests", type=int, default=100, help="to each page in a round (100)")
    parser.add_argument(
        "--iterations", type=int, default=2000, help="of each statement with and without its wall (2000)"
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; again for more")
    parser.add_argument(
        "--database", default="careledger_bench", help="on the embedded server; made unless it is there"
    )
    parser.add_argument("--anew", action="store_true", help="drop the database and fill it again")
    parser.add_argument(
        "--quick", action="store_true", help="whether it works, not how fast: few patients, one short round, no file"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args()
    if options.quick:
        options.size, options.rounds, options.requests, options.iterations = "tiny", 1, 3, 20
    measure(options)


def measure(options: argparse.Namespace) -> None:
    from bench import stack

    socket = stack.prepare_environment(options.database)
    stack.make_database(options.database, options.anew)
    import django

    django.setup()
    from bench import data, engine, intake, month, report, sweep, walls, web

    parts = options.only or PARTS
    slug = data.fill(options.size)
    postgres = stack.postgres()
    results = report.Results(options)
    if "engine" in parts:
        results.engine = engine.measure(1_000 if options.quick else engine.MANY, options.rounds)
    with ExitStack() as running:
        broker = running.enter_context(stack.a_broker(socket))
        if "web" in parts:
            product_port, floor_port = stack.free_port(), stack.free_port()
            with (
                stack.a_server("config.wsgi", "bench.settings", product_port) as product,
                stack.a_server("bench.wsgi", "bench.floor_settings", floor_port) as floor,
            ):
                figures = web.targets(slug, web.Visitor(product_port), web.Visitor(floor_port))
                servers = {"product": product.pid, "floor": floor.pid}
                others = [postgres, broker.pid]
                results.web = web.measure(figures, servers, others, options.rounds, options.requests)
        if "intake" in parts:
            port = stack.free_port()
            with stack.a_server("config.wsgi", "bench.settings", port):
                results.intake = intake.measure(port, options.rounds, 0.5 if options.quick else 5)
        if "sweep" in parts:
            results.sweep = sweep.measure(options.rounds, (2_000, 4_000) if options.quick else sweep.OPEN)
        if "walls" in parts:
            results.walls = walls.page_costs(slug, options.iterations)
            results.walls += walls.costs(options.iterations, rows=6_000 if options.quick else walls.ROWS)
            walls.drop()
        if "month" in parts:
            with stack.workers(2) as worker:
                results.month, results.written = month.rounds(
                    data.month(), min(options.rounds, 3), worker.pid, postgres
                )
    text = results.text()
    sys.stdout.write(text)
    if not options.quick and not options.only:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
