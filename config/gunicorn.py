"""Web server settings, the same for `make run` and the container."""

import os

from config.log_lines import DiscreetFormatter

wsgi_app = "config.wsgi"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - heartbeats, kept off a slow disk
timeout = 60
graceful_timeout = 8
loglevel = "warning"
# None is written unless somebody asks for it with --access-logfile; then without queries, which hold what people search.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
no_control_socket = True  # it would be a file in the home directory that two servers share


def on_starting(server) -> None:
    for handler in server.log.error_log.handlers:
        handler.setFormatter(DiscreetFormatter(server.log.error_fmt, server.log.datefmt))
