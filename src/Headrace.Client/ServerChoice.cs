using Headrace.Protocol.Local;

namespace Headrace.Client;

/// <summary>
/// Determines the server and the key. The caller's values take precedence over the environment, and the environment
/// over the running-server files of this user.
/// </summary>
internal sealed record ServerChoice(ServerEndpoint Endpoint, string? Key)
{
    public static ServerChoice Make(string? server, string? key) =>
        Make(server, key, Environment.GetEnvironmentVariable, ServerNote.Running(), LocalKey.Read);

    public static ServerChoice Make(
        string? server,
        string? key,
        Func<string, string?> environment,
        IReadOnlyList<ServerNote> running,
        Func<string, string?> readKey
    )
    {
        var endpoint = Named(Given(server) ?? Given(environment(WorkerProcess.Server)), running);
        var found = Given(key) ?? Given(environment(WorkerProcess.Key)) ?? LocalKey.Of(endpoint, running, readKey);
        return new ServerChoice(endpoint, found);
    }

    private static ServerEndpoint Named(string? text, IReadOnlyList<ServerNote> running)
    {
        if (text is null && running.Select(ServerEndpoint.Of).FirstOrDefault(found => found is not null) is { } local)
            return local;
        return ServerEndpoint.TryParse(text ?? ServerEndpoint.Default, out var endpoint)
            ? endpoint
            : throw new ArgumentException($"The server address '{text}' is not valid. Use {ServerEndpoint.Shape}.");
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
