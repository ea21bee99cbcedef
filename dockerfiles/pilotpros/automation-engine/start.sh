#!/bin/sh
# Gives the engine its account of the database and its workflow, once, and becomes it.
set -eu

n8n=/app/node_modules/.bin/n8n
mkdir -p "$N8N_USER_FOLDER"
if [ ! -e "$N8N_USER_FOLDER/imported" ]; then
    # The account is that of the engine's own database.
    credentials=$(mktemp)
    trap 'rm -f "$credentials"' EXIT
    node credentials.js >"$credentials"
    "$n8n" import:credentials --input="$credentials"
    "$n8n" import:workflow --input=workflows/orders.json
    "$n8n" update:workflow --id=orders --active=true
    rm -f "$credentials"
    : >"$N8N_USER_FOLDER/imported"
fi
exec "$n8n" start
