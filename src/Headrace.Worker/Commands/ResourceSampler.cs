using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Commands;

/// <summary>
/// Measures the memory and the scratch folder of a running program at intervals, and reports when a limit is
/// exceeded. The intervals grow over time, so that short programs are measured as well but the overhead for long
/// programs is small.
/// </summary>
internal sealed class ResourceSampler(MethodManifest manifest, int process, ScratchFolder folder)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Maximum interval if memory is limited. A program that allocates a lot of memory within one interval reaches the
    /// larger limit that the kernel enforces for each process (<see cref="DataLimit"/>).
    /// </summary>
    private static readonly TimeSpan MaxLimitedInterval = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan FolderInterval = TimeSpan.FromMilliseconds(500);

    private TimeSpan _interval = FirstInterval;
    private TimeSpan _folderAt = FolderInterval;

    /// <summary>Gets the time of the next sample, measured from the start of the program.</summary>
    public TimeSpan NextAt { get; private set; } = FirstInterval;

    /// <summary>
    /// Gets the largest amount of memory that was measured, in bytes; 0 if the program ended before the first sample.
    /// </summary>
    public long PeakBytes { get; private set; }

    /// <summary>Gets the size of the scratch folder at its last measurement, in bytes.</summary>
    public long FolderBytes { get; private set; }

    /// <summary>
    /// Returns the limit that the kernel enforces for each process of a method: twice its memory limit plus 256 MB. The
    /// kernel counts writable private memory whether or not it has been touched, and language runtimes reserve more of
    /// it than they use.
    /// </summary>
    public static long? DataLimit(MethodManifest manifest) =>
        manifest.MemoryLimit is { } limit ? (2 * limit) + (256L << 20) : null;

    /// <summary>Takes the samples that are due. Returns the limit that is exceeded, if any.</summary>
    public StopCause Sample(TimeSpan now)
    {
        if (now < NextAt)
            return StopCause.None;
        PeakBytes = Math.Max(PeakBytes, ProcessTree.Resident(process));
        _interval = Shorter(_interval * 2, manifest.MemoryLimit is null ? MaxInterval : MaxLimitedInterval);
        NextAt = now + _interval;
        if (manifest.MemoryLimit < PeakBytes)
            return StopCause.MemoryLimit;
        if (now < _folderAt)
            return StopCause.None;
        FolderBytes = folder.Size();
        _folderAt = now + FolderInterval;
        return FolderBytes > manifest.ScratchLimit ? StopCause.ScratchLimit : StopCause.None;
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
