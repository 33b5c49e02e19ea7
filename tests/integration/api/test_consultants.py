from app.team.service import MemberChange, change_member


async def test_the_consultants_are_listed_by_name_with_whether_they_are_on_duty(api, team):
    await change_member(team.mara, team.bruno.user_id, MemberChange(on_duty=False))
    answer = await api.get("/api/v1/consultants")
    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {"id": team.ana.user_id, "name": "Ana Ribeiro", "on_duty": True},
            {"id": team.bruno.user_id, "name": "Bruno Costa", "on_duty": False},
        ]
    }


async def test_who_has_left_is_no_longer_a_consultant(api, team):
    await change_member(team.mara, team.bruno.user_id, MemberChange(active=False))
    assert [one["name"] for one in (await api.get("/api/v1/consultants")).json()["items"]] == ["Ana Ribeiro"]
