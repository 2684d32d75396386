#!/usr/bin/env bash
# Makes a client for regain in a realm of Keycloak with one role, manage-users: it reaches every user of the realm,
# administrators too. least-privilege.sh is the better way; this one works with every Keycloak.
#
#   kcadm.sh config credentials --server http://127.0.0.1:8081 --realm master --user admin
#   REALM=acme deploy/keycloak/simple.sh
#
#   KCADM   kcadm.sh, as it is called          REALM   the realm   acme          CLIENT  the client to make   regain
set -euo pipefail

KCADM=${KCADM:-kcadm.sh}
REALM=${REALM:-acme}
CLIENT=${CLIENT:-regain}

client=$("$KCADM" create clients -r "$REALM" -i -s clientId="$CLIENT" -s enabled=true -s publicClient=false \
    -s serviceAccountsEnabled=true -s standardFlowEnabled=false -s directAccessGrantsEnabled=false)
"$KCADM" add-roles -r "$REALM" --uusername "service-account-$CLIENT" --cclientid realm-management --rolename manage-users
echo "done; the client's secret:" >&2
"$KCADM" get "clients/$client/client-secret" -r "$REALM" --fields value --format csv --noquotes
