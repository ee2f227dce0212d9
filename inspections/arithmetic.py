"""How many are drawn of each grade and why, in figures and words: the same for a forecast and for a sealed draw (B3)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from inspections.ratios import percent
from inspections.sealing import GradeQuota, Quotas, Rules, floor_shortfall, share
from registries.models import CreditGrade


class GradeLine(NamedTuple):
    """One grade: `wanted` is what the ratio asks for, `quota` what the pool gives."""

    grade: str
    label: str
    ratio_bp: int
    base: int
    pool: int
    wanted: int
    quota: int

    @property
    def ratio(self) -> str:
        return percent(self.ratio_bp)

    @property
    def shortfall(self) -> int:
        return self.wanted - self.quota

    @property
    def decided_by(self) -> str:
        if self.shortfall:
            return "在池不足"
        return "比例" if self.wanted else "不抽"

    @property
    def how(self) -> str:
        if not self.base:
            return "范围内没有机构"
        if not self.ratio_bp:
            return "比例设为 0"
        taken = f"，在池只有 {self.pool} 户" if self.shortfall else ""
        return _product(self.base, self.ratio_bp, self.wanted) + taken


@dataclass(frozen=True)
class Arithmetic:
    """The whole draw: each grade, the floor beneath their sum, and which of the rules decided the total."""

    quotas: Quotas
    rules: Rules

    @property
    def lines(self) -> list[GradeLine]:
        return [self._line(row) for row in self.quotas.rows]

    def _line(self, row: GradeQuota) -> GradeLine:
        ratio = self.rules.ratios_bp[row.grade]
        label = CreditGrade(row.grade).label
        return GradeLine(row.grade, label, ratio, row.base, row.pool, share(row.base, ratio), row.quota)

    @property
    def base(self) -> int:
        return self.quotas.base

    @property
    def pool(self) -> int:
        return sum(row.pool for row in self.quotas.rows)

    @property
    def wanted(self) -> int:
        return sum(line.wanted for line in self.lines)

    @property
    def by_ratio(self) -> int:
        return self.total - self.top_up

    @property
    def shortfall(self) -> int:
        return self.wanted - self.by_ratio

    @property
    def floor(self) -> int:
        return share(self.base, self.rules.floor_bp)

    @property
    def floor_ratio(self) -> str:
        return percent(self.rules.floor_bp)

    @property
    def floor_how(self) -> str:
        return _product(self.base, self.rules.floor_bp, self.floor)

    @property
    def floor_decides(self) -> str:
        if self.top_up:
            return "总量下限补足"
        return "在池不足，无可补抽" if self.floor_shortfall else "已经达到，不补抽"

    @property
    def floor_shortfall(self) -> int:
        return floor_shortfall(self.quotas, self.rules)

    @property
    def top_up(self) -> int:
        return self.quotas.top_up

    @property
    def total(self) -> int:
        return self.quotas.total

    @property
    def decided_by(self) -> str:
        """Of the total (001一(四), 003§8)."""
        if self.floor_shortfall:
            return "在池不足"
        return "总量下限补足" if self.top_up else "比例"

    @property
    def verdict(self) -> str:
        reached = f"按比例合计 {self.by_ratio} 户"
        if self.floor_shortfall:
            return (
                f"{reached}，在池机构已全部抽取，共 {self.total} 户，"
                f"比总量下限 {self.floor} 户还少 {self.floor_shortfall} 户。"
            )
        if self.top_up:
            return (
                f"{reached}，低于总量下限 {self.floor} 户，"
                f"从其余在池机构中不分等级补抽 {self.top_up} 户，共 {self.total} 户。"
            )
        return f"{reached}，不低于总量下限 {self.floor} 户，不需要补抽。"


def _product(base: int, ratio_bp: int, rounded: int) -> str:
    """21 × 5% = 1.05，进位为 2"""
    exact = Decimal(base) * ratio_bp / 10000
    carried = "" if exact == rounded else f"，进位为 {rounded}"
    return f"{base} × {percent(ratio_bp)} = {exact.normalize():f}{carried}"
