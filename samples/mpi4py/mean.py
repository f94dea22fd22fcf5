"""An mpi4py program as it is: the mean of the numbers in the body, each rank a part. Rank 0 prints the result."""
import sys

from mpi4py import MPI

ranks = MPI.COMM_WORLD
numbers = [float(text) for text in sys.stdin.read().split()] if ranks.rank == 0 else None
numbers = ranks.bcast(numbers)
total = ranks.reduce(sum(numbers[ranks.rank :: ranks.size]))
if ranks.rank == 0:
    print(total / len(numbers))
