"""Settings. Everything that differs between two installations is read from the environment, typed and checked.

docs/reference/settings.md lists the variables; `config/env.py` reads them.
"""

from pathlib import Path

from . import env

SOURCE = Path(__file__).resolve().parent.parent
REPOSITORY = SOURCE.parent.parent

DEBUG = env.flag("TIERLINE_DEBUG", default=False)
TIERLINE_DATA = env.path("TIERLINE_DATA", default=REPOSITORY / "data")
SECRET_KEY = env.secret_key(TIERLINE_DATA)
SECRET_KEY_FALLBACKS = env.words("TIERLINE_SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.words("TIERLINE_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.words("TIERLINE_ORIGINS", default=[])
TIERLINE_URL = env.text("TIERLINE_URL", default="http://127.0.0.1:8420")
_SECURE = TIERLINE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "tierline.core.kernel",
    "tierline.core.timeline",
    "tierline.core.plugins",
    "tierline.desk.people",
    "tierline.desk.catalogue",
    "tierline.desk.sla",
    "tierline.desk.tickets",
    "tierline.work.intake",
    "tierline.work.workflows",
    "tierline.work.routing",
    "tierline.work.diagnosis",
    "tierline.work.lab",
    "tierline.work.knowledge",
    "tierline.work.alerts",
    "tierline.work.phone",
    "tierline.work.messengers",
    "tierline.work.field",
    "tierline.work.surveys",
    "tierline.ladder.escalation",
    "tierline.ladder.vendors",
    "tierline.ladder.problems",
    "tierline.ladder.major",
    "tierline.ladder.assistant",
    "tierline.ladder.chat",
    "tierline.insight.measures",
    "tierline.insight.economics",
    "tierline.insight.flow",
    "tierline.insight.planning",
    "tierline.reactions",
    "tierline.doors.api",
    "tierline.doors.web",
]

MIDDLEWARE = [
    "tierline.doors.web.proxies.TrustedProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tierline.doors.web.csp.ContentSecurityPolicy",
    "tierline.doors.web.uploads.LargeBodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tierline.doors.web.actor.ActorMiddleware",
]

ROOT_URLCONF = "tierline.config.urls"
WSGI_APPLICATION = "tierline.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [
            SOURCE / "doors/web/templates",
            SOURCE / "doors/web/components",
            *(
                SOURCE / f"doors/web/{door}/templates"
                for door in ("account", "chat", "console", "portal", "reports", "setup", "staff", "vendor")
            ),
        ],
        "OPTIONS": {
            "environment": "tierline.doors.web.environment.environment",
            "context_processors": [],
        },
    },
]

DATABASES = {"default": env.database()}

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["tierline.doors.web.actor.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = env.words(
    "TIERLINE_PASSWORD_HASHERS",
    default=[
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ],
)
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "tierline.doors.web.errors.csrf_failed"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "tierline_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
X_FRAME_OPTIONS = "DENY"

USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [SOURCE / "locale"]

STATIC_URL = "/static/"
_MANIFEST = env.flag("TIERLINE_STATIC_MANIFEST", default=False)
STATIC_ROOT = TIERLINE_DATA / "static" if _MANIFEST else None  # without it files are served from their rooms
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _MANIFEST

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "tierline.core.kernel.storage.uploads.ToStorage",
]
TIERLINE_UPLOAD_LIMIT = env.count("TIERLINE_UPLOAD_LIMIT", default=2 * 1024**3)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

TIERLINE_REACTIONS = "tierline.reactions.table.TABLE"
TIERLINE_SMTP = env.smtp("TIERLINE_SMTP_URL")
TIERLINE_MAIL_FROM = env.text("TIERLINE_MAIL_FROM", default="support@localhost")
TIERLINE_S3 = env.object_storage("TIERLINE_S3")
TIERLINE_CLAMD = env.text("TIERLINE_CLAMD", default="")
TIERLINE_MAIL_AUTHSERV = frozenset(one.lower() for one in env.words("TIERLINE_MAIL_AUTHSERV", default=[]))
TIERLINE_MAIL_UNAUTHENTICATED = env.one_of("TIERLINE_MAIL_UNAUTHENTICATED", "accept", "unverified")
TIERLINE_LISTEN_LMTP = env.place("TIERLINE_LISTEN_LMTP")
TIERLINE_LISTEN_SMTP = env.place("TIERLINE_LISTEN_SMTP")
TIERLINE_MAIL_THREADS = env.count("TIERLINE_MAIL_THREADS", default=1)
TIERLINE_TRUSTED_PROXIES = env.networks("TIERLINE_TRUSTED_PROXIES")
TIERLINE_OUTBOUND_PRIVATE = env.flag("TIERLINE_OUTBOUND_PRIVATE", default=True)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("TIERLINE_LOG_LEVEL", default="WARNING")},
}
