"""Erasing a lead over REST."""

LEADS = "/api/v1/leads"


async def test_a_manager_erases_a_lead_for_good(api, add_lead):
    lead_id = await add_lead()
    assert (await api.delete(f"{LEADS}/{lead_id}")).status_code == 204
    assert (await api.get(f"{LEADS}/{lead_id}")).status_code == 404
    assert (await api.delete(f"{LEADS}/{lead_id}")).status_code == 404


async def test_reading_tokens_and_consultants_erase_nobody(api, add_lead, tokens, team):
    mine, hidden = await add_lead(owner_id=team.ana.user_id), await add_lead(owner_id=team.bruno.user_id)
    for token, lead_id, status in (
        (tokens.mara_reads, mine, 403),
        (tokens.ana, mine, 403),
        (tokens.ana, hidden, 404),
        ("lq_no-such-token", mine, 401),
    ):
        refused = await api.delete(f"{LEADS}/{lead_id}", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == status, (token[:4], status)
    assert (await api.get(f"{LEADS}/{mine}")).status_code == 200
