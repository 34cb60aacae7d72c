"""Sign-in and passwords, from allauth. Addresses and sign-up are an administrator's business, so their pages are not here."""

from allauth.account import views
from django.urls import path

from tenancy.views.invitation import invitation
from tenancy.views.sessions import own_sessions

urlpatterns = [
    path("invitation/<slug:place>/<slug:secret>/", invitation, name="account_invitation"),
    path("sessions/", own_sessions, name="account_sessions"),
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", views.signup, name="account_signup"),  # says that it is closed
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/<slug:uidb36>-<slug:key>/",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]
