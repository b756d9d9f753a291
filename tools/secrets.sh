#!/bin/sh
# Makes the secrets that compose.yaml mounts, once; what is there stays. The folder is its owner's alone; the files in it
# are readable, because a container that runs as nobody in particular has to read what is mounted.
set -eu
cd "$(dirname "$0")/.."

new_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
# later than the others: an installation from before gets it, too
[ ! -d secrets ] || [ -e secrets/report_token ] || new_secret > secrets/report_token
[ -e secrets/service.env ] && { echo "secrets: already made"; exit 0; }
mkdir -p secrets
chmod 700 secrets
echo '*' > secrets/.gitignore

database() { echo "SIGNING_DATABASE_URL=postgresql+psycopg://$1:$2@postgres/signing"; }
credentials() { printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$1" "$2"; }

new_secret > secrets/report_token
password=$(new_secret)
portal_password=$(new_secret)
s3_secret=$(new_secret)
portal_s3_secret=$(new_secret)

printf %s "$password" > secrets/postgres_password
printf %s "$portal_password" > secrets/portal_postgres_password
credentials service "$s3_secret" > secrets/s3_credentials
credentials portal "$portal_s3_secret" > secrets/portal_s3_credentials
cat > secrets/s3_identities.json <<JSON
{
  "identities": [
    {
      "name": "service",
      "credentials": [{"accessKey": "service", "secretKey": "$s3_secret"}],
      "actions": ["Read:documents", "Write:documents", "List:documents"]
    },
    {
      "name": "portal",
      "credentials": [{"accessKey": "portal", "secretKey": "$portal_s3_secret"}],
      "actions": ["Read:documents"]
    }
  ]
}
JSON
database portal "$portal_password" > secrets/portal.env
database signing "$password" > secrets/service.env
echo "secrets: made in secrets/, which git ignores"
