"""My phrases and the agency's: list, add, change, remove."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination import access
from coordination.forms.phrases import PhraseForm
from coordination.models import NotePhrase
from coordination.selectors.phrases import phrases_for
from coordination.services.phrases import may_edit, phrase_remove, phrase_save
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.views import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("phrase.write")
def phrases(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("phrase.write")
def phrase(request: HttpRequest, phrase: UUID) -> HttpResponse:
    return _edit(request, access.phrase_for(request.membership, phrase))


@require_POST
@needs("phrase.write")
def remove(request: HttpRequest, phrase: UUID) -> HttpResponse:
    phrase_remove(actor=request.membership, phrase=access.phrase_for(request.membership, phrase))
    messages.success(request, _("Phrase removed. Notes that were written with it keep their words."))
    return redirect(here("coordination:phrases"))


def _edit(request: HttpRequest, known: NotePhrase | None) -> HttpResponse:
    member = request.membership
    form = PhraseForm(request.POST or None, actor=member, phrase=known)
    if request.method == "POST" and form.is_valid():
        try:
            typed = {"shared": False, **form.cleaned_data}
            phrase_save(actor=member, phrase=known or NotePhrase(), **typed)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Phrase saved."))
            return redirect(here("coordination:phrases"))
    rows = [(each, may_edit(member, each)) for each in phrases_for(member)]
    context = {"form": form, "phrase": known, "rows": rows}
    return render(request, "coordination/phrases.html", context, status=422 if form.is_bound else 200)
