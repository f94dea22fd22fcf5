using System.Globalization;
using System.Text.Json;
using Headrace.Bench.Speed.Loads;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary>
/// <c>bench/run load</c>: sends the load from a separate process. The first line of standard input specifies the load.
/// Each further line gives the size of a round. After each round, the process writes a line with the result.
/// </summary>
internal static class LoadCommand
{
    public const string Name = "load";

    public static Command Create()
    {
        var cliCommand = new CliCommand(Name, "Send load to a server in rounds.") { Hidden = true };
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var told =
            JsonSerializer.Deserialize(await Console.In.ReadLineAsync(stop) ?? "", BenchJson.Default.LoadTarget)
            ?? throw new UsageException("bench/run load requires a load specification on standard input.");
        using var target = new Target(told.Url, told.Key, told.AdminKey);
        var load = Of(target, told.Order);
        while (await Console.In.ReadLineAsync(stop) is { } line)
            context.Terminal.WriteLine(
                Format.Json(
                    await load.RoundAsync(int.Parse(line, CultureInfo.InvariantCulture), stop),
                    BenchJson.Default.LoadRound
                )
            );
        (load as IDisposable)?.Dispose();
        return ExitCode.Done;
    }

    private static ILoad Of(Target target, LoadSpec order) =>
        order.Kind switch
        {
            LoadKinds.Protobuf or LoadKinds.Jsonl => new BatchLoad(target, order),
            LoadKinds.Client => new ClientLoad(target, order),
            LoadKinds.Single => new SingleLoad(target, order),
            LoadKinds.Paced => new PacedLoad(target, order),
            LoadKinds.Waiting or LoadKinds.PostThenGet => new TripLoad(target, order),
            LoadKinds.Payload => new PayloadLoad(target, order),
            LoadKinds.Fill => new FillLoad(target, order),
            LoadKinds.Pages => new PagesLoad(target, order),
            _ => throw new UsageException($"Unknown load '{order.Kind}'."),
        };
}

/// <summary>The first line that the load process reads.</summary>
/// <param name="Url">The address of the server.</param>
/// <param name="Key">The credential for the requests of the load.</param>
/// <param name="AdminKey">The admin key, which counts the jobs that have ended.</param>
/// <param name="Order">What the process sends.</param>
internal sealed record LoadTarget(string Url, string Key, string AdminKey, LoadSpec Order);
