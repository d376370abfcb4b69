"""Jobs are left out when those before them, run again, made what they had made before.

Snakemake decides before the first job which jobs run: all that stand on one that does, whatever comes of it. `spare`
lets it look again after each job, by the checksums and parameters that it keeps of every finished one.
"""

from snakemake.dag import DAG
from snakemake.jobs import Job
from snakemake.logging import logger


def spare(dag: DAG) -> None:
    """From now on leave out jobs that were to run because of others only, and whose inputs are as they were."""
    finish = dag.finish

    async def finish_and_look(job, **options):
        found = await finish(job, **options)
        waiting = list(job) if job.is_group() else [job]
        while waiting:
            for later in dag.depending[waiting.pop()]:
                ready = dag.needrun(later) and later in dag.ready_jobs
                if ready and await _as_before(dag, later):
                    _leave_out(dag, later)
                    waiting.append(later)
        return found

    dag.finish = finish_and_look


async def _as_before(dag: DAG, job: Job) -> bool:
    """Whether a job whose inputs are all there would read and do what it read and did when its outputs were made."""
    kept, limit = dag.workflow.persistence, dag.max_checksum_file_size
    if not job.output or dag.reason(job).forced or await kept.incomplete(job):
        return False
    if not all([await file.exists() for file in job.output]) or not kept.has_metadata(job):
        return False
    if any(kept.input_changed(job)) or kept.params_changed(job) or any(kept.software_stack_changed(job)):
        return False
    for file in job.input:
        known = kept.input_checksums(job, file)
        if len(known) != 1 or not await file.is_same_checksum(known.pop(), limit):
            return False
    return True


def _leave_out(dag: DAG, job: Job) -> None:
    """Take a ready job out of the work, and let go on what waited for it only."""
    logger.info(f"Left out, as what it reads is as before: {job.message or job.rule.name}")
    dag.reason(job).clear()
    dag._needrun.discard(job)
    dag._ready_jobs.discard(job)
    dag._len -= 1
    later = [other for other in dag.depending[job] if dag.needrun(other)]
    for other in later:
        dag._n_until_ready[other] -= 1
    dag.update_ready(later)
