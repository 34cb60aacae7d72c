"""Lists that are asked by a POST, which changes nothing: names do not belong in addresses, logs and browser histories."""

from collections.abc import Callable, Collection

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def answer_posted(
    request: HttpRequest, name: str, questions: Collection[str], page: Callable[[dict[str, str]], HttpResponse]
) -> HttpResponse:
    """The `page` of what was asked, in one's own words by question.

    It waits in the session, at `?asked`: reloading and going back show it again without sending it again. It waits at this very
    address alone: a name looked for in one agency is not shown in another that the person works for, a word of one patient's chart
    not in another's. Of each `name` the last question waits.
    """
    again, key = f"{request.path}?asked", f"{name}_asked_{request.membership.pk}"
    if request.method == "POST":
        asked = {question: request.POST.get(question, "") for question in questions}
        request.session[key] = {"at": request.path, "asked": asked}
        if not request.htmx:
            return redirect(again)
    kept = request.session.get(key, {}) if request.method == "POST" or "asked" in request.GET else {}
    response = page(kept["asked"] if kept.get("at") == request.path else {})
    if request.htmx:
        response["HX-Replace-Url"] = again
    return response
