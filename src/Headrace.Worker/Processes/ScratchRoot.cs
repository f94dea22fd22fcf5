using System.Globalization;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Processes;

/// <summary>
/// The folder of one worker process that contains the scratch folders of its executions. Only this user has access to
/// it. If the worker is killed, its guard deletes the folder; if the guard is killed as well, the next worker deletes
/// the folder.
/// </summary>
internal sealed class ScratchRoot : IDisposable
{
    private const string Prefix = "headrace-scratch-";

    /// <summary>The folder whose files are kept in memory.</summary>
    private const string SharedMemory = "/dev/shm";

    private ScratchRoot(string path) => Path = path;

    public string Path { get; }

    /// <summary>Creates the folder in the folder for temporary files (<c>TMPDIR</c>).</summary>
    /// <param name="owner">
    /// Identifies the worker: its process id, its start time, and its number within that process.
    /// </param>
    public static ScratchRoot Create(string owner)
    {
        DeleteAbandoned();
        return new ScratchRoot(Directory.CreateTempSubdirectory($"{Prefix}{owner}-").FullName);
    }

    public ScratchFolder CreateFolder(long number) =>
        ScratchFolder.Create(System.IO.Path.Combine(Path, number.ToString(CultureInfo.InvariantCulture)));

    /// <summary>
    /// Returns the common prefix of the paths of all folders in shared memory that belong to a worker; null if this
    /// machine has none.
    /// </summary>
    public static string? SharedMemoryPrefix(string owner) =>
        Directory.Exists(SharedMemory) ? System.IO.Path.Combine(SharedMemory, $"{Prefix}{owner}-") : null;

    /// <summary>
    /// Creates a folder for the shared memory of an execution; returns null if this machine has no folder for shared
    /// memory. The caller deletes the folder; if this worker is killed, its guard or the next worker deletes it.
    /// </summary>
    public static ScratchFolder? CreateSharedMemory(ExecutionMark mark) =>
        SharedMemoryPrefix(mark.OwnerText) is { } prefix
            ? ScratchFolder.Create(string.Create(CultureInfo.InvariantCulture, $"{prefix}{mark.Number}"))
            : null;

    public void Dispose() => ScratchFolder.Delete(Path);

    /// <summary>Deletes the folders of workers that no longer exist.</summary>
    private static void DeleteAbandoned()
    {
        string[] roots = [System.IO.Path.GetTempPath(), SharedMemory];
        foreach (
            var folder in roots
                .Where(Directory.Exists)
                .SelectMany(root => Directory.EnumerateDirectories(root, $"{Prefix}*"))
        )
            if (
                System.IO.Path.GetFileName(folder)[Prefix.Length..].Split('-') is [var process, var start, _, _]
                && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && ProcFs.StartOf(id)?.ToString(CultureInfo.InvariantCulture) != start
            )
                ScratchFolder.Delete(folder);
    }
}
