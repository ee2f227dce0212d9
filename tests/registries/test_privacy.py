import pytest

from registries.privacy import names_in, numbers_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("证件41040319800101003X", ["身份证号“41040319800101003X”"]),
        ("证件４１０４０３１９８００１０１００３ｘ", ["身份证号“41040319800101003x”"]),
        ("证件410403 19800101 0030", ["身份证号“410403 19800101 0030”"]),
        ("拨打138-0000-0001", ["手机号码“138-0000-0001”"]),
        ("拨打0375-2220000", ["电话号码“0375-2220000”"]),
        ("联系电话：2220000", ["电话号码“电话：2220000”"]),
        ("13800000001和13800000002", ["手机号码“13800000001”", "手机号码“13800000002”"]),
        ("违规金额1380000元，涉及2026年3月的1200人次", []),
        ("", []),
    ],
)
def test_a_persons_numbers_are_found_once_with_their_kind(text, found):
    assert numbers_in(text) == found


def test_names_are_found_but_not_inside_the_facilitys_own_name():
    names = {"李四", "王五", "赵"}
    assert names_in("李四诊所的王五和赵医生", names, facility_name="李四诊所") == ["人员姓名“王五”"]
    assert names_in("李四诊所的李四", names, facility_name="李四诊所") == ["人员姓名“李四”"]
