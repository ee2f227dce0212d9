from registries.models.bureaus import Bureau, BureauLevel
from registries.models.facilities import (
    AgreementStatus,
    CreditGrade,
    Facility,
    FacilityKind,
    FacilityLevel,
    FacilityTag,
    GradeChange,
    Ownership,
)
from registries.models.imports import ImportDraft
from registries.models.items import ChecklistRow, InspectionItem, ItemCategory, ItemVersion
from registries.models.numbers import NumberSeries
from registries.models.people import Inspector, Interest, RoleGrant, User
from registries.models.trail import TrailEntry
from registries.models.workdays import HolidayDay, HolidayNotice

__all__ = [
    "AgreementStatus",
    "Bureau",
    "BureauLevel",
    "ChecklistRow",
    "CreditGrade",
    "Facility",
    "FacilityKind",
    "FacilityLevel",
    "FacilityTag",
    "GradeChange",
    "HolidayDay",
    "HolidayNotice",
    "ImportDraft",
    "InspectionItem",
    "Inspector",
    "Interest",
    "ItemCategory",
    "ItemVersion",
    "NumberSeries",
    "Ownership",
    "RoleGrant",
    "TrailEntry",
    "User",
]
