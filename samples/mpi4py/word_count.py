"""A warm rank group: counts the words of each body. Rank 0 passes the jobs to whichever rank is idle."""
from group import Group
from mpi4py import MPI

ranks = MPI.COMM_WORLD
group = Group(ranks)
ranks.barrier()


def receive():
    group.wait()
    status = MPI.Status()
    return ranks.recv(status=status), status.source


if ranks.rank == 0:
    for jobs in group.jobs():
        waiting = iter(jobs)
        for rank, job in zip(range(1, ranks.size), waiting):
            ranks.send(job, dest=rank)
        for _ in jobs:
            (job, words), rank = receive()
            group.succeed(job, f"{words}\n".encode())
            following = next(waiting, None)
            if following is not None:
                ranks.send(following, dest=rank)
    for rank in range(1, ranks.size):
        ranks.send(None, dest=rank)
else:
    while (message := receive()[0]) is not None:
        job, body = message
        ranks.send((job, len(body.split())), dest=0)
ranks.barrier()
