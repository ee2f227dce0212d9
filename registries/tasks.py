from celery import shared_task

from registries.imports import jobs


@shared_task(name=jobs.TASK)
def work_on_list(pk: int) -> None:
    """Checks or writes an uploaded list, whichever it waits for; any number of workers may be asked."""
    jobs.work(pk)
