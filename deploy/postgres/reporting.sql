-- What `grafana_reader` may read: the views of the schema `reporting` and no table, so that no phone number, no
-- message and no secret is within its reach. The migrations make the views; this gives them away. Run after each
-- migration, as the owner of the data; running it again changes nothing.
begin;

grant usage on schema reporting to grafana_reader;
grant select on all tables in schema reporting to grafana_reader;

commit;
