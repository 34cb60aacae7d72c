"""Guards of the shape: what the code has, the documents tell; what is shipped by others is what we think it is."""

import ast
import hashlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.core.management import call_command, get_commands

from config.celery import app as celery_app

ROOT = Path(__file__).resolve().parents[1]
OURS = ("tenancy", "coordination", "billing", "interop", "config")
DOCS = "\n".join(path.read_text() for path in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
PUBLISHED = {  # bootstrap 5.3.8 and htmx 2.0.10, as their makers published them
    "bootstrap/css/bootstrap.min.css": "d85327d99c7a3ee1f9b5d0500d1370acea3ad2db39c163c2f51f232baedbdede",
    "bootstrap/js/bootstrap.bundle.min.js": "e4fd49181388c48ec5040bd3fe66f57c29c8e67fcd8502b3354b96ec7ab47cc7",
    "django_htmx/htmx-2.min.js": "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
}


def sources() -> list[Path]:
    return [path for app in OURS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def test_models_and_migrations_agree(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_command_of_ours_is_documented():
    ours = [name for name, app in get_commands().items() if app in OURS]
    assert [name for name in ours if f"manage.py {name}" not in DOCS] == []


def test_every_task_is_documented():
    celery_app.loader.import_default_modules()
    ours = [name for name in celery_app.tasks if name.split(".")[0] in OURS]
    assert ours
    assert [name for name in ours if name not in DOCS] == []
    assert [
        entry["task"] for entry in celery_app.conf.beat_schedule.values() if entry["task"] not in celery_app.tasks
    ] == []


def test_every_variable_of_the_environment_is_documented():
    read = set()
    for path in [*sources(), *(ROOT / "tests").rglob("*.py")]:
        read |= set(re.findall(r"""(?:env(?:\.\w+)?\(|environ(?:\.get\(|\[))["']([A-Z_]+)["']""", path.read_text()))
    read |= set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.M))
    known_elsewhere = {"XDG_RUNTIME_DIR"}
    assert sorted(name for name in read - known_elsewhere if f"`{name}`" not in DOCS) == []


def test_every_code_of_the_rulebook_is_in_the_rules_in_prose():
    from billing.services.decisions import labels

    prose = "\n".join(path.read_text() for path in ROOT.glob("docs/rules/*.md"))
    told = set(re.findall(r"\b[A-Z0-9]{5}\b", prose))
    for letter, first, last in re.findall(r"\b([A-Z]?)(\d{4,5})-\1(\d{4,5})\b", prose):  # G8978-G8999
        told |= {f"{letter}{number}" for number in range(int(first), int(last) + 1)}
    assert [code for code in labels() if code not in told] == []


def test_only_services_and_the_port_ask_the_engine():
    allowed = {ROOT / "billing/services/decisions.py", ROOT / "billing/cases.py"}
    callers = {
        path
        for path in sources()
        if "rules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("billing.rules")
        and any(alias.name == "evaluate" for alias in node.names)
    }
    assert callers == allowed


def test_tenant_models_inherit_their_meta():
    from tenancy.models import TenantModel

    careless = [
        model.__name__
        for model in apps.get_models()
        if issubclass(model, TenantModel) and model._meta.base_manager_name != "objects"
    ]
    assert careless == []


@pytest.mark.parametrize(("file", "sha256"), PUBLISHED.items())
def test_what_browsers_run_is_the_published_file(file, sha256):
    assert hashlib.sha256(Path(finders.find(file)).read_bytes()).hexdigest() == sha256


def test_no_module_has_grown_past_its_noun():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        if (lines := path.read_text().count("\n")) > 400
    }
    assert long == {}


def test_every_decision_has_a_number_of_its_own():
    numbers = [path.name[:4] for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_locks_name_no_host():
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / name).read_text()
        assert "--hash=sha256:" in (ROOT / name).read_text()
