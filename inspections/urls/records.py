from django.urls import path

from inspections.views import records

VISIT = "visits/<int:pk>/"

urlpatterns = [
    path(f"{VISIT}start/", records.record_start, name="record_start"),
    path(f"{VISIT}record/", records.record, name="record"),
    path(f"{VISIT}record/save/", records.record_save, name="record_save"),
    path(f"{VISIT}record/close/", records.record_close, name="record_close"),
    path(f"{VISIT}record/sign/", records.record_sign, name="record_sign"),
    path(f"{VISIT}record/withdraw/", records.record_withdraw, name="record_withdraw"),
    path(f"{VISIT}record/photos/", records.record_attach, name="record_attach"),
    path(f"{VISIT}record/photos/<int:photo>/", records.attachment, name="attachment"),
    path(f"{VISIT}record/photos/<int:photo>/remove/", records.record_detach, name="record_detach"),
]
