using System.Globalization;

namespace Headrace.Bench.Chaos;

/// <summary>
/// The file of the load, outside of what is measured: a line when a job is about to be sent, a line when it was
/// acknowledged, with what its result must be. Each is in the operating system's hands
/// before the load goes on; nobody kills the machine here.
/// </summary>
internal sealed class Ledger(string path) : IDisposable
{
    private readonly Lock _oneAtATime = new();

    /// <summary>Unbuffered: a line is one write.</summary>
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Sending(long number) => Write($"sending\t{number}\t{BenchClock.Monotonic}");

    public void Acknowledged(LoadJob job, string id, bool repeated, string expected) =>
        Write(
            $"acknowledged\t{job.Number}\t{BenchClock.Monotonic}\t{id}\t{(repeated ? "repeated" : "first")}\t{expected}"
        );

    public void Refused(long number, string words) =>
        Write($"refused\t{number}\t{BenchClock.Monotonic}\t{words.ReplaceLineEndings(" ")}");

    public void Dispose() => _file.Dispose();

    private void Write(FormattableString line)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(line.ToString(CultureInfo.InvariantCulture) + "\n");
        lock (_oneAtATime)
            _file.Write(bytes);
    }
}
