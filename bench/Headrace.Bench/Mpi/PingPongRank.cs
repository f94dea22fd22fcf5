using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using Headrace.Commands;
using Headrace.Mpi;

namespace Headrace.Bench.Mpi;

/// <summary>
/// <c>bench/run ping-pong-rank</c>: one of the two C# ranks that <see cref="PingPongCommand"/> starts with mpiexec. It
/// does what ping-pong.c does.
/// </summary>
internal static class PingPongRank
{
    public const string Name = "ping-pong-rank";

    private const int Batches = 101;
    private const int Uncounted = 10;

    /// <summary>
    /// The number of messages sent before the first measurement, so that the runtime has finished optimising the
    /// binding by then.
    /// </summary>
    private const int WarmUpTrips = 100_000;

    private static readonly (int Bytes, int Trips)[] Sizes =
    [
        (0, 100),
        (8, 100),
        (64, 100),
        (512, 100),
        (1_024, 100),
        (65_536, 10),
        (1_048_576, 2),
    ];

    public static Command Create()
    {
        var report = new Argument<string>("REPORT") { Description = "The file that rank 0 writes." };
        var command = new CliCommand(Name, "Run one rank of ping-pong; mpiexec starts two.") { Hidden = true };
        command.Add(report);
        command.SetAction((context, _) => Task.FromResult(Run(context.Value(report)!)));
        return command;
    }

    private static int Run(string report)
    {
        var mpi = MpiRuntime.Start();
        Travel(mpi.World, new byte[8], WarmUpTrips);
        var lines = Sizes.Select(size => Line(mpi.World, size.Bytes, size.Trips)).ToList();
        if (mpi.World.Rank == 0)
            File.WriteAllLines(report, lines);
        mpi.Shutdown(TimeSpan.FromSeconds(10));
        return ExitCode.Done;
    }

    private static string Line(ICommunicator ranks, int bytes, int trips)
    {
        var buffer = new byte[bytes];
        var times = new double[Batches];
        for (var batch = -Uncounted; batch < Batches; batch++)
        {
            var began = TimeProvider.System.GetTimestamp();
            Travel(ranks, buffer, trips);
            if (batch >= 0)
                times[batch] = TimeProvider.System.GetElapsedTime(began).TotalMicroseconds / trips / 2;
        }
        Array.Sort(times);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes} {times[Batches / 2]:0.0000}");
    }

    // The method is fully optimised when it is first compiled, because a rank runs for less than a second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Travel(ICommunicator ranks, byte[] buffer, int trips)
    {
        for (var trip = 0; trip < trips; trip++)
            if (ranks.Rank == 0)
            {
                ranks.Send<byte>(buffer, 1);
                ranks.Receive<byte>(buffer, 1, 0);
            }
            else
            {
                ranks.Receive<byte>(buffer, 0, 0);
                ranks.Send<byte>(buffer, 0);
            }
    }
}
