"""Settings, all from the environment; unusable values stop the start with their name.

With neither DATABASE_URL nor REDIS_URL set, the embedded PostgreSQL and Redis under VASCULUM_VAR
are used (curation.embedded). One engine everywhere: there is no SQLite branch.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from curation import embedded, logging_context, secret_files, sign_in_settings
from curation.languages import SOURCE, languages

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: expected one of 1, 0, true, false")


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r}: expected a whole number") from error


def env_float(name: str, default: float) -> float:
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        return float(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r}: expected a number") from error


def env_pairs(name: str) -> dict[str, str]:
    """name=value pairs with commas between them."""
    pairs = {}
    for part in env_list(name):
        key, sign, value = part.partition("=")
        if not (key and sign and value):
            raise ImproperlyConfigured(f"{name}={part!r}: expected name=value, with commas between")
        pairs[key] = value
    return pairs


def env_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


secret_files.read_into()
VAR_DIR = Path(os.environ.get("VASCULUM_VAR") or BASE_DIR / "var").resolve()
DEBUG = env_bool("VASCULUM_DEBUG", False)


def secret_key() -> str:
    """The key from the environment, else one made once and kept in var/ with mode 0600."""
    if key := os.environ.get("VASCULUM_SECRET_KEY"):
        return key
    path = VAR_DIR / "secret_key"
    made = secrets.token_urlsafe(50)
    own = path.with_name(f".secret_key-{os.getpid()}")
    try:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(made)
            with suppress(FileExistsError):  # another process was first: its key counts
                os.link(own, path)
            own.unlink()
        return path.read_text()
    except OSError:
        # Where var/ cannot be used the start says so in a line of its own; what needs no sessions
        # (help, collectstatic) still works with a key for this process only.
        return made


SECRET_KEY = secret_key()
ALLOWED_HOSTS = env_list("VASCULUM_ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = env_list("VASCULUM_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "curation.apps.CurationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "curation.logging_middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "curation.middleware.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "curation.middleware.ContentSecurityPolicyMiddleware",
    "curation.middleware.StorageMiddleware",
    "curation.api.middleware.ApiMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "curation.middleware.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "curation.urls"
WSGI_APPLICATION = "curation.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.l10n",
                "curation.templatetags.vasculum",
                "curation.templatetags.classes",
                "curation.templatetags.languages",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "curation.context.site",
            ],
        },
    },
]

_services = embedded.planned()  # what the environment says, else where the embedded parts will answer
DATABASE_URL = _services.database_url
REDIS_URL = _services.redis_url


def database(url: str) -> dict[str, object]:
    """Django's DATABASES entry from a libpq URL (parsed by psycopg, so sockets and options work)."""
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: not a PostgreSQL address ({error})") from error
    entry: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "vasculum"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": env_int("VASCULUM_CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
    }
    entry["OPTIONS"] = parts
    return entry


DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "vasculum",
    }
}

AUTH_USER_MODEL = "curation.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Guessing passwords: curation.services.sign_in. How many proxies stand before this server, each of which adds
# to X-Forwarded-For: else nobody is believed where they come from.
PROXIES = env_int("VASCULUM_PROXIES", 0)
SIGN_IN_WAIT_SECONDS = 300
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(seconds=SIGN_IN_WAIT_SECONDS)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "curation.services.sign_in.account"
AXES_CLIENT_IP_CALLABLE = "curation.services.sign_in.address_of"
AXES_LOCKOUT_CALLABLE = "curation.services.sign_in.own_words"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]

# django-allauth: the steps of signing in, codes of an authenticator, an institution's sign-in. None of its
# addresses is used: the views are ours (curation/urls), and so are the brakes.
ACCOUNT_ADAPTER = "curation.sign_in.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
ACCOUNT_LOGIN_TIMEOUT = 600  # between password and code
MFA_ADAPTER = "curation.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 s, for clocks that go wrong and people who type slowly
SOCIALACCOUNT_ADAPTER = "curation.sign_in.adapters.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
OIDC = sign_in_settings.provider()
TOTP_ROLES = sign_in_settings.roles_with_second_factor()
CONFIRMED_SECONDS = 600  # for so long after password or code the second factor can be changed

LANGUAGE_CODE = SOURCE
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = languages(LOCALE_PATHS[0])
TIME_ZONE = os.environ.get("VASCULUM_TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "curation.finders.PlotlyFinder",
]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
MODELS_DIR = VAR_DIR / "models"
EXPORTS_DIR = VAR_DIR / "exports"
RUNS_DIR = VAR_DIR / "runs"
RUNS_DATA_DIR = VAR_DIR / "runs-data"
FEATURES_DIR = VAR_DIR / "features"
SCREENINGS_DIR = VAR_DIR / "screenings"
# Where a bucket is named, all files that machines share are in it instead of var/: pictures below media/,
# finished exports below exports/; runs, models, features, screenings and uploads below stored/
# (curation.services.folders).
# Keys and region come from where boto3 looks for them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
# AWS_DEFAULT_REGION, a shared credentials file, or the role of the machine.
S3_BUCKET = os.environ.get("VASCULUM_S3_BUCKET", "")
S3_ENDPOINT = os.environ.get("AWS_S3_ENDPOINT_URL", "")  # empty: Amazon's own


def in_bucket(folder: str, bucket: str = S3_BUCKET, endpoint: str = S3_ENDPOINT) -> dict[str, Any]:
    """An entry of STORAGES: a folder of a bucket. Storages other than Amazon's mostly have one host name for
    all their buckets, so that with an address of its own the bucket goes into the path."""
    options = {"bucket_name": bucket, "location": folder, "addressing_style": "auto"}
    if endpoint:
        options |= {"endpoint_url": endpoint, "addressing_style": "path"}
    return {"BACKEND": "curation.storage_s3.Bucket", "OPTIONS": options}


FOLDERS = "django.core.files.storage.FileSystemStorage"
STORAGES = {
    "default": in_bucket("media") if S3_BUCKET else {"BACKEND": FOLDERS},
    "exports": in_bucket("exports")
    if S3_BUCKET
    else {"BACKEND": FOLDERS, "OPTIONS": {"location": EXPORTS_DIR}},
    "folders": in_bucket("stored") if S3_BUCKET else {"BACKEND": FOLDERS, "OPTIONS": {"location": VAR_DIR}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "curation.storage.StaticStorage"
    },
}

# Cookies are marked secure where the site is served over TLS (behind a proxy that says so).
HTTPS = env_bool("VASCULUM_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_NAME = "vasculum_session"
CSRF_COOKIE_NAME = "vasculum_csrf"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"

# Jobs
CELERY_BROKER_URL = _services.broker_url
CELERY_TASK_IGNORE_RESULT = True  # the Job row is the result
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "curation.tasks.sweep_jobs", "schedule": 5.0, "options": {"expires": 5}},
    "deliver-webhooks": {
        "task": "curation.tasks.deliver_webhooks",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "wake-download": {"task": "curation.tasks.wake_download", "schedule": 30.0, "options": {"expires": 30}},
    "tidy": {"task": "curation.tasks.tidy", "schedule": crontab(hour="3", minute="17")},
}
JOB_HEARTBEAT_SECONDS = env_int("VASCULUM_JOB_HEARTBEAT_SECONDS", 2)
JOB_LOST_AFTER_SECONDS = env_int("VASCULUM_JOB_LOST_AFTER_SECONDS", 15)

# Bringing collections in
# Of 64 bits: pictures whose difference hashes differ in at most so many count as near-duplicates.
NEAR_BITS = env_int("VASCULUM_NEAR_BITS", 10)
if not 0 <= NEAR_BITS <= 20:
    raise ImproperlyConfigured(f"VASCULUM_NEAR_BITS={NEAR_BITS}: expected 0 to 20")
# How pictures are fetched: arguments of curation.fetching.FetchSettings. Hosts must be able to reach whoever
# asks them, so without a contact nothing is fetched.
FETCH: dict[str, Any] = {
    "contact": os.environ.get("VASCULUM_FETCH_CONTACT", ""),
    "info_url": os.environ.get("VASCULUM_FETCH_INFO_URL", ""),
    "wait_seconds": env_float("VASCULUM_FETCH_WAIT_SECONDS", 3.0),
    "connections": env_int("VASCULUM_FETCH_CONNECTIONS", 1),
    "allowed_networks": tuple(env_list("VASCULUM_FETCH_ALLOWED_NETWORKS")),
    "host_map": env_pairs("VASCULUM_FETCH_HOST_MAP"),
    "ca_file": Path(os.environ["VASCULUM_FETCH_CA_FILE"])
    if os.environ.get("VASCULUM_FETCH_CA_FILE")
    else None,
}
MAX_ARCHIVE_MIB = env_int("VASCULUM_MAX_ARCHIVE_MIB", 20_480)

# Review
CLAIM_SECONDS = env_int("VASCULUM_CLAIM_SECONDS", 120)
CLAIM_BATCH = env_int("VASCULUM_CLAIM_BATCH", 20)

# The API
# Requests a minute of one token, and of one person's browser; 0 for no limit.
API_TOKEN_RATE = env_int("VASCULUM_API_TOKEN_RATE", 600)
API_SESSION_RATE = env_int("VASCULUM_API_SESSION_RATE", 6_000)
# Whether webhooks may go to http:// addresses; where they may go at all follows from FETCH.
WEBHOOK_HTTP = env_bool("VASCULUM_WEBHOOK_HTTP", False)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "curation.api.authentication.TokenAuthentication",
        "curation.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["curation.api.permissions.HasRole"],
    "DEFAULT_THROTTLE_CLASSES": ["curation.api.throttles.RateLimit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["curation.api.parsers.SafeJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "curation.api.schema.Described",
    "EXCEPTION_HANDLER": "curation.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Vasculum",
    "DESCRIPTION": "Pictures of natural-history collections: reviewed, frozen, exported, learnt from.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["curation.api.permissions.HasRole"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": ["curation.api.schema.finish"],
}

# Operation
# What intake, exports and training leave free on the disk of VASCULUM_VAR.
KEEP_FREE_MIB = env_int("VASCULUM_KEEP_FREE_MIB", 1024)
# What each machine keeps on its disk of what lies in the bucket, so that it need not be fetched again.
CACHE_MIB = env_int("VASCULUM_CACHE_MIB", 20_480)
# Days after which leftovers go (curation.services.retention); 0 keeps them for good.
KEEP_DAYS = {
    "temporary": env_int("VASCULUM_KEEP_TEMPORARY_DAYS", 2),
    "training-data": env_int("VASCULUM_KEEP_TRAINING_DATA_DAYS", 30),
    "renditions": env_int("VASCULUM_KEEP_LOST_RENDITIONS_DAYS", 7),
    "exports": env_int("VASCULUM_KEEP_LOST_EXPORTS_DAYS", 7),
    "webhook-log": env_int("VASCULUM_KEEP_WEBHOOK_LOG_DAYS", 90),
}
# /metrics: whoever names the token, and who asks from these networks without a proxy in between. Behind TLS
# a proxy is in front, which may not say so: there, nobody by address unless it is set.
METRICS_TOKEN = os.environ.get("VASCULUM_METRICS_TOKEN", "")
try:
    METRICS_NETWORKS = [
        ip_network(part)
        for part in env_list("VASCULUM_METRICS_NETWORKS") or ([] if HTTPS else ["127.0.0.0/8", "::1/128"])
    ]
except ValueError as error:
    raise ImproperlyConfigured(f"VASCULUM_METRICS_NETWORKS: {error}") from error

LOG_FORMAT = os.environ.get("VASCULUM_LOG_FORMAT") or "line"
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured(f"VASCULUM_LOG_FORMAT={LOG_FORMAT!r}: expected line or json")
LOGGING = logging_context.configuration(LOG_FORMAT, os.environ.get("VASCULUM_LOG_LEVEL", "INFO"))
