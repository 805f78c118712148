"""django-oauth-toolkit as it comes from PyPI, for the tests: its own pages and its own models, in a database in memory.

    python server.py PORT SECONDS

An access token of a sign-in lives for so long; one that was renewed lives for an hour.

It stands below /o, as its documentation has it, so its issuer has a path, and what it says about itself is there alone:
below the path, in the document of OpenID Connect.
"""

import sys

import django
from django.conf import settings
from jwcrypto.jwk import JWK

PORT, SECONDS = int(sys.argv[1]), int(sys.argv[2])
HERE = f"http://127.0.0.1:{PORT}"

settings.configure(
    SECRET_KEY="a secret of the tests",
    ROOT_URLCONF="__main__",
    ALLOWED_HOSTS=["127.0.0.1"],
    USE_TZ=True,
    LOGIN_URL="/admin/login/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    # What went wrong is said here, and not mailed to anybody.
    LOGGING={
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
    },
    # One database in memory for all threads.
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:dot?mode=memory&cache=shared"}},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    OAUTH2_PROVIDER={
        "EXTRA_SERVER_KWARGS": {"token_expires_in": lambda asked: 3600 if asked.grant_type == "refresh_token" else SECONDS},
        "DEVICE_FLOW_INTERVAL": 1,
        "OAUTH_DEVICE_VERIFICATION_URI": f"{HERE}/o/device/",
        "OAUTH_DEVICE_VERIFICATION_URI_COMPLETE": lambda code: f"{HERE}/o/device/?user_code={code}",
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": JWK.generate(kty="RSA", size=2048).export_to_pem(True, None).decode(),
        "SCOPES": {"openid": "Know who you are", "notes": "Read and write your notes"},
    },
)
django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402

urlpatterns = [
    path("admin/", admin.site.urls),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def fill():
    """Somebody who can sign in, and two tools: one for each way."""
    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser("ada", "ada@example.com", "wade through quiet marigolds")
    tools = get_application_model()
    for name, grant in [
        ("notes-cli", tools.GRANT_DEVICE_CODE),
        ("notes-browser", tools.GRANT_AUTHORIZATION_CODE),
    ]:
        tools.objects.create(
            client_id=name,
            name="Notes",
            client_type=tools.CLIENT_PUBLIC,
            authorization_grant_type=grant,
            algorithm=tools.RS256_ALGORITHM,
            redirect_uris="http://127.0.0.1/callback",
        )


class Handler(WSGIRequestHandler):
    """Says what was asked, for the test to count. No body, no query: they hold secrets."""

    def log_message(self, template, *args):
        line, status = str(args[0]), args[1] if len(args) > 1 else ""
        method, _, rest = line.partition(" ")
        print(f"{method} {rest.split('?')[0].split(' ')[0]} {status}", flush=True)


# The database lives as long as one connection to it is open.
connection.ensure_connection()
fill()
server = ThreadedWSGIServer(("127.0.0.1", PORT), Handler)
server.set_app(get_wsgi_application())
print(f"listening on {HERE}", flush=True)
server.serve_forever()
