"""Sending files."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from interop.codecs.facts_csv import MOST_ROWS
from interop.models import ImportKind
from tenancy.models import uuid7

MOST_FILES = 20
LARGEST_FILE = 10 * 1024 * 1024
LARGEST_UPLOAD = 25 * 1024 * 1024
"""Of all files together; the settings accept no larger request."""


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files, none empty, none too large."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        sent = [each for each in data or [] if each]
        if not sent:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(sent) > MOST_FILES:
            raise forms.ValidationError(
                _("%(count)s files are more than %(most)s. Send them in parts."),
                params={"count": len(sent), "most": MOST_FILES},
            )
        faults = []
        for each in sent:
            try:
                super().clean(each, initial)
            except forms.ValidationError as refused:
                faults += [forms.ValidationError(f"{each.name}: {told}") for told in refused.messages]
            if each.size > LARGEST_FILE:
                told = _("%(name)s has %(size)s, more than %(most)s. Split it.")
                sizes = {"size": filesizeformat(each.size), "most": filesizeformat(LARGEST_FILE)}
                faults.append(forms.ValidationError(told, params={"name": each.name, **sizes}))
        if faults:
            raise forms.ValidationError(faults)
        return sent


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What the files hold"),
        choices=ImportKind,
        error_messages={
            "required": _("Choose what the files hold."),
            "invalid_choice": _("Choose one of the kinds in the list."),
        },
    )
    files = FilesField(
        label=_("Files"),
        widget=FilesInput(attrs={"accept": ".json,.csv"}),
        help_text=_(
            "Up to 20 at once, each at most 10 MB, together at most 25 MB. Nothing is stored before you confirm."
        ),
        error_messages={"required": _("Choose at least one file."), "empty": _("The file is empty. Export it again.")},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("kind", ImportKind.FHIR) != ImportKind.FHIR and len(data.get("files", ())) > 1:
            told = _("Send one CSV file at a time: each has up to %(most)s rows.") % {"most": f"{MOST_ROWS:,}"}
            self.add_error("files", told)
        return data

    def refuse_size(self, length: int) -> None:
        """Say that the whole request was too large to be read, in place of "choose a file"."""
        self.errors["files"] = self.error_class(
            [
                _("This upload has %(size)s, more than %(most)s. Send the files in parts.")
                % {"size": filesizeformat(length), "most": filesizeformat(LARGEST_UPLOAD)}
            ]
        )
