"""Ratios: basis points in the rules and the seal, percent on the screen."""


def percent(bp: int) -> str:
    """500 → "5%", 1250 → "12.5%"."""
    return f"{bp / 100:g}%"
