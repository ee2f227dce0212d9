import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registries.identifiers import (
    CREDIT_ALPHABET,
    HOSPITAL_PREFIX,
    PHARMACY_PREFIX,
    certificate_length_outliers,
    excel_damage_problem,
    id_check_digit,
    id_number_problem,
    insurance_code_problem,
    mask_id_number,
    mask_phone,
    normalise,
    normalise_code,
    phone_problem,
    social_credit_check_character,
    social_credit_code_problem,
)

TODAY = dt.date(2026, 11, 22)
derandomized = settings(derandomize=True, deadline=None, max_examples=100)

# The examples printed in GB 11643 and GB 32100: nobody's number.
STANDARD_ID = "11010519491231002X"
STANDARD_CREDIT_CODE = "91350100M000100Y43"


def id_number(region="410403", birthday="19900101", sequence="123"):
    first17 = region + birthday + sequence
    return first17 + id_check_digit(first17)


def credit_code(first17="914104030000000ABC"[:17]):
    return first17 + social_credit_check_character(first17)


id_numbers = st.builds(
    id_number,
    birthday=st.dates(dt.date(1900, 1, 1), TODAY).map(lambda day: day.strftime("%Y%m%d")),
    sequence=st.integers(0, 999).map("{:03}".format),
)
credit_codes = st.text(CREDIT_ALPHABET, min_size=9, max_size=9).map(
    lambda tail: credit_code("91410403" + tail)
)


# --- ID numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first17", "digit"), [(STANDARD_ID[:17], "X"), ("44052418800101001", "4")])
def test_the_check_digit_is_that_of_the_standard(first17, digit):
    assert id_check_digit(first17) == digit


@pytest.mark.parametrize("text", [STANDARD_ID, STANDARD_ID.lower(), id_number()])
def test_a_valid_id_number_has_no_problem(text):
    assert id_number_problem(text, today=TODAY) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "身份证号为空"),
        ("4104039001011234", "现为 16 位"),
        ("410403900101123", "15 位旧身份证号"),
        ("41040319900101X23X", "只能是数字"),
        ("４10403199001011234", "只能是数字"),
        (id_number(region="990403"), "“99”不是任何省级行政区划"),
        (id_number(birthday="19900230"), "“19900230”不是有效的出生日期"),
        (id_number(birthday="18990101"), "1899 过早"),
        (id_number(birthday="20261123"), "2026-11-23 晚于今天"),
        ("110105194912310021", "校验码不符"),
    ],
)
def test_an_invalid_id_number_is_told_what_is_wrong(text, message):
    assert message in id_number_problem(text, today=TODAY)


def test_a_birthday_today_is_not_in_the_future():
    assert id_number_problem(id_number(birthday="20261122"), today=TODAY) is None


@pytest.mark.parametrize("text", ["4.10403E+17", "4.10403e17", "4E+17", "410403199001011000"])
def test_a_number_that_excel_damaged_is_told_to_make_the_column_text(text):
    problem = id_number_problem(text, today=TODAY)
    assert "Excel" in problem
    assert "“文本”格式" in problem


def test_a_genuine_id_number_may_end_in_000():
    genuine = next(
        number
        for day in range(1, 29)
        if (number := id_number(birthday=f"199001{day:02}", sequence="200")).endswith("000")
    )
    assert id_number_problem(genuine, "女", today=TODAY) is None


@pytest.mark.parametrize(
    ("sequence", "sex", "problem"),
    [
        ("123", "男", False),
        ("124", "女", False),
        ("123", "女", True),
        ("124", "男", True),
        ("123", "", False),
    ],
)
def test_the_seventeenth_digit_must_agree_with_the_sex(sequence, sex, problem):
    found = id_number_problem(id_number(sequence=sequence), sex, today=TODAY)
    assert (found is not None) is problem
    assert not found or "第 17 位" in found


def test_the_message_does_not_tell_the_digit_that_would_pass():
    assert "X" not in id_number_problem("110105194912310021", today=TODAY)


@derandomized
@given(id_numbers)
def test_every_generated_id_number_is_valid(text):
    assert id_number_problem(text, today=TODAY) is None


@derandomized
@given(id_numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(text, place, shift):
    wrong = text[:place] + str((int(text[place]) + shift) % 10) + text[place + 1 :]
    assert id_number_problem(wrong, today=TODAY) is not None


@derandomized
@given(id_numbers, st.integers(0, 15))
def test_two_digits_swapped_are_always_found(text, place):
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert (id_number_problem(swapped, today=TODAY) is None) is (swapped == text)


# --- credit codes -------------------------------------------------------------------------------------------


def test_the_check_character_is_that_of_the_standard():
    assert social_credit_check_character(STANDARD_CREDIT_CODE[:17]) == STANDARD_CREDIT_CODE[17]


@pytest.mark.parametrize("text", [STANDARD_CREDIT_CODE, credit_code(), credit_code("911000000000000AB")])
def test_a_valid_credit_code_has_no_problem(text):
    assert social_credit_code_problem(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "为空"),
        (STANDARD_CREDIT_CODE[:17], "现为 17 位"),
        ("91350100MO00100Y43", "不应有“O”"),
        ("9135O100MI00100Y43", "不应有“I、O”"),
        ("91990100M000100Y43", "“990100”不是有效的行政区划"),
        ("91MA0100M000100Y43", "“MA0100”不是有效的行政区划"),
        ("91350100M000100Y44", "校验码不符"),
        ("9.13501E+17", "科学计数法"),
    ],
)
def test_an_invalid_credit_code_is_told_what_is_wrong(text, message):
    assert message in social_credit_code_problem(text)


@derandomized
@given(credit_codes)
def test_every_generated_credit_code_is_valid(text):
    assert social_credit_code_problem(text) is None


@derandomized
@given(credit_codes, st.integers(0, 17), st.integers(1, 30))
def test_one_wrong_character_is_always_found(text, place, shift):
    other = CREDIT_ALPHABET[(CREDIT_ALPHABET.index(text[place]) + shift) % 31]
    assert social_credit_code_problem(text[:place] + other + text[place + 1 :]) is not None


# --- insurance codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("H41040300012", None),
        ("P41040300012", None),
        ("H41040300012", HOSPITAL_PREFIX),
        ("P41040300012", PHARMACY_PREFIX),
    ],
)
def test_a_valid_insurance_code_has_no_problem(text, prefix):
    assert insurance_code_problem(text, prefix) is None


@pytest.mark.parametrize(
    ("text", "prefix", "message"),
    [
        ("", None, "为空"),
        ("H4104030001", None, "加 11 位数字"),
        ("Q41040300012", None, "加 11 位数字"),
        ("H99040300012", None, "“990403”不是有效的行政区划"),
        ("P41040300012", HOSPITAL_PREFIX, "要求编码以 H 开头（定点医疗机构），现以 P 开头（定点零售药店）"),
        ("H41040300012", PHARMACY_PREFIX, "要求编码以 P 开头（定点零售药店），现以 H 开头（定点医疗机构）"),
    ],
)
def test_an_invalid_insurance_code_is_told_what_is_wrong(text, prefix, message):
    assert message in insurance_code_problem(text, prefix)


# --- phones -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "13800000000",
        "19900000000",
        "0375-1234567",
        "03751234567",
        "010-12345678",
        "021-1234567",
        "0375-1234567-801",
    ],
)
def test_mobiles_and_landlines_with_area_code_have_no_problem(text):
    assert phone_problem(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "为空"),
        ("12800000000", "11 位手机号"),
        ("1380000000", "11 位手机号"),
        ("138000000000", "11 位手机号"),
        ("1234567", "带区号"),
        ("3751234567", "丢了开头的 0"),
        ("375-1234567", "丢了开头的 0"),
        ("1.38E+10", "科学计数法"),
    ],
)
def test_an_invalid_phone_is_told_what_is_wrong(text, message):
    assert message in phone_problem(text)


# --- certificates -------------------------------------------------------------------------------------------


def test_a_certificate_of_another_length_than_most_stands_out():
    assert certificate_length_outliers(["16041000001", "", "1604100002", "16041000003"]) == {
        2: "执法证号“1604100002”有 10 位，而多数为 11 位，请对照证件核对。"
    }


@pytest.mark.parametrize("numbers", [[], [""], ["1604"], ["1604", "16045"], ["1604", "1605"]])
def test_without_a_majority_or_an_outlier_nothing_stands_out(numbers):
    assert certificate_length_outliers(numbers) == {}


def test_any_long_number_that_excel_damaged_is_named():
    assert excel_damage_problem("1.60410E+15", "执法证号").startswith("执法证号被 Excel")
    assert excel_damage_problem("16041000001", "执法证号") is None


# --- cleaning and masking -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("４１０４ＡＢｃ", "4104ABc"),
        (" \u3000仁和诊所\u00a0\n", "仁和诊所"),
        ("仁\u200b和\ufeff诊所", "仁和诊所"),
        ("仁\x00和\x01\u202e诊\x7f所", "仁和诊所"),
        ("建设路\u300012 号", "建设路 12 号"),
        ("'410403", "410403"),
        ("＇410403", "410403"),
        ("' '410403", "410403"),
        ("仁和诊所（东院）", "仁和诊所（东院）"),
        ("N'Ko", "N'Ko"),
        ("", ""),
    ],
)
def test_cells_are_cleaned_without_changing_their_meaning(text, cleaned):
    assert normalise(text) == cleaned


def test_codes_lose_inner_spaces_and_are_written_in_capitals():
    assert normalise_code(" 1101 0519491231\u3000002ｘ ") == STANDARD_ID


@derandomized
@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("mask", "text", "masked"),
    [
        (mask_id_number, "410403199001011234", "4104**********1234"),
        (mask_id_number, "41040312", "********"),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "0375-1234567", "037*****4567"),
        (mask_phone, "1234567", "*******"),
        (mask_phone, "", ""),
    ],
)
def test_masks_keep_the_ends_and_nothing_of_a_short_text(mask, text, masked):
    assert mask(text) == masked
