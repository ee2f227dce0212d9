"""Who and when travel together (handbook 4, habit 6)."""

from django.db.models import CheckConstraint, Q


def together(model: str, verb: str) -> CheckConstraint:
    """`<verb>_at` and `<verb>_by` are both set or both empty."""
    neither = Q(**{f"{verb}_at__isnull": True, f"{verb}_by__isnull": True})
    both = Q(**{f"{verb}_at__isnull": False, f"{verb}_by__isnull": False})
    return CheckConstraint(name=f"{model}_{verb}_at_with_by", condition=neither | both)
