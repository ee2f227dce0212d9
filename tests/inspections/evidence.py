"""Evidence files built with the lottery as the application builds them: sealed, held, substituted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inspections import lottery
from inspections.lottery import FacilityRow, InspectorRow, RecusalRow, Rules

SEALED_AT = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
SECRET = "0123456789abcdef" * 4
WITNESSES = [
    ("纪检监察", "见证甲", "4 2 6 6 1 3 5 5 2 1"),
    ("政策法规", "见证乙", "骰子掷得三五一六二四四一三二六五"),
]
RULES = Rules(
    {"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 300}, floor_bp=2000, team_size=2, qualification="药学"
)
SOURCE = "2026年3月2日上证综指收盘点位"


def at(minutes):
    return lottery.timestamp(SEALED_AT + timedelta(minutes=minutes))


def facilities():
    grades = ["A"] * 12 + ["B"] * 11 + ["C"] * 7 + ["D"] * 3 + ["NONE"] * 5
    kept_out = {
        2: "drawn_this_year",
        14: "agreement_ended",
        30: "drawn_this_year",
        31: "joint_plan",
        32: "joint_plan",
    }
    return [FacilityRow(f"H{n:04d}", grade, kept_out.get(n, "in")) for n, grade in enumerate(grades)]


def inspectors():
    tags = {1: ["药学"], 2: ["药学", "财务"], 5: ["临床"], 6: ["药学"]}
    return [InspectorRow.of(f"Z{n:02d}", tags.get(n, []), "leave" if n == 6 else "in") for n in range(7)]


def recused_at(facility):
    return f"Z0{int(facility[1:]) % 6}"


@dataclass
class Case:
    """What a draw is made from; the usual case has every grade, a pool that runs dry and recusals everywhere."""

    facilities: list = field(default_factory=facilities)
    inspectors: list = field(default_factory=inspectors)
    recusals: list = field(
        default_factory=lambda: [RecusalRow(f.code, recused_at(f.code)) for f in facilities()]
    )
    rules: Rules = RULES
    public_source: str | None = SOURCE

    def seal(self):
        return lottery.build_seal(
            number="示抽〔2026〕3号",
            bureau="990100",
            year=2026,
            task="示抽查〔2026〕3号",
            round=1,
            sealed_at=SEALED_AT,
            rules=self.rules,
            facilities=self.facilities,
            inspectors=self.inspectors,
            recusals=self.recusals,
            commitment=lottery.commitment(SECRET),
            public_source=self.public_source,
            previous="9" * 64,
        )

    def unheld(self):
        """Evidence as it stands when the witnesses have spoken and nothing is drawn yet."""
        seal = self.seal()
        return {
            "seal": seal,
            "seal_digest": lottery.digest(lottery.canonical(seal)),
            "facility_roster": [list(row) for row in lottery.facility_roster(self.facilities)],
            "inspector_roster": [list(row) for row in lottery.inspector_roster(self.inspectors)],
            "recusals": [list(row) for row in lottery.recusal_roster(self.recusals)],
            "secret": SECRET,
            "contributions": [
                {"role": role, "name": name, "text": text, "at": at(10 + n)}
                for n, (role, name, text) in enumerate(WITNESSES)
            ],
            "public_value": "3388.06" if self.public_source else None,
            "held_at": None,
            "seed": None,
            "winners": [],
            "teams": [],
            "assignment": "drawn",
            "substitutions": [],
            "void": None,
        }

    def held(self):
        evidence = self.unheld()
        texts = [entry["text"] for entry in evidence["contributions"]]
        seed = lottery.seed_of(evidence["seal_digest"], SECRET, texts, evidence["public_value"])
        quotas = lottery.quotas_of(lottery.tally(self.facilities), self.rules)
        winners = lottery.draw_facilities(seed, self.facilities, quotas)
        teams = lottery.deal_teams(
            seed,
            [winner.code for winner in winners],
            self.inspectors,
            self.recusals,
            team_size=self.rules.team_size,
            qualification=self.rules.qualification,
        )
        return evidence | {
            "held_at": at(30),
            "seed": seed,
            "winners": [winner._asdict() for winner in winners],
            "teams": [team.as_evidence() for team in teams],
        }

    def substitute(self, evidence, team, place, borrow="990200:K07"):
        """Replace whoever holds the place now; where nobody is eligible, another bureau lends somebody."""
        now = members_now(evidence)
        facility = evidence["teams"][team]["facility"]
        out = now[facility][place]
        gone = [entry["out"] for entry in evidence["substitutions"] if entry["facility"] == facility]
        card = lottery.next_substitute(
            seed=evidence["seed"],
            inspectors=self.inspectors,
            recusals=self.recusals,
            facility=facility,
            team=now[facility],
            replaced=[*gone, out],
            visits_held=lottery.visits_held(now.values()),
            place=place,
            qualification=self.rules.qualification,
        ) or lottery.Card(0, "", borrow)
        evidence["substitutions"].append(
            {
                "facility": facility,
                "out": out,
                "in": card.inspector,
                "reason": "工作冲突",
                "visit": card.visit,
                "card": card.card,
                "approved_at": at(60 + len(evidence["substitutions"])),
            }
        )
        return evidence


def members_now(evidence):
    """Every team's members by facility, with the substitutions so far."""
    now = {row["facility"]: [member["inspector"] for member in row["members"]] for row in evidence["teams"]}
    for entry in evidence["substitutions"]:
        members = now[entry["facility"]]
        members[members.index(entry["out"])] = entry["in"]
    return now


def complete():
    """A held draw with a top-up, substitutions in several places and one borrowed inspector."""
    case = Case()
    evidence = case.held()
    for team, place in [(0, 1), (3, 1), (0, 1), (1, 0), (1, 0)]:
        case.substitute(evidence, team, place)
    return evidence
