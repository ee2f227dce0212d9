"""A Celery application with one task and one fast schedule, worked as `make run` works the real one.

python -m tests.launch.tiny_app DIRECTORY
"""

import sys
from pathlib import Path

from celery import Celery

from config.launch.worker import work


def make_app(directory: Path) -> Celery:
    (directory / "queue").mkdir(exist_ok=True)
    app = Celery("tiny", broker="filesystem://localhost//", set_as_current=False)
    app.conf.update(
        broker_transport_options={
            "data_folder_in": str(directory / "queue"),
            "data_folder_out": str(directory / "queue"),
            "control_folder": str(directory / "control"),
        },
        task_ignore_result=True,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        beat_schedule_filename=str(directory / "beat-schedule"),
        beat_schedule={"every moment": {"task": "tiny.mark", "schedule": 0.2, "args": ("scheduled",)}},
    )

    @app.task(name="tiny.mark")
    def mark(name: str) -> None:
        (directory / name).touch()

    return app


if __name__ == "__main__":
    sys.exit(work(make_app(Path(sys.argv[1]))))
