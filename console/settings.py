"""Settings, from the environment and `.env` only: every deployment differs by variables, never by files.

Each variable is documented in docs/configuration.md; apps/core/checks.py names the one that is wrong at start.
"""

from pathlib import Path

from csp.constants import NONCE
from django.utils.translation import gettext_lazy as _

from apps.core.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
# Tests bring their own settings and must not see a developer's.
if env.bool("READ_DOT_ENV", True):
    Environment.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))

# -- Ports of what bin/up starts on loopback
CONSOLE_PORT = env.int("CONSOLE_PORT", 8000)
DEMO_PORT = env.int("DEMO_PORT", 13000)
DEMO_ADMIN_PORT = env.int("DEMO_ADMIN_PORT", 13001)
PROMETHEUS_PORT = env.int("PROMETHEUS_PORT", 19090)
ALERTMANAGER_PORT = env.int("ALERTMANAGER_PORT", 19093)
NODE_EXPORTER_PORT = env.int("NODE_EXPORTER_PORT", 19100)
REDIS_EXPORTER_PORT = env.int("REDIS_EXPORTER_PORT", 19121)
REDIS_PORT = env.int("REDIS_PORT", 16379)

# -- Safety
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", False)
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)

# -- Outside systems
DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'console.sqlite3'}")
REDIS_URL = env.str("REDIS_URL", f"redis://127.0.0.1:{REDIS_PORT}/0")
PROMETHEUS_URL = env.str("PROMETHEUS_URL", f"http://127.0.0.1:{PROMETHEUS_PORT}")
PROMETHEUS_HEADERS = env.dict("PROMETHEUS_HEADERS", default={})
PROMETHEUS_TIMEOUT = env.float("PROMETHEUS_TIMEOUT", 30.0)
QUERY_TIMEOUT = env.float("QUERY_TIMEOUT", 20.0)
ALERTMANAGER_URL = env.str("ALERTMANAGER_URL", f"http://127.0.0.1:{ALERTMANAGER_PORT}")
WEBHOOK_TOKEN = env.str("WEBHOOK_TOKEN", "")
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
LOG_DIR = Path(env.str("LOG_DIR", str(VAR_DIR / "log")))
LOG_LEVEL = env.str("LOG_LEVEL", "http")
LOG_TO_FILES = env.bool("LOG_TO_FILES", False)
LOG_FORMAT = env.str("LOG_FORMAT", "json")
LOG_CONSOLE_LEVEL = env.str("LOG_CONSOLE_LEVEL", "warn")
LOG_SERVICE = "glimpse-console"
# What machines ask every few seconds is logged at debug only.
TELEMETRY_QUIET_PATHS = ["/metrics", "/healthz", "/readyz"]
SLOW_REQUEST_MS = env.int("SLOW_REQUEST_MS", 1000)
DASHBOARD_DIRS = [Path(p) for p in env.list("DASHBOARD_DIRS", default=[])]

# -- Django
ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
INSTALLED_APPS = [
    "apps.core",
    "apps.telemetry",
    "apps.accounts",
    "apps.sources",
    "apps.dashboards",
    "apps.checks",
    "apps.accounts.admin_config.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "auditlog",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "template_partials",
    "lucide",
]
# telemetry has all logging of the process; Django's own handlers would say everything twice.
LOGGING_CONFIG = None
MIDDLEWARE = [
    "apps.telemetry.middleware.MetricsMiddleware",
    "apps.telemetry.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages shrink to an eighth. Streams opt out (they name their encoding), or lines would wait for a full buffer;
    # secrets in a page are safe from guessing by length, since Django pads each answer at random.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.TokenMiddleware",
    "apps.accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "apps.core.navigation.context",
                "apps.accounts.context.context",
            ],
        },
    },
]

# -- State
DATABASES = {"default": env.database("DATABASE_URL", DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Readers go on while somebody writes; a writer waits its turn instead of failing at once.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "apps.core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "glimpse",
        # A page must not fail because Redis is away.
        "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5, "SOCKET_TIMEOUT": 1},
    }
}

# -- Language and time
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Seoul"

# -- Static files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "apps.core.finders.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "apps.core.storage.HashedStorage"},
}

# -- Sign-in
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "apps.accounts.site.RoleBackend"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "apps.accounts.adapter.ClosedSignupAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# An address may try often (an office is one address), a name five times in five minutes.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/300s/key", "change_password": "5/m/user"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# -- Cookies and headers; behind TLS (HTTPS=true) nothing of them travels in the clear
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- Content-Security-Policy: nothing from elsewhere, no inline script
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", NONCE],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# -- Celery; the timetable is in console/celery.py
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = TIME_ZONE
# Logging stays as telemetry set it up.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
