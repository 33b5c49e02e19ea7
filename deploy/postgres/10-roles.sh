#!/bin/sh
# Run once, when the database is made: the owner of the data, and two readers who may change nothing.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set leadline="$LEADLINE_DATABASE_PASSWORD" \
    --set reader="$GRAFANA_READER_PASSWORD" \
    --set monitor="$POSTGRES_MONITOR_PASSWORD" <<'SQL'
create role leadline login password :'leadline';
create database leadline owner leadline;

create role grafana_reader login password :'reader' connection limit 3;
alter role grafana_reader set default_transaction_read_only = on;
alter role grafana_reader set statement_timeout = '10s';

create role leadline_monitor login password :'monitor' connection limit 3;
grant pg_monitor to leadline_monitor;
alter role leadline_monitor set statement_timeout = '5s';

revoke connect on database leadline from public;
grant connect on database leadline to grafana_reader, leadline_monitor;
SQL
