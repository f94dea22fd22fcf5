# A message between two ranks and back, with mpi4py: see ping-pong.c.
import statistics
import sys

from mpi4py import MPI

comm = MPI.COMM_WORLD
rank = comm.Get_rank()
lines = []
for size, trips in ((0, 100), (8, 100), (64, 100), (512, 100), (1024, 100), (65536, 10), (1048576, 2)):
    buffer = [bytearray(size), MPI.BYTE]
    times = []
    for batch in range(-10, 101):
        began = MPI.Wtime()
        if rank == 0:
            for _ in range(trips):
                comm.Send(buffer, 1)
                comm.Recv(buffer, 1)
        else:
            for _ in range(trips):
                comm.Recv(buffer, 0)
                comm.Send(buffer, 0)
        if batch >= 0:
            times.append((MPI.Wtime() - began) / trips / 2)
    lines.append(f"{size} {statistics.median(times) * 1e6:.4f}\n")
if rank == 0:
    with open(sys.argv[1], "w") as report:
        report.writelines(lines)
