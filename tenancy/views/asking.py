"""Lists that are asked by a POST, which changes nothing: names do not belong in addresses, logs and browser histories."""

from collections.abc import Callable, Collection

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def answer_posted(
    request: HttpRequest, name: str, questions: Collection[str], page: Callable[[dict[str, str]], HttpResponse]
) -> HttpResponse:
    """The `page` of what was asked, in one's own words by question.

    It waits in the session, at `?asked`: reloading and going back show it again without sending it again. It waits for this agency
    alone: a name looked for in one is not shown in another that the person works for.
    """
    again, key = f"{request.path}?asked", f"{name}_asked_{request.membership.pk}"
    if request.method == "POST":
        request.session[key] = {question: request.POST.get(question, "") for question in questions}
        if not request.htmx:
            return redirect(again)
    asked = request.session.get(key, {}) if request.method == "POST" or "asked" in request.GET else {}
    response = page(asked)
    if request.htmx:
        response["HX-Replace-Url"] = again
    return response
