#!/bin/sh
# agent.sh ADDRESS COMMAND...: runs a command on a host that is a network namespace, as ssh does on a real one.
#
# Open MPI starts its daemons with it (plm_rsh_agent). CLMLP_CLUSTER is what the names of the namespaces begin with; the
# last number of the address says which one. Each has a name of its own, for Open MPI tells hosts apart by their names.
number=${1##*.}
shift
exec ip netns exec "$CLMLP_CLUSTER-h$number" unshare --uts sh -c 'hostname "h$0"; exec sh -c "$*"' "$number" "$@"
