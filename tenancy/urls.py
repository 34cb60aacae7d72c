"""Pages about the agency itself, below /a/<slug>/."""

from django.urls import path

from tenancy import views

app_name = "tenancy"
urlpatterns = [path("people/", views.people, name="people")]
