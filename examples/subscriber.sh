#!/bin/sh
# Listens to Entrepot's events with amqp-consume (Debian's amqp-tools) and no other program:
#   examples/subscriber.sh amqp://subscriber:PASSWORD@HOST/ 'export.*'
# One event a line is printed, its body alone; amqp-consume acknowledges it when the command has succeeded.
# The queue goes when this ends: to collect meanwhile, declare a durable one first (docs/events.md).
set -eu
exec amqp-consume --url="$1" --exchange=entrepot.events --routing-key="${2:-#}" \
    --queue=subscriber.shell --exclusive --prefetch-count=20 awk 1
