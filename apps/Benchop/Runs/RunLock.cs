namespace Headrace.Apps.Benchop.Runs;

/// <summary>
/// A lock that a run holds while it takes measurements, so that a second run on this machine can warn about the noise.
/// The kernel releases it when the process exits.
/// </summary>
internal static class RunLock
{
    /// <summary>Returns null if another run holds the lock.</summary>
    public static IDisposable? TryTake(RunStore store)
    {
        Directory.CreateDirectory(store.Folder);
        try
        {
            return new FileStream(
                Path.Combine(store.Folder, "running.lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException)
        {
            return null;
        }
    }
}
