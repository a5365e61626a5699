"""Django's settings. What an operator may set is in `environment.py`; everything here follows from it."""

import os
from pathlib import Path

from shanzhi.config.environment import django_database, environment

ENV = environment()
HOME = ENV.home
BASE = Path(__file__).resolve().parents[1]

SECRET_KEY = ENV.secret()
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in ENV.shanzhi_hosts.split(",")]
if ENV.shanzhi_origin:
    CSRF_TRUSTED_ORIGINS = [ENV.shanzhi_origin]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.shanzhi_origin.startswith("https://")

# `migrate`, `furnish`, `backup` and `restore` run as owner; they set this themselves before Django loads.
AS_OWNER = os.environ.get("SHANZHI_AS") == "owner" and bool(ENV.database_owner_url)
DATABASES = {"default": django_database(ENV.database_owner_url if AS_OWNER else ENV.database_url)}
if AS_OWNER:
    DATABASES["default"]["OPTIONS"].pop("pool")  # type: ignore[attr-defined]
APP_ROLE = django_database(ENV.database_url)["USER"] or "shanzhi_app"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "shanzhi.core",
    "shanzhi.organisation",
    "shanzhi.work",
    "shanzhi.registry",
    "shanzhi.intake",
    "shanzhi.casework",
    "shanzhi.cockpit",
    "shanzhi.simulation",
    "shanzhi.config",
]
MIDDLEWARE = [
    "shanzhi.core.web.RequestLog",
    "shanzhi.organisation.requests.OneErrorShape",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shanzhi.organisation.requests.RealmRequests",
]
ROOT_URLCONF = "shanzhi.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "shanzhi.organisation.signin.StaffAccountAdapter"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
HEADLESS_ONLY = True
HEADLESS_FRONTEND_URLS: dict[str, str] = {}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SESSION_COOKIE_AGE = 12 * 3600  # one shift
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Sign-in rate limits must be counted together by all server processes, so the cache is the database, not the process.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024  # a batch of 5,000 orders
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

LOGGING_CONFIG = "shanzhi.core.logs.configure"
LOGGING = {"format": ENV.shanzhi_log}

EVIDENCE_FOLDER = HOME / "evidence"
KEYS_FOLDER = HOME / "keys"
WEB_BUILD = Path(os.environ.get("SHANZHI_WEB", BASE.parents[1] / "web" / "dist"))
