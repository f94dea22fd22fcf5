namespace Headrace.Protocol.Local;

/// <summary>Finds the admin key of a server on this machine, for processes of the same user.</summary>
internal static class LocalKey
{
    /// <summary>
    /// Returns the key of the running server to which the endpoint refers. Returns null if the endpoint refers to none
    /// of the running servers, so that a key is never sent to a different server.
    /// </summary>
    public static string? Of(
        ServerEndpoint endpoint,
        IReadOnlyList<RunningServer> running,
        Func<string, string?> readFile
    ) => running.FirstOrDefault(endpoint.Reaches) is { } note ? readFile(LocalPaths.AdminKey(note.Data)) : null;

    /// <summary>Returns the content of a key file, or null if this user cannot read it.</summary>
    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // The server belongs to another user or is shutting down. The caller continues without a key, and the
            // server replies 401 with a message that explains what to do.
            return null;
        }
    }
}
