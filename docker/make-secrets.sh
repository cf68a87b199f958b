#!/bin/sh
# Makes the secrets that docker-compose.yml hands to its services, once: what is there stays as it is.
# The folder is closed to others; its files are readable, because Compose mounts them with their own mode and the
# services run as other users.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
chmod 700 secrets

# 32 random bytes, in base64
random() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
# the same with letters and digits only: nothing that a URL or an XML file would have to escape
word() { random | tr -dc 'A-Za-z0-9' | head -c 40; }
keep() {
  if [ ! -s "secrets/$1" ]; then
    printf '%s' "$2" >"secrets/$1.new"
    chmod 444 "secrets/$1.new"
    mv "secrets/$1.new" "secrets/$1"
    echo "made secrets/$1"
  fi
}

keep postgres_password "$(word)"
keep database_url "postgresql://offhook:$(cat secrets/postgres_password)@postgres:5432/offhook"
keep esl_password "$(word)"
keep offhook_secret_key "$(random)"
