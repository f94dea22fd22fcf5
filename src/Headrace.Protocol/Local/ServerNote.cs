using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Local;

/// <summary>
/// What a running server leaves for the same user's command line: where it listens and where its key is. The file is
/// named for its process.
/// </summary>
public sealed record ServerNote(string Url, string Socket, string Data, string Store, int ProcessId)
{
    /// <summary>Writes the note; the returned path is to be deleted when the server ends.</summary>
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

    /// <summary>The notes of servers that still live, newest first; notes of dead ones are passed over.</summary>
    public static IReadOnlyList<ServerNote> Running()
    {
        if (!Directory.Exists(LocalPlaces.ServerNotes))
            return [];
        var notes = new List<(DateTime Written, ServerNote Note)>();
        foreach (var path in Directory.EnumerateFiles(LocalPlaces.ServerNotes, "*.json"))
            if (TryRead(path) is { } note && Directory.Exists($"/proc/{note.ProcessId}"))
                notes.Add((File.GetLastWriteTimeUtc(path), note));
        return [.. notes.OrderByDescending(n => n.Written).Select(n => n.Note)];
    }

    private static ServerNote? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), ServerNoteJson.Default.ServerNote);
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            // A note half written or just deleted says nothing: its server is starting or ending.
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ServerNote))]
internal sealed partial class ServerNoteJson : JsonSerializerContext;
