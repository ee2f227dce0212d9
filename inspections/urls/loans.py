from django.urls import path

from inspections.views import loans

urlpatterns = [
    path("substitutions/<int:pk>/loan/", loans.loan_ask, name="loan_ask"),
    path("loans/<int:pk>/", loans.loan, name="loan"),
    path("loans/<int:pk>/lend/", loans.loan_lend, name="loan_lend"),
    path("loans/<int:pk>/decline/", loans.loan_decline, name="loan_decline"),
]
