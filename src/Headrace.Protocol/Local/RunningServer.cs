using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Core;

namespace Headrace.Protocol.Local;

/// <summary>
/// The information that a running server publishes for processes of the same user: its addresses and its data folder,
/// which contains the key. The file name is the process id.
/// </summary>
public sealed record RunningServer(string Url, string Socket, string Data, string Store, int ProcessId)
{
    /// <summary>
    /// Gets the time at which the process started, in clock ticks since the system was booted; null if unknown.
    /// Together with the process id, it identifies the process. The id alone is not enough, because ids are reused
    /// after some time, and the same id may already be in use in another container.
    /// </summary>
    public long? ProcessStart { get; init; }

    /// <summary>
    /// Writes the file and returns its path. The server deletes the file when it stops. Throws
    /// <see cref="HeadraceException"/> if the user has no home folder.
    /// </summary>
    [SupportedOSPlatform("linux")]
    public string Write()
    {
        var folder =
            LocalPaths.RunningServers ?? throw new HeadraceException(
                "The user has no home folder, or it does not exist."
            );
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(folder, $"{ProcessId}.json");
        var note = this with { ProcessStart = ProcFs.StartOf(ProcessId) };
        File.WriteAllText(path, JsonSerializer.Serialize(note, RunningServerJson.Default.RunningServer));
        return path;
    }

    /// <summary>
    /// Returns the running servers of this user, newest first. Files of processes that no longer exist are ignored,
    /// even if their ids now belong to other processes. A server in the list may not accept connections yet, or may no
    /// longer accept them.
    /// </summary>
    public static IReadOnlyList<RunningServer> List() =>
        LocalPaths.RunningServers is { } folder ? List(folder) : [];

    internal static IReadOnlyList<RunningServer> List(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        var notes = new List<(DateTime Written, RunningServer Note)>();
        foreach (var path in Files(folder))
            if (TryRead(path) is { } note && IsRunning(note))
                notes.Add((File.GetLastWriteTimeUtc(path), note));
        return [.. notes.OrderByDescending(n => n.Written).Select(n => n.Note)];
    }

    private static string[] Files(string folder)
    {
        try
        {
            return Directory.GetFiles(folder, "*.json");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // The folder belongs to another user, for example because the first server was started with sudo.
            return [];
        }
    }

    internal static bool IsRunning(RunningServer note)
    {
        try
        {
            using var running = Process.GetProcessById(note.ProcessId);
            return note.ProcessStart is not { } start || ProcFs.StartOf(note.ProcessId) is not { } now || now == start;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static RunningServer? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), RunningServerJson.Default.RunningServer);
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            // The file is incomplete or has just been deleted, because its server is starting or stopping.
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RunningServer))]
internal sealed partial class RunningServerJson : JsonSerializerContext;
