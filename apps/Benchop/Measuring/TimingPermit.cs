using Headrace.Protocol.Local;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// A permit to measure times. All worker processes of a user share one permit per processor of this machine, because
/// jobs that run on the same core distort each other's measurements. Each permit is a locked file; the kernel releases
/// the lock when a process exits.
/// </summary>
internal sealed class TimingPermit : IDisposable
{
    /// <summary>
    /// A job that has waited this long takes its measurement without a permit, so that hanging jobs cannot block all
    /// others. The measured time then includes time spent waiting for the processor.
    /// </summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly FileStream? _lock;

    private TimingPermit(FileStream? file)
    {
        _lock = file;
    }

    /// <summary>Waits until a permit is free, but for at most ten seconds.</summary>
    public static TimingPermit Wait(CancellationToken cancellationToken) =>
        Path.GetDirectoryName(LocalPaths.RunningServers) is { } state
            ? Wait(Path.Combine(state, "timing"), Environment.ProcessorCount, MaxWait, cancellationToken)
            : new TimingPermit(null);

    /// <param name="folder">
    /// The folder of the locked files. If it is not writable, any number of jobs may measure at the same time.
    /// </param>
    internal static TimingPermit Wait(string folder, int count, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            Directory.CreateDirectory(folder);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (var core = 0; core < count; core++)
                    if (TryLock(Path.Combine(folder, $"core-{core}.lock")) is { } file)
                        return new TimingPermit(file);

                if (TimeProvider.System.GetElapsedTime(started) >= maxWait)
                    return new TimingPermit(null);

                cancellationToken.WaitHandle.WaitOne(PollInterval);
            }
        }
        catch (UnauthorizedAccessException)
        {
            return new TimingPermit(null);
        }
    }

    public void Dispose() => _lock?.Dispose();

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
