"""A province's and a nation's facilities: found and listed. The rows are made by the database itself."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registries.access import in_sight_by_key
from registries.facility_search import named
from registries.fields import cipher
from registries.models import Bureau, Facility
from registries.pages import BUREAU_BY_BUREAU, FoundPages
from tests.bench.stage import calibrate, say, timed
from tests.cast import make_bureau, make_user

PROVINCE, NATION = 60_000, 1_100_000
GRAMS = "facility_name_grams"
INDEXES = import_module("registries.migrations.0010_find_among_a_million").INDEXES
CITIES, COUNTIES = 18, 9
REQUESTS, ROUNDS = 15, 3
WORDS = (
    "医院", "诊所", "药店", "大药房", "卫生室", "口腔", "中医", "卫东", "荥阳", "荥阳区", "康健", "仁和", "红星", "东方", "人民医院",
    "妇幼保健院", "社区卫生", "卫东区王", "汝州区赵", "金水区李康", "苏寿和", "济民堂", "永和口腔", "王氏", "不存在", "百草药店",
    "H410301", "h4118", "914103", "骨科医院", "眼科", "荥阳区周德", "管城区", "巩义", "龙",
)  # fmt: skip
NAMES = """
SELECT string_to_array('卫东区,新华区,湛河区,石龙区,叶县,鲁山县,宝丰县,郏县,舞钢市,汝州市,金水区,二七区,中原区,管城区,惠济区,巩义市,荥阳区,新密市', ',') AS places,
  string_to_array('王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈', NULL) AS owners,
  string_to_array('康健仁爱济民同德福寿安宁永和益生堂春华松柏百草千金惠众信义恒瑞祥云泰来明光远大宏达诚心正新世纪东方红星', NULL) AS signs,
  string_to_array('诊所,诊所,口腔诊所,中医诊所,大药房,大药房,药店,医院,人民医院,卫生院,卫生室,卫生室,社区卫生服务站,门诊部,眼科医院,骨科医院,妇幼保健院', ',') AS kinds
"""
# Bureau after bureau, as imports leave them.
ROWS = f"""
INSERT INTO registries_facility (bureau_id, insurance_code, social_credit_code, name, kind, level, ownership, address,
  region, person_in_charge, phone, agreement_status, grade, blacklist_reason, revision)
SELECT (%(bureaus)s::bigint[])[place], 'H' || (%(codes)s)[place] || lpad(n::text, 7, '0'), '91' || (%(codes)s)[place] || lpad(n::text, 10, '0'),
  places[1 + place %% 18] || owners[1 + n * 7919 %% cardinality(owners)] || signs[1 + n * 104729 %% cardinality(signs)]
    || signs[1 + n * 15485863 %% cardinality(signs)] || kinds[1 + n * 31 %% cardinality(kinds)],
  (ARRAY['clinic', 'pharmacy', 'general_hospital'])[1 + n %% 3], 'none', 'individual', '建设路' || n || '号', '建设路街道',
  '某某', %(phone)s, 'active', (ARRAY['A', 'B', 'C', 'D', 'NONE'])[1 + n %% 5], '', 1
FROM (SELECT n, 1 + (n - %(first)s) * cardinality(%(bureaus)s::bigint[]) / %(rows)s AS place
      FROM generate_series(%(first)s::bigint, %(first)s + %(rows)s - 1) AS n) AS numbered, ({NAMES}) AS words
"""  # noqa: S608 - constants


def run() -> None:
    if connection.vendor != "postgresql":
        print("only on PostgreSQL")
        return
    top = bureau("410000", "province")
    counties = [
        bureau(f"41{city:02}{county:02}", "county", above)
        for city in range(1, CITIES + 1)
        for above in [bureau(f"41{city:02}00", "city", top)]
        for county in range(1, COUNTIES + 1)
    ]
    people = {
        "province": make_user("bench-province", "示例经办", top, "staff"),
        "city": make_user("bench-city", "示例经办", counties[-1].parent, "staff"),
        "county": make_user("bench-county", "示例经办", counties[-1], "staff"),
    }
    grow(counties, 1, PROVINCE)
    small = list_pages(people)
    grow(counties, PROVINCE + 1, NATION - PROVINCE)
    large = list_pages(people)
    compare(small, large)
    search(people)


def bureau(code: str, level: str, parent: Bureau | None = None) -> Bureau:
    return make_bureau(code, f"示例{code}医疗保障局", f"示例{code}", level, parent)


def grow(counties: list[Bureau], first: int, rows: int) -> None:
    values = {
        "bureaus": [county.pk for county in counties],
        "codes": [county.code for county in counties],
        "phone": cipher().encrypt(b"13800000000").decode(),
        "first": first,
        "rows": rows,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {GRAMS}")
        with timed(f"the database makes {rows:,} facilities"):
            cursor.execute(ROWS, values)
        with timed("it makes the index of pairs of characters"):
            cursor.execute(f"CREATE INDEX {GRAMS} ON {INDEXES[GRAMS]}")
        cursor.execute("VACUUM ANALYZE registries_facility")


def list_pages(people: dict) -> dict[str, tuple[float, int]]:
    """Median milliseconds and number of queries of each page."""
    calibrate()
    office, public = reverse("registries:facilities"), reverse("public:facilities")
    asked = {f"{who}, first page": (user, office) for who, user in people.items()}
    province = people["province"]
    asked |= {
        "province, page 400": (province, f"{office}?page=400"),
        "province, pharmacies of grade D": (province, f"{office}?kind=pharmacy&grade=D"),
        "province, of one county": (province, f"{office}?bureau={people['county'].bureau.code}"),
        "public, first page": (None, public),
    }
    return {what: measured(user, address) for what, (user, address) in asked.items()}


def measured(user, address: str) -> tuple[float, int]:
    client = Client()
    if user:
        client.force_login(user)
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    count = len(queries)  # before the next request empties the log
    return statistics.median(clocked(lambda: client.get(address)) for _ in range(REQUESTS)), count


def clocked(act: Callable) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def compare(small: dict, large: dict) -> None:
    print(f"list page of 25 rows at {PROVINCE:,} and at {NATION:,} facilities")
    for what, (before, queries) in small.items():
        after, more = large[what]
        print(
            f"  {what:<40} {before:7.1f} ms {after:7.1f} ms  {after / before:5.2f} x (aim: 1.50)"
            f"   queries {queries}, {more} (aim: {queries})"
        )


def search(people: dict) -> None:
    calibrate()
    for who, user in people.items():
        rows = in_sight_by_key(Facility.objects.in_registry(), user).order_by(*BUREAU_BY_BUREAU)
        took = {word: min(in_database(rows, word) for _ in range(ROUNDS)) for word in WORDS}
        for words, title in (
            (WORDS, "all words"),
            ([one for one in WORDS if len(one) == 2], "of two characters"),
        ):
            times = sorted(took[word] for word in words)
            say(f"search as {who} among {NATION:,}, {title}: p50", statistics.median(times), "ms")
            say(f"{'':<12}p95 (aim: 60)", times[int(len(times) * 0.95)], "ms")
        slowest = sorted(took.items(), key=lambda pair: -pair[1])[:4]
        print("    slowest: " + ", ".join(f"{word} {milliseconds:.0f} ms" for word, milliseconds in slowest))


def in_database(rows, word: str) -> float:
    """Milliseconds that the two queries of a search take, the way back to Python with them."""
    with clock() as spent:
        list(FoundPages(rows.filter(named(word)), 25, among=rows).page(1))
    return sum(spent)


@contextmanager
def clock() -> Iterator[list[float]]:
    spent = []

    def wrapper(execute, *arguments):
        started = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            spent.append((time.perf_counter() - started) * 1000)

    with connection.execute_wrapper(wrapper):
        yield spent
