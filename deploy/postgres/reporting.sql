-- What managers' tables read. Run after each migration, as the owner of the data; running it again changes nothing.
-- `grafana_reader` sees these views and no table: no phone number, no message, no secret is within its reach.
begin;

create schema if not exists reporting;

drop view if exists reporting.consultant_week;
create view reporting.consultant_week as
select
    member.name as consultant,
    count(given.id) filter (where given.assigned_at > now() - interval '7 days') as leads_7d,
    count(given.id) filter (where given.assigned_at > now() - interval '24 hours') as leads_24h,
    count(given.id) filter (where given.released_at is null and lead.stage not in ('won', 'lost')) as open_leads,
    (
        select count(distinct won.lead_id)
        from stage_change won
        join lead theirs on theirs.id = won.lead_id and theirs.owner_id = member.id
        where won.after = 'won' and won.at > now() - interval '7 days'
    ) as won_7d,
    percentile_cont(0.5) within group (
        order by extract(epoch from given.first_contact_at - given.assigned_at) / 60.0
    ) filter (where given.assigned_at > now() - interval '7 days') as median_response_minutes
from team_user member
left join assignment given on given.consultant_id = member.id
left join lead on lead.id = given.lead_id
where member.role = 'consultant' and member.active
group by member.id, member.name;

drop view if exists reporting.lead_journey;
create view reporting.lead_journey as
select
    lead.id as lead_id,
    lead.source,
    lead.stage,
    lead.temperature,
    lead.created_at,
    extract(epoch from lead.first_contact_at - lead.first_inbound_at) as first_contact_seconds,
    extract(epoch from lead.qualified_at - lead.first_inbound_at) / 60.0 as minutes_to_qualified,
    extract(epoch from given.assigned_at - lead.qualified_at) as assignment_seconds,
    extract(epoch from given.first_contact_at - given.assigned_at) / 60.0 as minutes_to_consultant
from lead
left join assignment given on given.lead_id = lead.id and given.released_at is null;

grant usage on schema reporting to grafana_reader;
grant select on all tables in schema reporting to grafana_reader;

commit;
