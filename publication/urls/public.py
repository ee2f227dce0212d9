"""The public site and its open data."""

from django.urls import path

from publication.views import (
    public,
    public_data,
    public_draws,
    public_registries,
    public_results,
    public_verification,
)

app_name = "public"

urlpatterns = [
    path("", public.home, name="home"),
    path("search/", public.search, name="search"),
    path("items/", public_registries.items, name="items"),
    path("items/<int:pk>/", public_registries.item, name="item"),
    path("plans/", public_registries.plans, name="plans"),
    path("plans/<int:pk>/", public_registries.plan, name="plan"),
    path("facilities/", public_registries.facilities, name="facilities"),
    path("facilities/<slug:code>/", public_registries.facility, name="facility"),
    path("inspectors/", public_registries.inspectors, name="inspectors"),
    path("draws/", public_draws.draws, name="draws"),
    path("draws/verify_draw.py", public_verification.verify_script, name="verify_script"),
    path("draws/<int:pk>/", public_draws.draw, name="draw"),
    path("draws/<int:pk>/seal.json", public_draws.seal, name="seal"),
    path("draws/<int:pk>/evidence.json", public_draws.evidence_file, name="evidence"),
    path("draws/<int:pk>/by-hand/", public_verification.by_hand, name="by_hand"),
    path("draws/<int:pk>/tickets.csv", public_verification.tickets, name="tickets"),
    path("results/", public_results.results, name="results"),
    path("results/<int:visit_pk>/", public_results.result, name="result"),
    path("corrections/", public_results.corrections, name="corrections"),
    path("feed.xml", public_results.feed, name="feed"),
    path("data/", public_data.data, name="data"),
    path("data/<slug:name>.<slug:kind>", public_data.download, name="data_file"),
]
