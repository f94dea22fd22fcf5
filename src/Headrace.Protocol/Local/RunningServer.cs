using System.Diagnostics;
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
    /// Writes the file and returns its path. The server deletes the file when it stops. Throws
    /// <see cref="HeadraceException"/> if the user has no home folder.
    /// </summary>
    public string Write()
    {
        var folder =
            LocalPaths.RunningServers ?? throw new HeadraceException("The user has no home folder that exists.");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(folder, $"{ProcessId}.json");
        File.WriteAllText(path, JsonSerializer.Serialize(this, RunningServerJson.Default.RunningServer));
        return path;
    }

    /// <summary>
    /// Returns the running servers of this user, newest first. Files of processes that no longer exist are ignored.
    /// </summary>
    public static IReadOnlyList<RunningServer> List()
    {
        if (LocalPaths.RunningServers is not { } folder || !Directory.Exists(folder))
            return [];
        var notes = new List<(DateTime Written, RunningServer Note)>();
        foreach (var path in Files(folder))
            if (TryRead(path) is { } note && IsRunning(note.ProcessId))
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

    private static bool IsRunning(int process)
    {
        try
        {
            using var running = Process.GetProcessById(process);
            return true;
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
            // The file is incomplete or was just deleted, because its server is starting or stopping.
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RunningServer))]
internal sealed partial class RunningServerJson : JsonSerializerContext;
