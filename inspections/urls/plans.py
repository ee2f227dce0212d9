from django.urls import path

from inspections.views import plans as views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("plans/new/", views.create, name="plan_create"),
    path("plans/<int:pk>/", views.plan, name="plan"),
    path("plans/<int:pk>/amend/", views.amend, name="plan_amend"),
    path("plans/<int:pk>/submit/", views.submit, name="plan_submit"),
    path("plans/<int:pk>/publish/", views.publish, name="plan_publish"),
    path("plans/<int:pk>/adjust/", views.adjust, name="plan_adjust"),
    path("plans/<int:pk>/discard/", views.discard, name="plan_discard"),
    path("plans/<int:pk>/tasks/new/", views.create_task, name="task_create"),
    path("tasks/<int:pk>/amend/", views.amend_task, name="task_amend"),
    path("tasks/<int:pk>/remove/", views.remove_task, name="task_remove"),
]
