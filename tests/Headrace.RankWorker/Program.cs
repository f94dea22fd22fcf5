using Headrace.RankWorker;
using Headrace.Worker;
using Headrace.Worker.Mpi;

// A worker whose methods run on ranks. Tests start the program either as a worker or as ranks. RANK_IMPLEMENTATION
// selects the implementation of the ranks.
var options = new RankOptions
{
    Ranks = 2,
    Implementation = Enum.Parse<RankImplementation>(
        Environment.GetEnvironmentVariable("RANK_IMPLEMENTATION") ?? nameof(RankImplementation.Auto)
    ),
};
var worker = HeadraceWorker.Create(args);
foreach (var (name, method) in RankMethods.All)
    worker.MapRanks(name, options, method);
return await worker.RunAsync();
