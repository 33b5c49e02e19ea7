from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import event

from app.classification.models import ClassificationRow
from app.clock import Clock
from app.database import Database, transaction
from app.registry import use

LEADS = "/api/v1/leads"


async def listed(client, **query):
    answer = await client.get(LEADS, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(client, **query):
    return [item["id"] for item in (await listed(client, **query))["items"]]


def acting_for(client, token):
    client.headers["Authorization"] = f"Bearer {token}"
    return client


async def test_a_list_item_says_everything_a_reader_needs(api, team, add_lead, add_interview, add_assignment):
    lead_id = await add_lead(
        owner_id=team.ana.user_id, stage="qualified", temperature="HOT", risk="LOW", score=82, language="pt", unread=2
    )
    await add_interview(lead_id, "completed", budget="2000 EUR", people=2)
    await add_assignment(lead_id, team.ana)
    found = await listed(api)
    now = use(Clock).now()
    made = (now + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    at = now.isoformat().replace("+00:00", "Z")
    assert found == {
        "items": [
            {
                "id": lead_id,
                "name": "Lia Prado",
                "stage": "qualified",
                "temperature": "HOT",
                "risk": "LOW",
                "score": 82,
                "owner": {"id": team.ana.user_id, "name": "Ana Ribeiro"},
                "automation": "agent",
                "language": "pt",
                "source": "whatsapp",
                "identities": [
                    {"kind": "phone", "value": "15550100110001"},
                    {"kind": "lid", "value": "9000000001"},
                ],
                "qualification": {
                    "status": "completed",
                    "outcome": "completed",
                    "started_at": at,
                    "completed_at": at,
                    "facts": {"budget": "2000 EUR", "people": 2},
                },
                "assignment": {
                    "consultant": "Ana Ribeiro",
                    "consultant_id": team.ana.user_id,
                    "assigned_at": at,
                    "reason": "fair_share",
                },
                "unread": 2,
                "version": 1,
                "created_at": made,
                "updated_at": made,
            }
        ],
        "next": None,
    }


async def test_a_fresh_lead_has_neither_owner_nor_interview_nor_assignment(api, add_lead):
    await add_lead()
    [item] = (await listed(api))["items"]
    assert (item["owner"], item["qualification"], item["assignment"], item["temperature"]) == (None,) * 4


async def test_an_interview_that_goes_on_has_no_outcome_and_the_newest_one_counts(api, add_lead, add_interview):
    lead_id = await add_lead()
    await add_interview(lead_id, "abandoned", budget="old")
    await add_interview(lead_id, "active", budget="new")
    [item] = (await listed(api))["items"]
    assert item["qualification"]["outcome"] is None
    assert item["qualification"]["facts"] == {"budget": "new"}


async def test_a_released_assignment_is_no_assignment(api, team, add_lead, add_assignment):
    lead_id = await add_lead()
    await add_assignment(lead_id, team.bruno, released=True)
    assert (await listed(api))["items"][0]["assignment"] is None
    await add_assignment(lead_id, team.ana)
    assert (await listed(api))["items"][0]["assignment"]["consultant"] == "Ana Ribeiro"


async def test_pages_follow_each_other_newest_first_without_gap_or_repetition(api, add_lead):
    made = [await add_lead(f"Lead {number}") for number in range(7)]
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = await listed(api, limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert seen == made[::-1]
    assert pages == 3


async def test_leads_of_the_same_instant_are_split_between_pages_without_loss(api, add_lead, clock):
    made = [await add_lead(f"Lead {number}") for number in range(4)]
    async with transaction() as db:
        await db.execute(sa.text("update lead set created_at = :now"), {"now": clock.now()})
    first = await listed(api, limit=2)
    rest = await ids(api, limit=2, cursor=first["next"])
    assert [item["id"] for item in first["items"]] + rest == made[::-1]


async def test_a_lead_that_arrives_between_two_pages_disturbs_neither(api, add_lead):
    made = [await add_lead(f"Lead {number}") for number in range(4)]
    first = await listed(api, limit=2)
    await add_lead("Late")
    assert await ids(api, limit=2, cursor=first["next"]) == [made[1], made[0]]


async def test_an_exact_last_page_says_that_it_is_the_last(api, add_lead):
    for number in range(2):
        await add_lead(f"Lead {number}")
    assert (await listed(api, limit=2))["next"] is None
    assert (await listed(api, limit=1))["next"] is not None


async def test_filters_narrow_the_list_and_combine(api, team, add_lead, clock):
    hot = await add_lead(stage="working", temperature="HOT", owner_id=team.ana.user_id)
    cold = await add_lead(stage="working", temperature="COLD")
    new = await add_lead()
    assert await ids(api, stage="working") == [cold, hot]
    assert await ids(api, temperature="HOT") == [hot]
    assert await ids(api, stage="working", temperature="COLD") == [cold]
    assert await ids(api, owner=team.ana.user_id) == [hot]
    assert await ids(api, owner="none") == [new, cold]
    assert await ids(api, created_after=(clock.now() + timedelta(minutes=2)).isoformat()) == [new]


SEARCHES = [
    ("joao", True),
    ("JOÃO", True),
    ("joão sil", True),
    ("sil joa", True),
    ("ilva", False),
    ("maria", False),
    ("0110001", True),
    ("+1 (555) 010-0110 001", True),
    ("0001", True),
    ("001", False),
    ("joao maria", False),
    ("'", False),
    ("& | ! ( ) :* <->", False),
    ("%", False),
    ("  ", False),
]


async def test_search_finds_words_by_their_beginning_and_numbers_by_their_end(api, add_lead):
    lead_id = await add_lead("João da Silva")
    for q, found in SEARCHES:
        assert await ids(api, q=q) == ([lead_id] if found else []), q


async def test_the_search_can_use_the_index_of_words(api, add_lead):
    await add_lead()
    statements = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    engine = use(Database).engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await ids(api, q="lia")
    event.remove(engine, "before_cursor_execute", note)
    assert any("to_tsvector('simple', lead.search) @@ to_tsquery('simple'," in one for one in statements)


async def test_a_page_costs_the_same_few_statements_however_many_leads_it_has(
    api, team, add_lead, add_interview, add_assignment
):
    counts = [0]
    await listed(api)

    def count(*_):
        counts[-1] += 1

    event.listen(use(Database).engine.sync_engine, "before_cursor_execute", count)
    for more in (1, 6):
        for _ in range(more):
            lead_id = await add_lead(owner_id=team.ana.user_id)
            await add_interview(lead_id)
            await add_assignment(lead_id, team.ana)
        counts.append(0)
        await listed(api)
        counts.append(0)
    event.remove(use(Database).engine.sync_engine, "before_cursor_execute", count)
    assert counts[1] == counts[3] > 0


async def test_consultants_are_shown_their_own_and_unowned_leads_alone(api, tokens, team, add_lead, add_message):
    own = await add_lead(owner_id=team.ana.user_id)
    free = await add_lead()
    others = await add_lead(owner_id=team.bruno.user_id)
    assert await ids(api) == [others, free, own]
    acting_for(api, tokens.ana)
    assert await ids(api) == [free, own]
    assert await ids(api, owner=team.bruno.user_id) == []
    assert (await api.get(f"{LEADS}/{others}")).status_code == 404
    assert (await api.get(f"{LEADS}/{others}/messages")).status_code == 404
    move = {"stage": "won", "version": 1}
    assert (await api.post(f"{LEADS}/{others}/stage", json=move)).status_code == 404


async def test_a_lead_comes_with_its_newest_classification(api, add_lead, clock):
    lead_id = await add_lead()
    assert (await api.get(f"{LEADS}/{lead_id}")).json()["classification"] is None
    reasons = [{"factor": "budget", "points": 25, "text": "Knows the budget"}]
    for temperature, score in (("COLD", 10), ("HOT", 80)):
        row = ClassificationRow(
            lead_id=lead_id,
            temperature=temperature,
            risk="LOW",
            score=score,
            confidence=0.8,
            reasons=reasons,
            method="rules",
            made_at=clock.now(),
        )
        async with transaction() as db:
            db.add(row)
    told = (await api.get(f"{LEADS}/{lead_id}")).json()["classification"]
    assert (told["temperature"], told["score"], told["method"]) == ("HOT", 80, "rules")
    assert told["reasons"] == [{"factor": "budget", "points": 25.0, "text": "Knows the budget"}]


async def test_messages_come_newest_first_in_pages(api, team, add_lead, add_message, clock):
    lead_id = await add_lead()
    await add_message(await add_lead(), "of somebody else")
    made = [await add_message(lead_id, f"message {number}") for number in range(3)]
    clock.move(seconds=1)
    made.append(
        await add_message(
            lead_id, "from Ana", direction="out", author="human", author_id=team.ana.user_id, status="delivered"
        )
    )
    page = (await api.get(f"{LEADS}/{lead_id}/messages", params={"limit": 2})).json()
    assert [item["id"] for item in page["items"]] == [made[3], made[2]]
    newest = page["items"][0]
    assert (newest["author_name"], newest["status"], newest["text"], newest["direction"]) == (
        "Ana Ribeiro",
        "delivered",
        "from Ana",
        "out",
    )
    rest = await api.get(f"{LEADS}/{lead_id}/messages", params={"limit": 2, "cursor": page["next"]})
    assert [item["id"] for item in rest.json()["items"]] == [made[1], made[0]]
    assert rest.json()["next"] is None


async def test_what_the_lead_took_back_is_told_without_its_words(api, add_lead, add_message, clock):
    lead_id = await add_lead()
    taken_back = await add_message(lead_id, "forget this", revoked_at=clock.now())

    (item,) = (await api.get(f"{LEADS}/{lead_id}/messages")).json()["items"]

    assert (item["id"], item["text"]) == (taken_back, "")


async def test_a_lead_is_added_by_its_number_and_found_by_it(api):
    added = await api.post(
        LEADS, json={"phone": "+1 555 010 0110", "name": " Lia ", "source": "form", "language": "en"}
    )
    assert added.status_code == 201, added.text
    lead = added.json()
    assert (lead["name"], lead["source"], lead["stage"], lead["language"]) == ("Lia", "form", "new", "en")
    assert lead["identities"] == [{"kind": "phone", "value": "15550100110"}]
    assert await ids(api, q="0110") == await ids(api, q="lia") == [lead["id"]]


async def test_a_known_number_answers_with_the_lead_it_belongs_to(api):
    first = await api.post(LEADS, json={"phone": "+1 555 010 0110", "name": "Lia"})
    again = await api.post(LEADS, json={"phone": "1 (555) 010-0110", "name": "Somebody"})
    assert again.json() == first.json()
    assert len(await ids(api)) == 1


UNUSABLE_LEADS = [
    {},
    {"phone": ""},
    {"phone": "no number"},
    {"phone": "+1"},
    {"phone": "+1 555 010 0110", "name": "x" * 201},
    {"phone": "+1 555 010 0110", "name": "nul \x00 byte"},
    {"phone": "+1 555 010 0110", "source": "whatsapp"},
    {"phone": "+1 555 010 0110", "language": "de"},
    {"phone": "+1 555 010 0110", "stage": "won"},
    ["+1 555 010 0110"],
    "+1 555 010 0110",
]


async def test_a_lead_that_makes_no_sense_is_refused(api):
    for body in UNUSABLE_LEADS:
        refused = await api.post(LEADS, json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid"), body
    assert await ids(api) == []


async def test_a_body_that_is_no_json_is_refused_in_the_same_words(api):
    refused = await api.post(LEADS, content=b'{"phone": ', headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid")


async def test_a_lead_is_moved_with_the_version_that_was_read(api, add_lead):
    lead_id = await add_lead()
    moved = await api.post(f"{LEADS}/{lead_id}/stage", json={"stage": "working", "version": 1})
    assert moved.status_code == 200, moved.text
    assert (moved.json()["stage"], moved.json()["version"]) == ("working", 2)


async def test_a_move_on_an_outdated_version_is_refused_and_changes_nothing(api, add_lead):
    lead_id = await add_lead()
    await api.post(f"{LEADS}/{lead_id}/stage", json={"stage": "working", "version": 1})
    stale = await api.post(f"{LEADS}/{lead_id}/stage", json={"stage": "lost", "version": 1})
    assert stale.status_code == 409
    assert stale.json()["error"]["code"] == "stale"
    assert (await api.get(f"{LEADS}/{lead_id}")).json()["stage"] == "working"


async def test_a_lead_that_is_not_there_is_said_plainly(api):
    for path in ("", "/messages"):
        for lead_id, status in (("4711", 404), ("0", 422), (str(2**63), 422), ("x", 422)):
            answer = await api.get(f"{LEADS}/{lead_id}{path}")
            assert (answer.status_code, set(answer.json())) == (status, {"error"}), (path, lead_id)


UNUSABLE_QUESTIONS = [
    {"limit": 0},
    {"limit": 201},
    {"stage": "nowhere"},
    {"temperature": "hot"},
    {"owner": "nobody"},
    {"owner": 2**63},
    {"cursor": "made up"},
    {"cursor": "x" * 65},
    {"created_after": "yesterday"},
    {"created_after": "0.3333333333333333"},
    {"created_after": "1795420800"},
    {"created_after": "2026-11-23T09:00:00"},
    {"created_after": "0001-01-01T00:00:00+14:00"},
    {"q": "nul \x00 byte"},
    {"q": "x" * 201},
    {"colour": "red"},
]


async def test_a_question_that_makes_no_sense_is_refused(api):
    for query in UNUSABLE_QUESTIONS:
        refused = await api.get(LEADS, params=query)
        assert refused.status_code == 422, query
        assert refused.json()["error"]["message"]
