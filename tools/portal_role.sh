# Read by the PostgreSQL image when it makes the database: the portal's role, which can read and nothing else.
psql --quiet --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/portal_postgres_password)" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE portal LOGIN PASSWORD :'password';
ALTER ROLE portal SET default_transaction_read_only = on;
GRANT USAGE ON SCHEMA public TO portal;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portal;
SQL
