"""Scopes that a bureau keeps under names for later tasks (C1, 000§8)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from inspections import plans, scopes
from inspections.models import PlanTask, SavedScope
from inspections.plan_versions import scope as in_words
from registries import tags, trail
from registries.models import FacilityTag
from tests.cast import refused
from tests.factories import NOW, make_facility, make_task
from tests.inspections.planning import drafted

DIRECTED = {
    "kinds": ["clinic", "pharmacy"],
    "levels": ["1a", "none"],
    "ownerships": ["individual"],
    "regions": ["建设路街道"],
    "grades": ["C", "D"],
}


def at(name, *args):
    return reverse(f"inspections:{name}", args=args)


@pytest.fixture
def tag(county):
    return FacilityTag.objects.create(bureau=county, name="数据异常")


@pytest.fixture
def task(county, drafter, tag):
    task = make_task(county, drafter, **DIRECTED)
    task.tags.add(tag)
    return task


@pytest.fixture
def saved(task, drafter):
    return scopes.save(task, "异常的城区药店", by=drafter, now=NOW)


def test_every_criterion_of_a_task_is_kept(saved, tag, county, drafter):
    assert scopes.taken_up(saved) == DIRECTED | {"tags": [tag]}
    assert (saved.bureau, saved.saved_by, saved.saved_at) == (county, drafter, NOW)


def test_a_kept_scope_reads_as_the_task_does(saved, task):
    assert in_words(saved) == in_words(task)


def test_what_was_kept_stays_when_the_task_changes(saved, task, tag):
    task.grades = ["A"]
    task.save()
    task.tags.clear()
    again = SavedScope.objects.get()
    assert (again.grades, list(again.tags.all())) == (["C", "D"], [tag])


def test_keeping_renaming_and_deleting_are_on_the_trail(saved, drafter, colleague):
    words = in_words(saved)
    scopes.rename(saved, "  重点药店 ", by=colleague, now=NOW)
    about = trail.about(saved)
    scopes.delete(SavedScope.objects.get(), by=drafter, now=NOW)
    assert [(one.event, one.actor, one.before, one.after) for one in about] == [
        ("删除抽查范围", drafter, {"抽查范围": words}, None),
        ("抽查范围改名", colleague, {"name": "异常的城区药店"}, {"name": "重点药店"}),
        ("保存抽查范围", drafter, None, {"抽查范围": words}),
    ]
    assert not SavedScope.objects.exists()


def test_an_undirected_task_has_nothing_to_keep(county, drafter):
    task = make_task(county, drafter)
    assert "没有可以保存的条件" in refused(scopes.save, task, "全部", by=drafter)


@pytest.mark.parametrize(("name", "said"), [(" ", "请填写"), ("长" * 41, "最多 40 字，现有 41 字")])
def test_a_name_is_given_and_short(saved, task, drafter, name, said):
    assert said in refused(scopes.save, task, name, by=drafter)
    assert said in refused(scopes.rename, saved, name, by=drafter)


def test_a_name_is_used_once_in_a_bureau(saved, task, drafter, neighbour, outsider):
    other = make_task(neighbour, outsider, kinds=["clinic"])
    assert scopes.save(other, saved.name, by=outsider).bureau == neighbour
    assert "本局已有名为“异常的城区药店”的范围" in refused(scopes.save, task, saved.name, by=drafter)
    second = scopes.save(task, "另一个", by=drafter)
    assert "本局已有" in refused(scopes.rename, second, saved.name, by=drafter)
    assert "没有变化" in refused(scopes.rename, second, "另一个", by=drafter)


def test_who_deletes_twice_is_told(saved, drafter):
    SavedScope.objects.all().delete()
    assert "刚刚被别人删除" in refused(scopes.delete, saved, by=drafter)


@pytest.mark.parametrize("person", ["approver", "witness", "outsider", "city_staff", "auditor"])
def test_only_staff_of_the_bureau_keep_scopes(request, saved, task, person):
    user = request.getfixturevalue(person)
    for verb, *args in ((scopes.save, task, "别名"), (scopes.rename, saved, "别名"), (scopes.delete, saved)):
        with pytest.raises(PermissionDenied):
            verb(*args, by=user)


def test_a_tag_that_a_kept_scope_names_is_not_deleted_because_everybody_would_be_in_it(
    county, drafter, tag, task
):
    task.tags.clear()
    scope = SavedScope.objects.create(bureau=county, name="只按标签", saved_by=drafter)
    scope.tags.add(tag)
    assert "保存的抽查范围“只按标签”以标签“数据异常”定向" in refused(tags.delete, tag, by=drafter)


# On screen


def text(response):
    return response.content.decode()


def test_a_scope_is_kept_from_the_task_renamed_and_deleted_on_screen(signed_in, drafter, task):
    browser = signed_in(drafter)
    assert at("scopes") in text(browser.get(at("plans")))
    assert at("scope_save", task.pk) in text(browser.get(at("plan", task.plan_id)))
    assert "信用等级：C级、D级" in text(browser.get(at("scope_save", task.pk)))
    assert browser.post(at("scope_save", task.pk), {"name": "重点"}).url == at("scopes")
    scope = SavedScope.objects.get()
    assert "重点" in text(browser.get(at("scopes")))
    browser.post(at("scope_rename", scope.pk), {"name": "重点药店"})
    assert "重点药店" in text(browser.get(at("scopes")))
    assert browser.get(at("scope_delete", scope.pk)).status_code == 405
    browser.post(at("scope_delete", scope.pk))
    assert "还没有保存范围" in text(browser.get(at("scopes")))


def test_a_name_taken_already_is_told_at_the_field(signed_in, drafter, task, saved):
    answer = signed_in(drafter).post(at("scope_save", task.pk), {"name": saved.name})
    assert "本局已有名为" in answer.context["form"].errors["name"][0]


@pytest.mark.parametrize(("person", "status"), [("outsider", 404), ("city_staff", 403), ("approver", 403)])
def test_scopes_of_another_bureau_are_out_of_reach(request, signed_in, task, saved, person, status):
    browser = signed_in(request.getfixturevalue(person))
    for address in (
        at("scope_save", task.pk),
        at("scope_rename", saved.pk),
        at("scope_delete", saved.pk),
    ):
        assert browser.post(address, {"name": "别名"}).status_code == status
    assert saved.name not in text(browser.get(at("scopes")))
    assert SavedScope.objects.get().name == saved.name


def _typed(form):
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


@pytest.mark.usefixtures("saved")
def test_a_scope_fills_a_new_task_and_is_saved_with_it(signed_in, drafter, county, tag, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_facility(county, 1, region="光明路街道")
    scope = SavedScope.objects.get()
    county.plans.all().delete()
    plan = drafted(county, drafter)
    item = plan.tasks.get().items.get()
    browser, address = signed_in(drafter), f"{at('task_create', plan.pk)}?scope={scope.pk}"
    page = browser.get(address)
    assert "已按保存的范围填好" in text(page)
    form = page.context["form"]
    assert {name: form[name].value() for name in DIRECTED} == DIRECTED
    assert not PlanTask.objects.filter(kinds=["clinic", "pharmacy"]).exists()
    typed = _typed(form) | {"name": "重点检查", "items": [item.pk], "tags": [tag.pk]}
    assert browser.post(address, typed).status_code == 302
    task = PlanTask.objects.get(name="重点检查")
    assert {name: getattr(task, name) for name in DIRECTED} == DIRECTED
    assert list(task.tags.all()) == [tag]


@pytest.mark.usefixtures("saved")
def test_a_scope_taken_up_in_an_old_task_is_no_clash_with_what_stood_there(
    signed_in, drafter, colleague, county, tag, time_machine
):
    time_machine.move_to(NOW, tick=False)
    scope = SavedScope.objects.get()
    county.plans.all().delete()
    plan = drafted(county, drafter, kinds=["outpatient"], grades=["A"])
    task = plan.tasks.get()
    browser, address = signed_in(drafter), f"{at('task_amend', task.pk)}?scope={scope.pk}"
    form = browser.get(address).context["form"]
    typed = _typed(form) | {"tags": [tag.pk], "items": [one.pk for one in task.items.all()]}
    # Somebody else changes another part of the plan meanwhile.
    plans.amend(plan, {"title": "另一个标题"}, revision=plan.revision, by=colleague, now=NOW)
    answer = browser.post(address, typed)
    assert [one.label for one in answer.context["form"].clashes] == []
    assert answer.context["form"].data.getlist("grades") == ["C", "D"]


def test_a_scope_of_another_bureau_fills_nothing(signed_in, county, drafter, neighbour, outsider):
    foreign = scopes.save(make_task(neighbour, outsider, grades=["D"]), "别局的", by=outsider)
    plan = drafted(county, drafter)
    for wanted in (foreign.pk, "x", "", "9" * 30):
        page = signed_in(drafter).get(at("task_create", plan.pk), {"scope": wanted})
        assert page.context["form"]["grades"].value() == []
        assert "别局的" not in text(page)
