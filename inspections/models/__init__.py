from inspections.models.approvals import Approval, ApprovalOutcome, ApprovalSubject
from inspections.models.clues import Clue, ClueSource, ClueWay
from inspections.models.documents import Document, DocumentKind
from inspections.models.draw_jobs import DrawJob, DrawJobKind, DrawJobState
from inspections.models.draws import Contribution, Draw, RosterFacility, RosterInspector, RosterRecusal
from inspections.models.joint import AssistedEntry, AssistedList, PartnerInspector, PartnerResult
from inspections.models.plans import (
    WRITTEN,
    AnnualPlan,
    Assignment,
    JointKind,
    PlanTask,
    SavedScope,
    WinnersShown,
)
from inspections.models.records import (
    Answer,
    Attachment,
    InspectionRecord,
    Noncooperation,
    RecordAnswer,
    Signature,
    SignerRole,
)
from inspections.models.reports import HandlingCode, InspectionReport, ResultCode
from inspections.models.visits import (
    ORIGINS,
    Loan,
    Substitution,
    SubstitutionReason,
    TeamMember,
    Visit,
)

__all__ = [
    "ORIGINS",
    "WRITTEN",
    "AssistedEntry",
    "AssistedList",
    "Clue",
    "ClueSource",
    "ClueWay",
    "PartnerInspector",
    "PartnerResult",
    "SavedScope",
    "WinnersShown",
    "AnnualPlan",
    "Answer",
    "Approval",
    "ApprovalOutcome",
    "ApprovalSubject",
    "Assignment",
    "Attachment",
    "Contribution",
    "Document",
    "DocumentKind",
    "Draw",
    "DrawJob",
    "DrawJobKind",
    "DrawJobState",
    "HandlingCode",
    "InspectionRecord",
    "InspectionReport",
    "JointKind",
    "Loan",
    "Noncooperation",
    "PlanTask",
    "RecordAnswer",
    "ResultCode",
    "RosterFacility",
    "RosterInspector",
    "RosterRecusal",
    "Signature",
    "SignerRole",
    "Substitution",
    "SubstitutionReason",
    "TeamMember",
    "Visit",
]
