from celery import shared_task

from inspections import draw_jobs


@shared_task(name=draw_jobs.TASK)
def work_on_draw(pk: int) -> None:
    """Seals or draws what a person has asked for; any number of workers may be asked."""
    draw_jobs.work(pk)
