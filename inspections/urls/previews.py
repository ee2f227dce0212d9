from django.urls import path

from inspections.views import previews

urlpatterns = [
    path("tasks/<int:pk>/pool/", previews.task_pool, name="task_pool"),
    path("tasks/<int:pk>/staff/", previews.task_staff, name="task_staff"),
]
