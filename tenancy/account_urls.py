"""Sign-in, passwords and second factors, from allauth. Addresses and sign-up are an administrator's business: no pages here."""

from allauth.account import views
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path

from tenancy.views.factors import in_own_name, passkey_sign_in, sign_in
from tenancy.views.invitation import invitation
from tenancy.views.sessions import own_sessions

urlpatterns = [
    path("invitation/<slug:place>/<slug:secret>/", invitation, name="account_invitation"),
    path("sessions/", own_sessions, name="account_sessions"),
    path("login/", sign_in, name="account_login"),
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
    path("factors/", in_own_name(factors.index), name="mfa_index"),
    path("factors/authenticate/", in_own_name(factors.authenticate), name="mfa_authenticate"),
    path("factors/reauthenticate/", in_own_name(factors.reauthenticate), name="mfa_reauthenticate"),
    path("factors/app/add/", in_own_name(totp.activate_totp), name="mfa_activate_totp"),
    path("factors/app/remove/", in_own_name(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("factors/codes/", in_own_name(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("factors/codes/new/", in_own_name(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("factors/codes/file/", in_own_name(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("factors/passkeys/", in_own_name(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("factors/passkeys/add/", in_own_name(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("factors/passkeys/<int:pk>/remove/", in_own_name(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("factors/passkeys/<int:pk>/name/", in_own_name(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path(
        "factors/passkeys/reauthenticate/",
        in_own_name(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("factors/passkeys/login/", passkey_sign_in, name="mfa_login_webauthn"),
]
