"""Several people at the same moment."""

import threading

from django.db import connection

from registries.errors import DomainError


def together(*calls):
    """What each call answered: a value, or the DomainError it raised."""
    gate, answers = threading.Barrier(len(calls), timeout=30), [None] * len(calls)

    def run(position, call):
        try:
            gate.wait()
            answers[position] = call()
        except DomainError as error:
            answers[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers
