"""Settings. Values come from the environment (see .env.example); config/environment.py refuses unsafe ones."""

import os
from pathlib import Path

import environ

from config.environment import (
    check_production,
    field_keys,
    kept_secret,
    new_field_key,
    new_secret_key,
    required,
)

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))

VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

PRODUCTION = env.str("DEPLOYMENT", "embedded") == "production"
DEBUG = env.bool("DEBUG", False)

if PRODUCTION:
    SECRET_KEY = required(
        env, "SECRET_KEY", "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
    )
    FIELD_KEYS = required(
        env,
        "FIELD_KEYS",
        "It encrypts ID numbers and phones. Make one: python3 -c 'from cryptography.fernet import Fernet; "
        "print(Fernet.generate_key().decode())' and keep a copy apart from the database's backup.",
    )
    required(env, "DATABASE_URL", "Production needs PostgreSQL: postgres://user:password@host:5432/name")
    REDIS_URL = required(env, "REDIS_URL", "All hosts share cache and queue through it: redis://host:6379/0")
    required(
        env,
        "EMAIL_URL",
        "Reminders go out by mail: smtp+tls://user:password@host:587, or dummymail:// for none",
    )
    required(env, "SITE_ADDRESS", "Links in mails start with it: https://jc.example.gov.cn")
else:
    SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(VAR_DIR / "secret_key", new_secret_key)
    FIELD_KEYS = env.str("FIELD_KEYS", "") or kept_secret(VAR_DIR / "field_keys", new_field_key)
    REDIS_URL = env.str("REDIS_URL", "")
FIELD_KEYS = field_keys(FIELD_KEYS)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "registries",
    "inspections",
    "publication",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "registries.addresses.WithoutIdNumbersMiddleware",
    "registries.access.DefaultDenyMiddleware",
    "registries.errors.DomainErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "publication.context.office",
            ],
            "builtins": ["registries.templatetags.looks"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # Without an immediate transaction most concurrent writers fail with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Without recursive triggers REPLACE deletes rows past those that refuse it (registries/append_only.py).
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    # To compile a query takes longer than the query of any page.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
            # Counts of sign-in attempts live here: guessing names must not push them out.
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }
# Shared by all hosts through the database alone: nobody is logged out or locked out when Redis is away.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# What rooms above tell the registries (registries/callouts.py); imports run the other way.
CALLOUTS = {
    "facility_events": [
        "inspections.facility_chapters.facility_events",
        "publication.facility_chapters.facility_events",
    ],
    "bars_to_leaving": ["inspections.facility_chapters.bars_to_leaving"],
    "bars_to_changing_tag": ["inspections.facility_chapters.bars_to_changing_tag"],
    "unreachable_facilities": ["inspections.facility_chapters.unreachable_facilities"],
    "regrade_effects": ["inspections.regrade_effects.regrade_effects"],
    "inspector_load": ["inspections.workload.inspector_load"],
}

AUTH_USER_MODEL = "registries.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "public:home"
# scrypt asks an attacker for memory too, and signing in takes a third of PBKDF2's time.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
DATE_FORMAT = "Y-m-d"
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # filled by collectstatic in production; WhiteNoise wants it there
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(VAR_DIR / "media"))()
# One setting decides where uploaded files live: a directory shared by all hosts, or any Django storage class.
STORAGES = {
    "default": {"BACKEND": env.str("FILE_STORAGE", "django.core.files.storage.FileSystemStorage")},
    "staticfiles": {
        "BACKEND": "config.static.HashedModules"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# The fonts are for printed documents and compressed already.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "png", "gz", "br", "woff2", "otf", "ttf"]
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
MAX_UPLOAD_SIZE = 20 * 1024 * 1024

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "noreply@localhost")
SITE_ADDRESS = env.str("SITE_ADDRESS", "http://127.0.0.1:8000")

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_CONNECTION_TIMEOUT = 2
if CELERY_BROKER_URL.startswith("filesystem"):
    QUEUE_DIR = VAR_DIR / "queue"
    QUEUE_DIR.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR),
        "data_folder_out": str(QUEUE_DIR),
        "control_folder": str(VAR_DIR / "queue-control"),
        "store_processed": False,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # its answers would pile up as files
else:
    # Bounds what a person's request waits for a broker that is away; the worker itself retries for ever.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
        "max_retries": 0,
        "connect_retries_timeout": 2,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# A draw over more facilities than these is sealed and held by a worker, not while somebody waits for the page.
LONG_DRAW_FACILITIES = env.int("LONG_DRAW_FACILITIES", 20_000)

# In production a proxy stands before every request and says who asked it (.env.example).
BEHIND_PROXY = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31536000)
    # Whether other hosts of the bureau's domain speak HTTPS, and preloading it, is for the domain's owner to say.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    check_production(
        debug=DEBUG,
        secret_key=SECRET_KEY,
        allowed_hosts=ALLOWED_HOSTS,
        database=DATABASES["default"],
        site_address=SITE_ADDRESS,
        email_backend=EMAIL_CONFIG["EMAIL_BACKEND"],
        broker=CELERY_BROKER_URL,
    )

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "config.log_lines.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # They tell every step of every page they set.
        **{name: {"level": "ERROR"} for name in ("weasyprint", "fontTools")},
        # With DEBUG it tells every statement with its values.
        "django.db.backends": {"level": "INFO"},
    },
}
DEFAULT_EXCEPTION_REPORTER = "config.error_reports.DiscreetReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.error_reports.NothingPosted"
