using System.Globalization;

namespace Headrace.Bench.Chaos;

/// <summary>
/// The file in which the load process records its jobs, outside the measured system. For each job, the file contains a
/// line that was written before the job was sent. Once the job was acknowledged, a second line with its expected result
/// was added. The file is not synced to disk, because none of the faults stops the machine.
/// </summary>
internal sealed class Ledger(string path) : IDisposable
{
    private readonly Lock _oneAtATime = new();

    /// <summary>The file is unbuffered, so each line is one write.</summary>
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Sending(long number) => Write($"sending\t{number}\t{BenchClock.Monotonic}");

    public void Acknowledged(LoadJob job, string id, bool repeated, string expected) =>
        Write(
            $"acknowledged\t{job.Number}\t{BenchClock.Monotonic}\t{id}\t{(repeated ? "repeated" : "first")}\t{expected}"
        );

    public void Refused(long number, string message) =>
        Write($"refused\t{number}\t{BenchClock.Monotonic}\t{message.ReplaceLineEndings(" ")}");

    public void Dispose() => _file.Dispose();

    private void Write(FormattableString line)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(line.ToString(CultureInfo.InvariantCulture) + "\n");
        lock (_oneAtATime)
            _file.Write(bytes);
    }
}
