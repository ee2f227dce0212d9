from django.urls import path

from inspections.views import ceremony, draw_jobs, draws

urlpatterns = [
    path("draws/", draws.draws, name="draws"),
    path("tasks/<int:task_pk>/draw/", draws.draw_new, name="draw_new"),
    path("tasks/<int:task_pk>/seal/", draws.draw_seal, name="draw_seal"),
    path("draws/<int:pk>/", draws.draw, name="draw"),
    path("draws/<int:pk>/roster/", draws.draw_roster, name="draw_roster"),
    path("draws/<int:pk>/evidence/", draws.draw_evidence, name="draw_evidence"),
    path("draws/<int:pk>/void/", draws.draw_void, name="draw_void"),
    path("draws/<int:pk>/ceremony/", ceremony.ceremony, name="ceremony"),
    path("draws/<int:pk>/ceremony/state/", ceremony.ceremony_state, name="ceremony_state"),
    path("draws/<int:pk>/contribute/", ceremony.draw_contribute, name="draw_contribute"),
    path("draws/<int:pk>/announce/", ceremony.draw_announce, name="draw_announce"),
    path("draws/<int:pk>/hold/", ceremony.draw_hold, name="draw_hold"),
    path("draw-jobs/<int:pk>/", draw_jobs.draw_job, name="draw_job"),
    path("draw-jobs/<int:pk>/progress/", draw_jobs.draw_job_progress, name="draw_job_progress"),
    path("draw-jobs/<int:pk>/restart/", draw_jobs.draw_job_restart, name="draw_job_restart"),
]
