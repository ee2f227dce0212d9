"""Ratios: basis points in the rules and the seal, percent on the screen."""

from decimal import Decimal, InvalidOperation

WHOLE_BP = 10_000


def percent(bp: int) -> str:
    """500 → "5%", 1250 → "12.5%"."""
    return f"{Decimal(bp) / 100:f}".rstrip("0").rstrip(".") + "%" if bp % 100 else f"{bp // 100}%"


def basis_points(text: str) -> int:
    """ "5%", "5" or "12.5％" → 500, 500, 1250; ValueError with words for the screen otherwise."""
    try:
        bp = Decimal(text.strip().rstrip("%％").strip()) * 100
    except InvalidOperation:
        raise ValueError("请填写百分数，例如 5% 或 12.5%。") from None
    if not bp.is_finite() or bp != bp.to_integral_value():
        raise ValueError("百分数最多保留两位小数，例如 12.25%。")
    if not 0 <= bp <= WHOLE_BP:
        raise ValueError("比例应在 0% 到 100% 之间。")
    return int(bp)
