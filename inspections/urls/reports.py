from django.urls import path

from inspections.views import reports

urlpatterns = [path("visits/<int:pk>/report/", reports.report, name="report")]
