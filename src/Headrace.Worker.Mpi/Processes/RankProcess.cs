using Headrace.Mpi;
using Headrace.Protocol.Local;
using Headrace.Worker.Mpi.Farm;

namespace Headrace.Worker.Mpi.Processes;

/// <summary>Runs this process as a rank of a group that a worker started.</summary>
internal sealed class RankProcess(RankDelegate method, RankEnvironment environment)
{
    /// <summary>How long the rank may take to shut down. The worker kills the group shortly after this time.</summary>
    private static readonly TimeSpan ShutdownDeadline = TimeSpan.FromSeconds(4);

    /// <summary>Makes the worker run as a rank of its group if the group runs this method.</summary>
    public static void Offer(HeadraceWorker worker, RankDelegate method, RankEnvironment environment)
    {
        if ($"{method.Name}" == environment.Method)
            worker.RunAsRank = new RankProcess(method, environment).RunAsync;
        else
            worker.RunAsRank ??= () => Task.FromResult(ReportUnknown(environment));
    }

    /// <summary>Runs until the group stops, and returns the exit code.</summary>
    private Task<int> RunAsync()
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        // All MPI calls are made on this thread.
        new Thread(() => ended.SetResult(Run())) { Name = "MPI" }.Start();
        return ended.Task;
    }

    // Catches every exception: a rank that cannot continue must not keep the others waiting.
    private int Run()
    {
        MpiRuntime runtime;
        try
        {
            runtime = MpiRuntime.Start();
        }
        catch (Exception failure)
        {
            StandardError.WriteLine($"This rank of {environment.Method} cannot start MPI: {failure.Message}");
            return RankExit.Unusable;
        }
        try
        {
            Run(runtime);
            return RankExit.Stopped;
        }
        catch (Exception failure)
        {
            StandardError.WriteLine($"Rank {runtime.World.Rank} of {environment.Method} failed: {failure}");
            runtime.Abort(RankExit.Ended);
            throw;
        }
    }

    private void Run(MpiRuntime runtime)
    {
        var pulse = new Pulse();
        using var wait = new RankWait();
        var group = new RankContext(runtime, method, pulse, wait);
        var world = runtime.World;
        if (world.Rank == 0)
        {
            using var zero = new RankZero(group);
            using var supervisor = SupervisorConnection.Join(environment, 0, world.Size, pulse, zero.OnFrame);
            world.Barrier();
            zero.Run(supervisor);
            supervisor.ExpectClose();
            runtime.Shutdown(ShutdownDeadline);
        }
        else
        {
            using var supervisor = SupervisorConnection.Join(
                environment,
                world.Rank,
                world.Size,
                pulse,
                static _ => { }
            );
            using var loop = new RankLoop(group, supervisor);
            world.Barrier();
            loop.Run();
            supervisor.ExpectClose();
            runtime.Shutdown(ShutdownDeadline);
        }
    }

    private static int ReportUnknown(RankEnvironment environment)
    {
        StandardError.WriteLine(
            $"A worker started this program as a rank of {environment.Method}, but the program does not map that "
                + "method. Map the same methods with the same names in every process."
        );
        return RankExit.Unusable;
    }
}
