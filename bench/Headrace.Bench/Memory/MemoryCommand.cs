using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;

namespace Headrace.Bench.Memory;

/// <summary>
/// Implements <c>bench/run memory</c>, which drives each part of a server's memory to its limit and compares the
/// highest resident memory with the bound that the server prints when it starts.
/// </summary>
internal static class MemoryCommand
{
    private static readonly Option<int?> Scale = Options.WholeNumber(
        "--scale",
        "Divide the sizes of all loads by this number. [default: 1]"
    );

    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    private static readonly IReadOnlyList<string> Headings = ["load", "peak", "bound", "of the bound"];

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "memory",
            "Compare the memory usage of a server under load with the bound that the server prints."
        )
        {
            Examples =
            [
                (
                    "bench/run memory --scale 20",
                    "Runs every load at one twentieth of its full size, which takes less than a minute."
                ),
            ],
        };
        cliCommand.Add(Scale);
        cliCommand.Add(Report);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        if (!Directory.Exists("/proc/self"))
            throw new UsageException("bench/run memory reads memory usage from /proc, so it requires Linux.");
        var scale = context.Value(Scale) ?? 1;
        var runs = new List<MemoryRun>();
        foreach (var load in MemoryLoad.All(scale))
        {
            context.WriteNote($"{load.Name}…");
            var run = await MeasureAsync(load, stop);
            runs.Add(run);
            context.WriteNote($"  {Format.Size(run.Peak)} of {Format.Size(run.Bound)}");
        }
        if (context.Json)
            foreach (var run in runs)
                context.Terminal.WriteLine(Format.Json(run, BenchJson.Default.MemoryRun));
        else
            context.Terminal.WriteTable(Headings, runs.Select(Row));
        if (context.Value(Report) is { } report)
            await File.WriteAllTextAsync(report, Page(runs, scale), stop);
        return runs.All(run => run.IsBounded) ? ExitCode.Done : ExitCode.JobFailed;
    }

    private static async Task<MemoryRun> MeasureAsync(MemoryLoad load, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("headrace-memory-").FullName;
        try
        {
            var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 0)
            {
                Settings = new Dictionary<string, string>
                {
                    ["HEADRACE_MEMORY__JOBS"] = load.Jobs.ToString(CultureInfo.InvariantCulture),
                    ["HEADRACE_MEMORY__BYTES"] = load.ParamsBytes.ToString(CultureInfo.InvariantCulture),
                    ["HEADRACE_QUEUES__BYTES"] = "100000000000",
                },
            };
            using var server = await LoadedServer.StartAsync(place, stop);
            try
            {
                await load.RunAsync(server);
                return new MemoryRun(load.Name, server.Peak, server.Bound);
            }
            finally
            {
                await server.StopAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<string> Row(MemoryRun run) =>
        [
            run.Load,
            Format.Size(run.Peak),
            Format.Size(run.Bound),
            string.Create(CultureInfo.InvariantCulture, $"{100.0 * run.Peak / run.Bound:0} %"),
        ];

    private static string Page(IReadOnlyList<MemoryRun> runs, int scale) =>
        $"""
            # `bench/run memory`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(Path.GetTempPath())}")}

            `bench/run memory{(scale == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" --scale {scale}"))}`

            Each load runs on a new server with an fsynced store and without local workers, whose limits
            (`HEADRACE_MEMORY__JOBS`, `HEADRACE_MEMORY__BYTES`) are set to what the load needs. *peak* is the highest
            resident memory of the server; *bound* is what the server prints when it starts. The command fails if a peak
            exceeds its bound. Clients that do not read pause for 3 s after the headers of their replies.

            {MarkdownTable.Of(Headings, runs.Select(Row))}
            """;
}
