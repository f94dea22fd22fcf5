namespace Headrace.Protocol.Local;

/// <summary>The admin key of a server on this machine, for processes of the same user.</summary>
internal static class LocalKey
{
    /// <summary>
    /// The key of the running server that an endpoint reaches; null when it reaches none of them, so that a key never
    /// goes to another server.
    /// </summary>
    public static string? Of(
        ServerEndpoint endpoint,
        IReadOnlyList<ServerNote> running,
        Func<string, string?> readFile
    ) => running.FirstOrDefault(endpoint.Reaches) is { } note ? readFile(LocalPlaces.AdminKey(note.Data)) : null;

    /// <summary>The content of a key file; null when this user cannot read it.</summary>
    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Another user's server, or one that is stopping. It answers 401, and that message names the remedy.
            return null;
        }
    }
}
