#!/bin/sh
# Makes what docker-compose.yml needs and nobody else may have: certificates, keys, accounts. Needs openssl, and
# htpasswd or Docker. Runs again without harm: what is there stays; the certificate is renewed when it no longer fits.
#
#   docs/deploy/prepare.sh          all of it, with the account admin
#   docs/deploy/prepare.sh NAME...  the same, and an account for each NAME
#
# A new account's password is random and printed once; ACCOUNT_PASSWORD in the environment is taken instead.

set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
secrets=$here/secrets
auth=$secrets/auth
registry=$secrets/registry

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "prepare.sh: $*"
  exit 1
}

command -v openssl >/dev/null || fail 'openssl is missing: install the package openssl.'

# the REGISTRY_HOSTNAME that docker compose takes
hostname=${REGISTRY_HOSTNAME:-$(sed -n 's/^REGISTRY_HOSTNAME=//p' "$here/../../.env" 2>/dev/null | tail -n 1)}
hostname=${hostname:-localhost}
case $hostname in
  *[!A-Za-z0-9.-]*) fail "REGISTRY_HOSTNAME is neither a host name nor an IPv4 address: $hostname" ;;
  *[!0-9.]*) names=DNS:$hostname ;;
  *) names=IP:$hostname ;;
esac
names=$names,DNS:localhost,DNS:registry,DNS:auth,IP:127.0.0.1

# nobody else on this machine gets past the outer folder; the containers' users read the inner ones, mounted alone
mkdir -p "$auth" "$registry"
chmod 700 "$secrets"

request=$(mktemp)
trap 'rm -f "$request"' EXIT
cat >"$request" <<END
[req]
prompt = no
distinguished_name = subject
[subject]
CN = $hostname
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $names
END

# ---- the authority that clients and Gantry trust
if [ ! -e "$secrets/ca.crt" ]; then
  (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$secrets/ca.key")
  openssl req -x509 -new -config "$request" -extensions authority -key "$secrets/ca.key" -sha256 -days 3650 \
    -subj "/CN=Gantry compose $(openssl rand -hex 4)" -out "$secrets/ca.crt"
fi

# ---- the certificate of registry and token server
is_ours() {
  [ "$(openssl x509 -in "$registry/tls.crt" -noout -issuer_hash)" = \
    "$(openssl x509 -in "$secrets/ca.crt" -noout -subject_hash)" ]
}
fits() {
  openssl x509 -in "$registry/tls.crt" -noout -checkend 2592000 >/dev/null &&
    openssl x509 -in "$registry/tls.crt" -noout -text | sed 's/IP Address:/IP:/g; s/, /,/g' | grep -qF " $names"
}
if [ ! -e "$registry/tls.crt" ] || { is_ours && ! fits; }; then
  [ -e "$registry/tls.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$registry/tls.key"
  openssl req -new -config "$request" -key "$registry/tls.key" |
    openssl x509 -req -CA "$secrets/ca.crt" -CAkey "$secrets/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
      -sha256 -days 825 -extfile "$request" -extensions server -out "$registry/tls.crt" 2>/dev/null
  say "made a certificate for $hostname; if the containers run: docker compose restart auth registry"
fi
cp "$registry/tls.crt" "$registry/tls.key" "$auth"

# ---- the key that tokens are signed with
if [ ! -e "$auth/token.crt" ]; then
  openssl req -x509 -newkey rsa:3072 -nodes -config "$request" -sha256 -days 3650 -subj '/CN=Gantry compose tokens' \
    -keyout "$auth/token.key" -out "$auth/token.crt" 2>/dev/null
fi
cp "$auth/token.crt" "$registry"

# ---- the key of Gantry's session cookies
[ -s "$secrets/session_secret" ] || openssl rand -base64 48 >"$secrets/session_secret"

# ---- the accounts
config=$auth/auth_config.yml
[ -e "$config" ] || cp "$here/auth_config.yml" "$config"

# the password comes on standard input: a process list shows arguments
bcrypt() {
  if command -v htpasswd >/dev/null; then
    htpasswd -niBC 10 "$1"
  elif command -v docker >/dev/null; then
    docker run --rm --interactive --network none httpd:2-alpine htpasswd -niBC 10 "$1"
  else
    fail 'htpasswd is missing: install apache2-utils (Debian), httpd-tools (Fedora) or Docker.'
  fi
}

add_account() {
  case $1 in
    '' | *[!a-z0-9._-]*) fail "an account's name is made of a-z, 0-9, dot, dash and underscore, not: $1" ;;
  esac
  if grep -qF "  \"$1\":" "$config"; then return; fi
  password=${ACCOUNT_PASSWORD:-$(openssl rand -base64 18)}
  hash=$(printf '%s\n' "$password" | bcrypt "$1")
  hash=${hash#*:}
  case $hash in
    "\$2"*) ;;
    *) fail "htpasswd made no bcrypt hash for $1" ;;
  esac
  printf '  "%s": {password: "%s"}\n' "$1" "$hash" >>"$config"
  if [ -n "${ACCOUNT_PASSWORD:-}" ]; then
    say "added the account $1"
  else
    say "added the account $1, password $password (shown this once)"
  fi
}
for account in admin "$@"; do add_account "$account"; done

chmod 755 "$auth" "$registry"
chmod 644 "$secrets/ca.crt" "$secrets/session_secret" "$auth"/* "$registry"/*
chmod 600 "$secrets/ca.key"
say 'ready: docker compose up -d'
