using Headrace.Protocol.Local;

namespace Headrace.Client;

/// <summary>
/// Which server, and with which key: what is given wins over the environment, that over the notes of this user's
/// running servers.
/// </summary>
internal sealed record ServerChoice(ServerAddress Address, string? Key)
{
    public static ServerChoice Make(string? server, string? key) =>
        Make(server, key, Environment.GetEnvironmentVariable, ServerNote.Running(), ReadKey);

    public static ServerChoice Make(
        string? server,
        string? key,
        Func<string, string?> environment,
        IReadOnlyList<ServerNote> running,
        Func<string, string?> readKey
    )
    {
        var named = Given(server) ?? Given(environment(WorkerProcess.Server));
        var address = ServerAddress.Parse(named ?? (running.Count > 0 ? running[0].Url : ServerAddress.Default));
        var found = Given(key) ?? Given(environment(WorkerProcess.Key)) ?? KeyOf(address, running, readKey);
        return new ServerChoice(address, found);
    }

    private static string? KeyOf(
        ServerAddress address,
        IReadOnlyList<ServerNote> running,
        Func<string, string?> readKey
    )
    {
        foreach (var note in running)
            if (Same(address, note))
                return readKey(LocalPlaces.AdminKey(note.Data));
        return null;
    }

    private static bool Same(ServerAddress address, ServerNote note)
    {
        if (address.Socket is not null)
            return note.Socket == address.Socket;
        // localhost, 127.0.0.1 and [::1] are one machine; the port tells its servers apart.
        var noted = new Uri(note.Url);
        return address.Url.Port == noted.Port
            && (address.Url.IsLoopback ? noted.IsLoopback : address.Url.Host == noted.Host);
    }

    private static string? ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Another user's server, or one that is just ending: it will say 401, which names the remedy.
            return null;
        }
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
