using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Local;

/// <summary>
/// Contains what a running server publishes for the processes of the same user: its addresses and its data folder,
/// which holds the key. The file name is the process id.
/// </summary>
public sealed record ServerNote(string Url, string Socket, string Data, string Store, int ProcessId)
{
    /// <summary>Writes the file and returns its path. The server deletes the file when it stops.</summary>
    public string Write()
    {
        Directory.CreateDirectory(
            LocalPlaces.ServerNotes,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        var path = Path.Combine(LocalPlaces.ServerNotes, $"{ProcessId}.json");
        File.WriteAllText(path, JsonSerializer.Serialize(this, ServerNoteJson.Default.ServerNote));
        return path;
    }

    /// <summary>
    /// Returns the running servers of this user, newest first. Files of processes that no longer exist are ignored.
    /// </summary>
    public static IReadOnlyList<ServerNote> Running()
    {
        if (!Directory.Exists(LocalPlaces.ServerNotes))
            return [];
        var notes = new List<(DateTime Written, ServerNote Note)>();
        foreach (var path in Directory.EnumerateFiles(LocalPlaces.ServerNotes, "*.json"))
            if (TryRead(path) is { } note && IsRunning(note.ProcessId))
                notes.Add((File.GetLastWriteTimeUtc(path), note));
        return [.. notes.OrderByDescending(n => n.Written).Select(n => n.Note)];
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

    private static ServerNote? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), ServerNoteJson.Default.ServerNote);
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            // The file is incomplete or was just deleted: its server is starting or stopping.
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ServerNote))]
internal sealed partial class ServerNoteJson : JsonSerializerContext;
