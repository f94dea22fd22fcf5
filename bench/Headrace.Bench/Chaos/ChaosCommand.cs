using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Chaos;

/// <summary>
/// <c>bench/run chaos</c>: runs real processes, injects real faults, and checks that no job is lost and none is
/// recorded twice.
/// </summary>
internal static class ChaosCommand
{
    /// <summary>The exit code of a run that detected a violated guarantee.</summary>
    private const int Broken = ExitCode.JobFailed;

    private static readonly TimeSpan DefaultLength = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MinLength = TimeSpan.FromSeconds(10);

    private static readonly Option<TimeSpan?> For = Options.Duration("--for", "Duration of the faults. [default: 10m]");
    private static readonly Option<string?> Data = new("--data")
    {
        Description =
            "An empty folder on the disk to test; it is kept. "
            + "[default: a temporary folder, deleted if no guarantee was violated]",
        HelpName = "DIR",
    };
    private static readonly Option<int?> Seed = Options.WholeNumber(
        "--seed",
        "The random seed for faults and jobs. Use the seed of an earlier run to repeat it. [default: random]"
    );
    private static readonly Option<TimeSpan?> SlowDisk = Options.Duration(
        "--slow-disk",
        "For a third of the time, every sync of the log takes this long, such as 1s. Requires gcc. [default: none]"
    );
    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "chaos",
            "Kill, suspend and starve a server and its workers under load, and then check every acknowledged "
                + "job. Exits with code 1 if a guarantee was violated."
        )
        {
            Examples =
            [
                ("bench/run chaos --for 1m", "Injects faults for a minute; also fills a disk if run as root."),
                (
                    "bench/run chaos --for 10m --seed 7 --report chaos.md",
                    "Runs for 10 minutes with a fixed seed, so the run can be repeated, and writes the table to a file."
                ),
            ],
        };
        foreach (var option in new Option[] { For, Data, Seed, SlowDisk, Report })
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        if (!Directory.Exists("/proc/self"))
            throw new UsageException("bench/run chaos uses /proc to find and stop processes, so it requires Linux.");
        var length = context.Value(For) ?? DefaultLength;
        if (length < MinLength)
            throw new UsageException(
                $"--for {DurationText.ToText(length)} is too short for a meaningful result. Specify at least "
                    + $"{DurationText.ToText(MinLength)}."
            );
        var seed = context.Value(Seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var folder = Folder(context.Value(Data));
        context.WriteNote($"Seed {seed}; all files are in {folder}");

        var (disk, why) = SmallDisk.TryMount(Path.Combine(folder, "small-disk"));
        if (disk is null)
            context.WriteNote($"Skipping the disk-full faults: {why}.");
        var rounds = new List<ChaosCounts>();
        using (disk)
        {
            rounds.Add(
                await new ChaosRound(
                    "disk",
                    Path.Combine(folder, "disk"),
                    null,
                    seed,
                    disk is null ? length : length * (2.0 / 3),
                    context.WriteNote
                )
                {
                    SlowSync = context.Value(SlowDisk),
                }.RunAsync(stop)
            );
            if (disk is not null)
                rounds.Add(
                    await new ChaosRound(
                        "small tmpfs",
                        Path.Combine(folder, "small"),
                        disk,
                        seed,
                        length / 3,
                        context.WriteNote
                    )
                    {
                        SlowSync = context.Value(SlowDisk),
                    }.RunAsync(stop)
                );
        }

        if (context.Json)
            foreach (var round in rounds)
                context.Terminal.WriteLine(Format.Json(round, BenchJson.Default.ChaosCounts));
        else
            context.Terminal.WriteTable(ChaosTable.Headings(rounds), ChaosTable.Rows(rounds));
        var broken = rounds.SelectMany(round => round.Broken.Select(message => $"{round.Round}: {message}")).ToList();
        foreach (var message in broken)
            context.Terminal.WriteError($"Guarantee violated: {message}");
        if (context.Value(Report) is { } report)
            await File.WriteAllTextAsync(
                report,
                Page(rounds, broken, Command(length, seed, context.Value(SlowDisk)), folder, disk is null ? why : null),
                stop
            );
        if (broken.Count > 0)
            context.WriteNote($"The ledger, logs and store are kept in {folder}");
        else if (context.Value(Data) is null)
            Directory.Delete(folder, recursive: true);
        return broken.Count == 0 ? ExitCode.Done : Broken;
    }

    private static string Folder(string? given)
    {
        if (given is null)
            return Directory.CreateTempSubdirectory("headrace-chaos-").FullName;
        if (Directory.Exists(given) && Directory.EnumerateFileSystemEntries(given).Any())
            throw new UsageException($"The folder {given} is not empty. Specify an empty folder or a new one.");
        return Directory.CreateDirectory(given).FullName;
    }

    private static string Command(TimeSpan length, int seed, TimeSpan? slowSync) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"bench/run chaos --for {DurationText.ToText(length)} --seed {seed}"
        ) + (slowSync is { } sync ? $" --slow-disk {DurationText.ToText(sync)}" : "");

    private static string Page(
        List<ChaosCounts> rounds,
        List<string> broken,
        string command,
        string folder,
        string? leftOut
    ) =>
        $"""
            # `bench/run chaos`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(folder)}")}

            `{command}`{(leftOut is null ? "" : $"; without faults that fill the disk, because {leftOut}")}

            {(
                broken.Count == 0
                    ? "No guarantee was violated."
                    : "Violated guarantees: " + string.Join("; ", broken) + "."
            )} Leases of 5 s, three worker processes, fsync at every commit (which costs nothing on a tmpfs).

            {MarkdownTable.Of(ChaosTable.Headings(rounds), ChaosTable.Rows(rounds))}
            """;
}
