using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Headrace.Apps.Pipeline.Simulating;
using Headrace.Commands;
using Headrace.Mpi;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary>
/// <c>headrace pipeline simulate</c>: the program behind the method <c>pipeline.simulate</c>. Under <c>mpiexec</c>, the
/// ranks simulate together.
/// </summary>
internal static class SimulateCommand
{
    /// <summary>Variables by which a launcher tells a process that it is a rank.</summary>
    private static readonly string[] RankVariables = ["HEADRACE_RANKS", "OMPI_COMM_WORLD_SIZE", "PMI_RANK"];

    private static readonly Option<long> Param = new("--param")
    {
        Description = "The parameter.",
        HelpName = "N",
        Required = true,
    };
    private static readonly Option<double?> Scale = Headrace.Commands.Input.Options.Number(
        "--scale",
        "Multiplies the duration. [default: 1]"
    );
    private static readonly Option<long> Seed = new("--seed")
    {
        Description = "Makes the value a function of the parameter. [default: 0, another value each time]",
        HelpName = "N",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "simulate",
            "Simulate one parameter in this process, as pipeline.simulate does. Needs no server."
        )
        {
            Examples =
            [
                ("headrace pipeline simulate --param 100 --seed 1", "Prints the value after a second."),
                (
                    "mpiexec -n 2 headrace pipeline simulate --param 100 --seed 1",
                    "Computes the same value on two ranks of MPI."
                ),
            ],
        };
        cliCommand.Add(Param);
        cliCommand.Add(Scale);
        cliCommand.Add(Seed);
        cliCommand.SetAction((context, cancellationToken) => Task.FromResult(Run(context, cancellationToken)));
        return cliCommand;
    }

    private static int Run(CommandContext context, CancellationToken cancellationToken)
    {
        var (param, seed) = (context.Value(Param), context.Value(Seed));
        if (seed == 0)
            seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        var duration = Simulation.DurationOf(param, context.Value(Scale) ?? 1);
        if (!RankVariables.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }))
        {
            Wait(duration, cancellationToken);
            Write(context, param, Simulation.ValueOf(Simulation.PartOf(param, seed, 0, 1)), 1, null);
            return ExitCode.Done;
        }
        using var mpi = MpiRuntime.Start();
        // The other ranks cannot notice that this one stops.
        using var stop = cancellationToken.Register(() => Environment.Exit(ExitCode.Interrupted));
        Wait(duration, cancellationToken);
        var value = Simulation.Run(mpi.World, param, seed);
        if (mpi.World.Rank == 0)
            Write(context, param, value, mpi.World.Size, mpi.LibraryVersion);
        return ExitCode.Done;
    }

    private static void Wait(TimeSpan duration, CancellationToken cancellationToken)
    {
        if (cancellationToken.WaitHandle.WaitOne(duration))
            cancellationToken.ThrowIfCancellationRequested();
    }

    private static void Write(CommandContext context, long param, int value, int ranks, string? library)
    {
        var mpi = library is null ? "null" : $"\"{System.Text.Json.JsonEncodedText.Encode(library)}\"";
        context.Terminal.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"param\":{param},\"value\":{value},\"ranks\":{ranks},\"mpi\":{mpi}}}"
            )
        );
    }
}
