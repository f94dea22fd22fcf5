using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Chaos;

/// <summary>
/// <c>bench/run chaos</c>: nothing lost, nothing recorded twice, shown with real processes under real faults.
/// </summary>
internal static class ChaosVerb
{
    /// <summary>What a broken promise ends with.</summary>
    private const int Broken = ExitCode.JobFailed;

    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);

    private static readonly Option<TimeSpan?> For = Options.Duration("--for", "How long faults go on. [default: 10m]");
    private static readonly Option<string?> Data = new("--data")
    {
        Description =
            "An empty folder on the disk to try; it stays. [default: a temporary one, removed when all promises were kept]",
        HelpName = "DIR",
    };
    private static readonly Option<int?> Seed = Options.Whole(
        "--seed",
        "Repeats the plan of faults and the jobs of a run. [default: a random one]"
    );
    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table there, as Markdown.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var verb = new Verb(
            "chaos",
            "Kill, stop and starve a server and its workers under load, then count what was acknowledged; ends with 1 when a promise was broken."
        )
        {
            Examples =
            [
                ("bench/run chaos --for 1m", "A minute of faults; as root also with a full disk."),
                (
                    "bench/run chaos --for 10m --seed 7 --report chaos.md",
                    "A longer one that can be repeated, with its table in a file."
                ),
            ],
        };
        foreach (var option in new Option[] { For, Data, Seed, Report })
            verb.Add(option);
        verb.Runs(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(Call call, CancellationToken stop)
    {
        if (!Directory.Exists("/proc/self"))
            throw new UsageException("bench chaos needs /proc, to find and stop processes: it runs on Linux.");
        var length = call.Value(For) ?? Usual;
        if (length < Shortest)
            throw new UsageException(
                $"{DurationText.Write(length)} of faults show nothing. Give at least {DurationText.Write(Shortest)}."
            );
        var seed = call.Value(Seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var folder = Folder(call.Value(Data));
        call.Note($"Seed {seed}; everything lies in {folder}");

        var (disk, why) = SmallDisk.TryMount(Path.Combine(folder, "small-disk"));
        if (disk is null)
            call.Note($"Left out: the full disk ({why}).");
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
                    call.Note
                ).RunAsync(stop)
            );
            if (disk is not null)
                rounds.Add(
                    await new ChaosRound(
                        "small tmpfs",
                        Path.Combine(folder, "small"),
                        disk,
                        seed,
                        length / 3,
                        call.Note
                    ).RunAsync(stop)
                );
        }

        if (call.Json)
            foreach (var round in rounds)
                call.Terminal.Line(Show.Json(round, BenchJson.Default.ChaosCounts));
        else
            call.Terminal.Table(ChaosTable.Headings(rounds), ChaosTable.Rows(rounds));
        var broken = rounds.SelectMany(round => round.Broken.Select(words => $"{round.Round}: {words}")).ToList();
        foreach (var words in broken)
            call.Terminal.Fail($"a promise was broken: {words}");
        if (call.Value(Report) is { } report)
            await File.WriteAllTextAsync(
                report,
                Page(rounds, broken, length, seed, folder, disk is null ? why : null),
                stop
            );
        if (broken.Count > 0)
            call.Note($"Ledger, logs and store stay in {folder}");
        else if (call.Value(Data) is null)
            Directory.Delete(folder, recursive: true);
        return broken.Count == 0 ? ExitCode.Done : Broken;
    }

    private static string Folder(string? given)
    {
        if (given is null)
            return Directory.CreateTempSubdirectory("headrace-chaos-").FullName;
        if (Directory.Exists(given) && Directory.EnumerateFileSystemEntries(given).Any())
            throw new UsageException($"The folder {given} is not empty.");
        return Directory.CreateDirectory(given).FullName;
    }

    private static string Page(
        List<ChaosCounts> rounds,
        List<string> broken,
        TimeSpan length,
        int seed,
        string folder,
        string? leftOut
    ) =>
        $"""
            # `bench/run chaos`

            {ThisMachine.Date}, {ThisMachine.Words(folder)}

            `bench/run chaos --for {DurationText.Write(length)} --seed {seed.ToString(
                CultureInfo.InvariantCulture
            )}`{(leftOut is null ? "" : $"; without the full disk, because {leftOut}")}

            {(
                broken.Count == 0 ? "Every promise was kept." : "Broken: " + string.Join("; ", broken) + "."
            )} Leases of 5 s, three worker processes, fsync at every commit (which a tmpfs takes without a disk).

            {MarkdownTable.Of(ChaosTable.Headings(rounds), ChaosTable.Rows(rounds))}
            """;
}
