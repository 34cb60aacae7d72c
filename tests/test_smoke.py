from datetime import date
from coordination.models import TimeLog
from tenancy.context import agency_context
from tests import factories as f
from django.urls import reverse

def test_one_minute(worlds, signed_in, riverbend):
    w = riverbend
    c = signed_in(w.coordinator)
    url = reverse("coordination:patient", kwargs={"agency": w.slug, "patient": w.patient.pk})
    r = c.get(url)
    assert r.status_code == 200, r.content[:3000]
    for text in ("12", "8"):
        r = c.post(reverse("coordination:time_log_record", kwargs={"agency": w.slug, "patient": w.patient.pk}),
               {"minutes": text, "service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care", "note": "x",
                "form_key": str(f.uuid7())})
        assert r.status_code == 302, r.content.decode()[-3000:]
    r = c.get(url)
    assert "20 of 20" in r.content.decode()
    r = c.get(reverse("billing:ledger", kwargs={"agency": w.slug, "patient": w.patient.pk, "month": "2026-11"}))
    assert "99490" in r.content.decode()
    print(r.context["ledger"])
    from billing.services.charge_run import charge_run
    with agency_context(w.agency):
        print(charge_run(month=date(2026, 11, 1), now=f.NOW))
        print(charge_run(month=date(2026, 11, 1), now=f.NOW))
    assert c.get(reverse("coordination:patients", kwargs={"agency": w.slug})).status_code == 200
    assert c.get(reverse("coordination:patients", kwargs={"agency": "harbor"})).status_code == 404
