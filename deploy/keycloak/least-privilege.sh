#!/usr/bin/env bash
# Makes a client for regain in a realm of Keycloak 26.2 or later that can recover accounts and no more, by fine-grained
# admin permissions: it finds and changes the users of the realm, but not the members of one protected group. To be run
# once for each realm, and again whenever that group has got another subgroup: what is there already is left or renewed.
# Every administrator belongs into that group: roles do not protect anybody.
#
#   kcadm.sh config credentials --server http://127.0.0.1:8081 --realm master --user admin
#   REALM=acme GROUP=administrators deploy/keycloak/least-privilege.sh
#
#   KCADM   kcadm.sh, as it is called          REALM   the realm           acme
#   CLIENT  the client to make     regain      GROUP   whom regain cannot touch   administrators
set -euo pipefail

KCADM=${KCADM:-kcadm.sh}
REALM=${REALM:-acme}
CLIENT=${CLIENT:-regain}
GROUP=${GROUP:-administrators}

id() { "$KCADM" "$@" --fields id --format csv --noquotes | head -n1; }
descendants() {
    local child
    for child in $("$KCADM" get "groups/$1/children" -r "$REALM" -q max=1000 --fields id --format csv --noquotes); do
        echo "$child"
        descendants "$child"
    done
}
# What stands in the realm under that name; policies and permissions are one list. kcadm calls it an error where nothing does.
named() { id get "$permissions/policy/search" -r "$REALM" -q name="$1" 2>/dev/null || true; }
# Makes a permission, or renews it.
permission() {
    local name=$1 found
    shift
    found=$(named "$name")
    if [ -n "$found" ]; then
        "$KCADM" update "$permissions/permission/scope/$found" -r "$REALM" -s id="$found" -s name="$name" "$@"
    else
        "$KCADM" create "$permissions/permission/scope" -r "$REALM" -s name="$name" "$@"
    fi
}
policy() {
    [ -n "$(named "$1")" ] ||
        "$KCADM" create "$permissions/policy/user" -r "$REALM" -s name="$1" -s logic="$2" -s 'users=["'"$account"'"]'
}

echo "1/6 admin permissions on (Realm settings, General)" >&2
"$KCADM" update "realms/$REALM" -s adminPermissionsEnabled=true

echo "2/6 the client $CLIENT, with a service account and no flow for people" >&2
client=$(id get clients -r "$REALM" -q clientId="$CLIENT")
if [ -z "$client" ]; then
    client=$("$KCADM" create clients -r "$REALM" -i -s clientId="$CLIENT" -s enabled=true -s publicClient=false \
        -s serviceAccountsEnabled=true -s standardFlowEnabled=false -s directAccessGrantsEnabled=false)
fi
account=$(id get "clients/$client/service-account-user" -r "$REALM")

# Any role such as manage-users would switch the permissions below off for this account.
echo "3/6 its one role: query-users" >&2
"$KCADM" add-roles -r "$REALM" --uid "$account" --cclientid realm-management --rolename query-users

echo "4/6 two policies: it is $CLIENT, it is not $CLIENT" >&2
permissions=clients/$(id get clients -r "$REALM" -q clientId=admin-permissions)/authz/resource-server
policy "is $CLIENT" POSITIVE
policy "is not $CLIENT" NEGATIVE
is=$(named "is $CLIENT")
is_not=$(named "is not $CLIENT")

echo "5/6 all users: view and manage, which includes the password" >&2
permission "$CLIENT: users" \
    -s resourceType=Users -s 'scopes=["view","manage"]' -s 'policies=["'"$is"'"]' -s decisionStrategy=UNANIMOUS

# A subgroup that is not named is protected all the same, but its members are found, and then refused.
echo "6/6 but no member of $GROUP and its subgroups" >&2
group=$(id get groups -r "$REALM" -q search="$GROUP" -q exact=true)
[ -n "$group" ] || group=$("$KCADM" create groups -r "$REALM" -i -s name="$GROUP")
subgroups=$(descendants "$group")
# shellcheck disable=SC2086
list=$(printf '"%s",' $group $subgroups)
permission "$CLIENT: not $GROUP" \
    -s resourceType=Groups -s 'resources=['"${list%,}"']' -s 'scopes=["view-members","manage-members"]' \
    -s 'policies=["'"$is_not"'"]' -s decisionStrategy=UNANIMOUS

echo "done; the client's secret:" >&2
"$KCADM" get "clients/$client/client-secret" -r "$REALM" --fields value --format csv --noquotes
