#!/bin/sh
# Entry point of the stand-in for the image of Postgres: as much of the real one as docker-compose.yml asks for.
set -eu
[ "${POSTGRES_HOST_AUTH_METHOD:-}" = trust ] || { echo 'this stand-in knows POSTGRES_HOST_AUTH_METHOD=trust only' >&2; exit 1; }
data=/var/lib/postgresql/standin/data
if [ ! -e "$data/PG_VERSION" ]; then
  mkdir -p "$data"
  /opt/postgres/bin/initdb --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync --no-instructions
  echo 'host all all all trust' >> "$data/pg_hba.conf"
  echo "create database \"$POSTGRES_DB\"" | /opt/postgres/bin/postgres --single -D "$data" postgres
fi
exec /opt/postgres/bin/postgres -D "$data" -h '*' -k /run/postgresql
