using Headrace.Commands;

namespace Headrace.Bench.Speed;

/// <summary>
/// The result of a measurement: prints its table and, with <c>--report</c>, writes the page. Create it before the
/// measurement, because it probes the disk before and after the measurement.
/// </summary>
internal sealed class SpeedReport(SpeedSettings settings, string name, string about)
{
    private readonly DiskProbe _before = DiskProbe.Of(settings.Parent);

    public async Task WriteAsync(
        CommandContext context,
        bool serverGc,
        IReadOnlyList<string> headings,
        IReadOnlyList<IReadOnlyList<string>> rows,
        CancellationToken stop
    )
    {
        var surroundings = new SpeedSurroundings(
            MachineDescription.Date,
            MachineDescription.Describe(settings.Parent),
            settings.Storage,
            _before,
            DiskProbe.Of(settings.Parent),
            serverGc,
            settings.Workers,
            settings.Rounds
        );
        context.WriteNote(surroundings.Describe);
        if (!context.Json)
            context.Terminal.WriteTable(headings, rows);
        if (context.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(report, SpeedPage.Write(name, about, surroundings, headings, rows), stop);
    }
}
