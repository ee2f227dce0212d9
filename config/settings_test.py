"""Settings of the test suite: the embedded deployment in a temporary directory, or the servers that
tests/suite.py names in DATABASE_URL and REDIS_URL."""

import atexit
import os
import shutil
import tempfile
from urllib.parse import urlsplit

_scratch = tempfile.mkdtemp(prefix="double-random-tests-")
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

os.environ["ENV_FILE"] = os.devnull  # a .env of this checkout may name a real database
os.environ["VAR_DIR"] = _scratch
os.environ.pop("DEPLOYMENT", None)
os.environ["SECRET_KEY"] = "a-key-for-tests-only-" + "x" * 40
os.environ["FIELD_KEYS"] = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="
if os.environ.get("REDIS_URL"):
    # Test processes run side by side; each empties its own cache.
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{_worker}").geturl()

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, REDIS_URL  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
if not REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file as in the embedded deployment: a database in memory knows neither WAL nor two writers.
    DATABASES["default"]["TEST"] = {"NAME": f"{_scratch}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
