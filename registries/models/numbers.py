from django.db import models, transaction

from registries.models.bureaus import Bureau


class NumberSeries(models.Model):
    """The last number used in one series of a bureau and a year. Its row lock makes numbers consecutive, no gaps."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="医保局")
    kind = models.CharField("种类", max_length=10)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = "文号序列"
        constraints = [models.UniqueConstraint(fields=["bureau", "kind", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.bureau.short_name}{self.kind}〔{self.year}〕{self.last}号"

    @classmethod
    def take(cls, bureau: Bureau, kind: str, year: int) -> tuple[int, str]:
        """The next number and its text, e.g. (3, "卫医保抽〔2026〕3号"). Given back when the transaction fails."""
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("A number is taken in the transaction of the thing that it numbers.")
        cls.objects.get_or_create(bureau=bureau, kind=kind, year=year)
        series = cls.objects.select_for_update().get(bureau=bureau, kind=kind, year=year)
        series.last += 1
        series.save(update_fields=["last"])
        return series.last, str(series)
