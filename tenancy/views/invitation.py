"""How an invited person comes in. The link is the key: this is the only page that opens an agency for somebody who is no member."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenancy import clock
from tenancy.context import agency_context, person_context, reason
from tenancy.forms.agency import NewPasswordForm
from tenancy.models import Agency, Invitation, User
from tenancy.selectors.people import open_invitations
from tenancy.services.invitations import hash_of, invitation_accept
from tenancy.signing_in import sign_in


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, place: str, secret: str) -> HttpResponse:
    """Join with the sign-in one has, or make one. Every link that does not work answers alike."""
    found = Agency.objects.filter(slug=place).first()
    if found is None:
        return _dead(request)
    with reason(door="invitation"), agency_context(found):
        return _inside(request, found, secret)


def _inside(request: HttpRequest, agency: Agency, secret: str) -> HttpResponse:
    offered: Invitation | None = (
        open_invitations(clock.now())
        .select_related("person")
        .filter(token_hash=hash_of(secret), person__user=None, person__is_active=True)
        .first()
    )
    if offered is None:
        return _dead(request)
    known = User.objects.filter(email=offered.email).first()
    me = request.user if request.user.is_authenticated else None
    form = NewPasswordForm(request.POST or None, email=offered.email) if known is None and me is None else None
    if request.method == "POST" and (me == known if form is None else form.is_valid()):
        password = form.cleaned_data["password"] if form else ""
        try:
            person = invitation_accept(secret=secret, user=me, password=password, now=clock.now())
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
            return redirect("home")
        if person is None:
            return _dead(request)
        messages.success(request, _("Welcome to %(agency)s.") % {"agency": agency.name})
        return redirect("home") if me else _first_sign_in(request, person.user)
    context = {
        "offered": offered,
        "place": agency,
        "form": form,
        "known": known,
        "is_mine": known is not None and me == known,
        "is_anothers": me is not None and me != known,
    }
    return render(request, "account/invitation.html", context, status=422 if form and form.is_bound else 200)


def _first_sign_in(request: HttpRequest, user: User) -> HttpResponse:
    with person_context(user):
        return sign_in(request, user)


def _dead(request: HttpRequest) -> HttpResponse:
    return render(request, "account/invitation_dead.html", status=404)
