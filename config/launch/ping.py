"""The web container's health check: exit 0 when /healthz answers 200. Standard library only."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def answers() -> bool:
    """Asks as the proxy would: with a host name that is allowed, over what it calls HTTPS."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if answers() else 1)
