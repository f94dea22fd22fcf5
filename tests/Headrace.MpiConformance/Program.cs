using Headrace.Mpi;
using Headrace.MpiConformance;

// One rank of the conformance program. Tests start it with both launchers:
//   mpiexec.openmpi -n 4 Headrace.MpiConformance check REPORT
// Rank 0 writes the report: a line for each check that has started, then "passed N checks with N ranks of LIBRARY", or
// the failures. The standard output of a rank is not reliable: launchers mix the lines of all ranks.
var mpi = MpiRuntime.Start();
var ranks = mpi.World;
switch (args)
{
    case ["check", var report]:
        return RunChecks(Check.All.Concat(ProcessChecks.All), report);
    case ["large", var report]:
        return RunChecks(LargeCheck.All, report);
    case ["hang"]:
        // The last rank never shuts down. The others must not wait for it forever.
        if (ranks.Rank == ranks.Size - 1)
            new ManualResetEventSlim().Wait();
        mpi.Shutdown(TimeSpan.FromSeconds(1));
        return 0;
    case ["abort"]:
        if (ranks.Rank == ranks.Size - 1)
            mpi.Abort(9);
        ranks.Barrier();
        return 0;
    case ["idle", var seconds, var report]:
        return Idle(double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture), report);
    default:
        Console.Error.WriteLine("usage: check REPORT | large REPORT | idle SECONDS REPORT | hang | abort");
        return 2;
}

int RunChecks(IEnumerable<Check> checks, string report)
{
    var count = 0;
    using var file = ranks.Rank == 0 ? new StreamWriter(report) { AutoFlush = true } : StreamWriter.Null;
    var failures = CheckRun.Run(
        ranks,
        checks,
        name =>
        {
            if (name is null)
                return;
            count++;
            file.WriteLine(name);
        }
    );
    foreach (var failure in failures)
        file.WriteLine($"failed: {failure}");
    if (failures.Count == 0)
        file.WriteLine($"passed {count} checks with {ranks.Size} ranks of {mpi.Implementation}");
    mpi.Shutdown(TimeSpan.FromSeconds(20));
    return failures.Count == 0 ? 0 : 1;
}

// All ranks except rank 0 wait for a message from rank 0, which arrives after some time. Reports the largest CPU time
// of any waiting rank, in seconds.
int Idle(double seconds, string report)
{
    ranks.Barrier();
    var used = new double[1];
    if (ranks.Rank == 0)
    {
        new ManualResetEventSlim().Wait(TimeSpan.FromSeconds(seconds));
        for (var other = 1; other < ranks.Size; other++)
            ranks.Send<byte>([], other);
    }
    else
    {
        var before = Environment.CpuUsage.TotalTime;
        ranks.Probe();
        used[0] = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        ranks.Receive<byte>([]);
    }
    ranks.AllReduce<double>(used, used, ReduceOperation.Max);
    if (ranks.Rank == 0)
        File.WriteAllText(report, used[0].ToString("0.000", System.Globalization.CultureInfo.InvariantCulture));
    mpi.Shutdown(TimeSpan.FromSeconds(20));
    return 0;
}
