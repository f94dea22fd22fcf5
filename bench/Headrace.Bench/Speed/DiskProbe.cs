namespace Headrace.Bench.Speed;

/// <summary>
/// Measures how long one sync takes on the disk under test, in milliseconds, by repeatedly appending and syncing 4 KB.
/// </summary>
internal sealed record DiskProbe(double P50, double P99)
{
    private const int Samples = 200;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);

    public static DiskProbe Of(string folder)
    {
        var path = Path.Combine(folder, "fsync-probe");
        var taken = new List<double>(Samples);
        var began = TimeProvider.System.GetTimestamp();
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            var block = new byte[4096];
            while (taken.Count < Samples && TimeProvider.System.GetElapsedTime(began) < MaxTime)
            {
                var at = TimeProvider.System.GetTimestamp();
                file.Write(block);
                file.Flush(flushToDisk: true);
                taken.Add(TimeProvider.System.GetElapsedTime(at).TotalMilliseconds);
            }
        }
        File.Delete(path);
        var sorted = Percentiles.Of(taken);
        return new DiskProbe(sorted.At(0.50), sorted.At(0.99));
    }
}
