using System.Text;
using Headrace.Core.Jobs;

namespace Headrace.Worker.Installed;

/// <summary>
/// Stands in for a job while a method's check program runs, because there is no job yet. Keeps the last line that the
/// program writes.
/// </summary>
internal sealed class CheckExecution(string method, CancellationToken stop) : JobExecution
{
    /// <summary>Gets the last line that the program wrote to standard error; empty if there is none.</summary>
    public string LastLine { get; private set; } = "";

    public override JobId Id => default;

    public override int Attempt => 1;

    public override string Queue => "";

    public override string Method => method;

    public override ReadOnlyMemory<byte> Body => default;

    public override string? ContentType => null;

    public override ReadOnlyMemory<byte> Params => default;

    public override TimeSpan? TimeLimit => null;

    public override CancellationToken CancellationToken => stop;

    public override CancellationToken KillToken => stop;

    public override void ReportProgress(double fraction, string? text = null) { }

    public override void Log(string line) =>
        LastLine = line.TrimEnd().Split('\n')[^1].Trim() is { Length: > 0 } last ? last : LastLine;

    public override void Log(ReadOnlySpan<byte> line) => Log(Encoding.UTF8.GetString(line));

    public override void End(JobOutcome outcome) { }
}
