"""Recompute a draw from its published evidence file, without the database."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from inspections.verification import first_difference


class Command(BaseCommand):
    help = "核验抽取证据文件：逐项重算，一致则退出码为 0，否则报告第一处不一致，退出码为 1。"
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="证据文件（JSON）")
        parser.add_argument("--seal-digest", metavar="HEX", help="封存时公布的封存摘要")

    def handle(self, *, file, seal_digest, **options):
        evidence = _read(file)
        if difference := first_difference(evidence, expected_seal_digest=seal_digest):
            raise CommandError(f"核验不通过。{difference}")
        self.stdout.write(_summary(evidence))
        if not seal_digest:
            self.stdout.write("未提供封存时公布的封存摘要（--seal-digest），仅核验了文件自身是否一致。")


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_bytes(), object_pairs_hook=_without_repeats)
    except OSError as error:
        raise CommandError(f"无法读取文件 {file}：{error.strerror}。") from error
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 个字符起无法读取"
        raise CommandError(f"文件 {file} 不是有效的证据文件：{where}。请重新下载。") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(
            f"文件 {file} 不是有效的证据文件：编码、数字、层数不对或有重复的键。请重新下载。"
        ) from error


def _without_repeats(pairs: list[tuple[str, object]]) -> dict:
    """Readers differ in which of two equal keys they keep, so none may be repeated."""
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key is repeated")
    return record


def _summary(evidence: dict) -> str:
    number = evidence["seal"]["number"]
    if evidence["held_at"] is None:
        return f"{number}：核验通过。本次抽取在进行之前已作废。"
    visits = sum(len(team["members"]) for team in evidence["teams"])
    voided = "本次抽取已作废。" if evidence["void"] else ""
    counts = f"中选机构 {len(evidence['winners'])} 家，检查人员 {visits} 人次"
    return f"{number}：核验通过。{counts}，调换 {len(evidence['substitutions'])} 次。{voided}"
