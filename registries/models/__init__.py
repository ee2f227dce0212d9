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
from registries.models.items import (
    BasisEntry,
    ChecklistRow,
    InspectionItem,
    ItemCategory,
    ItemVersion,
    LegalSource,
)
from registries.models.numbers import NumberSeries
from registries.models.people import (
    Certificate,
    Inspector,
    Interest,
    Leave,
    RoleGrant,
    Training,
    User,
)
from registries.models.trail import TrailEntry
from registries.models.workdays import HolidayDay, HolidayNotice

__all__ = [
    "AgreementStatus",
    "BasisEntry",
    "Bureau",
    "BureauLevel",
    "Certificate",
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
    "Leave",
    "LegalSource",
    "NumberSeries",
    "Ownership",
    "RoleGrant",
    "TrailEntry",
    "Training",
    "User",
]
