using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Bench.Speed;

/// <summary>The settings of a measurement, the same for all its rows.</summary>
internal sealed record SpeedSettings(
    string Parent,
    int Workers,
    string Store,
    string Durability,
    int Rounds,
    int? Count,
    string? Only
)
{
    private static readonly Option<int?> WorkersOption = Options.WholeNumber(
        "--workers",
        "The number of worker processes. [default: 2]"
    );
    private static readonly Option<int?> RoundsOption = Options.WholeNumber(
        "--rounds",
        "The number of measured rounds, after one warm-up round. [default: 3]"
    );
    private static readonly Option<int?> CountOption = Options.WholeNumber(
        "--count",
        "The number of jobs per round. [default: depends on the row]"
    );
    private static readonly Option<string?> StoreOption = new("--store")
    {
        Description = "Where the server keeps jobs: sqlite or memory. [default: sqlite]",
        HelpName = "STORE",
    };
    private static readonly Option<string?> DurabilityOption = new("--durability")
    {
        Description = "How the server commits: fsync or os. [default: fsync]",
        HelpName = "MODE",
    };
    private static readonly Option<string?> DataOption = new("--data")
    {
        Description =
            "Create the stores in this folder, whose disk is measured. [default: the folder for temporary files]",
        HelpName = "FOLDER",
    };
    private static readonly Option<string?> OnlyOption = new("--only")
    {
        Description =
            "Measure only the row with this name or, if there is none, all rows whose names contain this text.",
        HelpName = "TEXT",
    };

    public static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    public static IReadOnlyList<Option> All =>
        [WorkersOption, RoundsOption, CountOption, StoreOption, DurabilityOption, DataOption, OnlyOption, Report];

    /// <summary>Describes, as Markdown text, where and how the server stores jobs.</summary>
    public string Storage => Store == "sqlite" ? $"SQLite, `{Durability}`" : $"`{Store}`";

    public static SpeedSettings Of(CommandContext context)
    {
        if (!Directory.Exists("/proc/self"))
            throw new UsageException("This measurement reads CPU times from /proc, so it requires Linux.");
        return new SpeedSettings(
            Path.GetFullPath(context.Value(DataOption) ?? Path.GetTempPath()),
            context.Value(WorkersOption) ?? 2,
            context.Value(StoreOption) ?? "sqlite",
            context.Value(DurabilityOption) ?? "fsync",
            Math.Max(1, context.Value(RoundsOption) ?? 3),
            context.Value(CountOption),
            context.Value(OnlyOption)
        );
    }

    /// <summary>
    /// Returns the row with exactly the given name. If no row has this name, returns every row whose name contains it.
    /// </summary>
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
