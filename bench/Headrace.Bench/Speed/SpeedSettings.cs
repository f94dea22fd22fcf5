using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Bench.Speed;

/// <summary>How a measurement runs; the same for every row of it.</summary>
internal sealed record SpeedSettings(
    string Parent,
    int Workers,
    string Durability,
    int Rounds,
    int? Count,
    string? Only
)
{
    private static readonly Option<int?> WorkersOption = Options.Whole("--workers", "Worker processes. [default: 2]");
    private static readonly Option<int?> RoundsOption = Options.Whole(
        "--rounds",
        "Rounds that count, after one that does not. [default: 3]"
    );
    private static readonly Option<int?> CountOption = Options.Whole(
        "--count",
        "Jobs of a round. [default: each row's own]"
    );
    private static readonly Option<string?> DurabilityOption = new("--durability")
    {
        Description = "fsync or os. [default: fsync]",
        HelpName = "MODE",
    };
    private static readonly Option<string?> DataOption = new("--data")
    {
        Description =
            "Make the stores below this folder, on the disk to be measured. [default: the folder for temporary files]",
        HelpName = "FOLDER",
    };
    private static readonly Option<string?> OnlyOption = new("--only")
    {
        Description = "Only the row of this name, or the rows whose names contain it.",
        HelpName = "TEXT",
    };

    public static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table there, as Markdown.",
        HelpName = "FILE",
    };

    public static IReadOnlyList<Option> All =>
        [WorkersOption, RoundsOption, CountOption, DurabilityOption, DataOption, OnlyOption, Report];

    public static SpeedSettings Of(Call call)
    {
        if (!Directory.Exists("/proc/self"))
            throw new UsageException("This measurement reads processor times in /proc: it runs on Linux.");
        return new SpeedSettings(
            Path.GetFullPath(call.Value(DataOption) ?? Path.GetTempPath()),
            call.Value(WorkersOption) ?? 2,
            call.Value(DurabilityOption) ?? "fsync",
            Math.Max(1, call.Value(RoundsOption) ?? 3),
            call.Value(CountOption),
            call.Value(OnlyOption)
        );
    }

    /// <summary>The row of that very name, else every row whose name contains it.</summary>
    public IEnumerable<SpeedCase> Choose(IReadOnlyList<SpeedCase> cases)
    {
        if (Only is null)
            return cases;
        var exact = cases.Where(row => row.Title.Equals(Only, StringComparison.OrdinalIgnoreCase)).ToList();
        return exact.Count > 0
            ? exact
            : cases.Where(row => row.Title.Contains(Only, StringComparison.OrdinalIgnoreCase));
    }
}
