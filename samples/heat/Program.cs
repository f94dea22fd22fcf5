using Headrace.Worker;
using Headrace.Worker.Mpi;

// Two methods that run on two ranks. The worker uses mpiexec to start the ranks, which run this same program. Start
// the worker with:
//   dotnet run --project samples/heat -- --slots 2
var worker = HeadraceWorker.Create(args);

// All ranks run each job together, because the method has a communicator.
worker.MapRanks("heat", 2, HeatRod.Cool);

// Each job runs on one rank.
worker.MapRanks(
    "pi",
    2,
    (int seed, int samples) =>
    {
        var random = new Random(seed);
        var inside = 0;
        for (var i = 0; i < samples; i++)
            if (Math.Pow(random.NextDouble(), 2) + Math.Pow(random.NextDouble(), 2) < 1)
                inside++;
        return 4.0 * inside / samples;
    }
);
return await worker.RunAsync();
