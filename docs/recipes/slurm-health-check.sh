#!/bin/sh
# Slurm's HealthCheckProgram: drains the node where something has failed, and resumes only what it drained itself.
# slurm.conf: HealthCheckProgram=/usr/local/sbin/slurm-health-check.sh HealthCheckInterval=300 HealthCheckNodeState=ANY
# Slurm ends the program after 60 seconds, so questions are given 20. What is unknown drains nothing: see the log.
node=${SLURMD_NODENAME:-$(uname -n)}
node=${node%%.*}
mark="gpu-doctor:"

said=$(gpu-doctor --format nagios --deadline 20s 2>/dev/null)
status=$?
said=${said%% | *}
reason=$(scontrol -o show node "$node" 2>/dev/null | sed -n 's/.* Reason=\(.*\)/\1/p')

case $status in
    2)
        # A reason that somebody else gave stays.
        [ -n "$reason" ] || scontrol update nodename="$node" state=drain reason="$mark ${said#*: }"
        ;;
    0 | 1)
        case $reason in "$mark"*) scontrol update nodename="$node" state=resume ;; esac
        ;;
    *)
        logger -t gpu-doctor "not examined: $said" 2>/dev/null
        ;;
esac
exit 0
