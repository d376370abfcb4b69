#!/bin/sh
# A Slurm of one node, this machine, for the tests: slurm.sh start|stop FOLDER.
# Needs the programs of Debian's slurm-wlm and munge and no rights beyond one's own. Everything lies in FOLDER, an
# absolute path: configuration, munge's key and socket, states, logs. After `start`, SLURM_CONF=FOLDER/slurm.conf leads
# sbatch and its like there. Ports PORTS (default 26817) and PORTS + 1 must be free.
set -eu
action=$1 folder=$2 port=${PORTS:-26817}
PATH=$PATH:/usr/sbin:/sbin # where Debian has the daemons, and users' paths may not
export SLURM_CONF="$folder/slurm.conf"
user=$(id -un) host=$(hostname -s)

# running NAME: whether the daemon that wrote this pid file is alive.
running() { [ -s "$folder/$1.pid" ] && kill -0 "$(cat "$folder/$1.pid")" 2>/dev/null; }
# wait_for COMMAND ...: until it succeeds, a minute at most.
wait_for() {
    for _ in $(seq 300); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    echo "slurm.sh: waited a minute for: $*. Hint: the logs are in $folder." >&2
    return 1
}
idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
gone() { ! running "$1"; }

start() {
    umask 022
    mkdir -p "$folder/state" "$folder/spool"
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
    cat >"$SLURM_CONF" <<CONFIGURATION
ClusterName=retort
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
MailProg=/bin/true
# No control groups: a container may have none that can be written to.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/completed.txt
# As long as that, squeue knows of ended jobs, which is how Snakemake asks where there is no accounting.
MinJobAge=3600
KillWait=2
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName=$host NodeAddr=127.0.0.1 CPUs=${CPUS:-2} RealMemory=64000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP OverTimeLimit=0
CONFIGURATION
    munged --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" --force 2>/dev/null
    # Its children close every descriptor that there could be, a million where the limit is that.
    ulimit -n 1024
    slurmctld -c -i
    slurmd -N "$host"
    wait_for idle
}

stop() {
    scancel --user="$user" 2>/dev/null || true
    for daemon in slurmd slurmctld munged; do
        ! running $daemon || kill "$(cat "$folder/$daemon.pid")"
        wait_for gone $daemon
    done
}

case $action in
start) start ;;
stop) stop ;;
*) echo "slurm.sh: '$action': expected start or stop. Hint: slurm.sh start FOLDER" >&2 && exit 2 ;;
esac
