using Headrace.Protocol.Local;

namespace Headrace.Client;

/// <summary>
/// Determines the server and the key. The caller's values take precedence over the environment, and the environment
/// over the running-server files of this user.
/// </summary>
internal sealed record ServerDiscovery(ServerEndpoint Endpoint, string? Key)
{
    public static ServerDiscovery Find(string? server, string? key) =>
        Find(server, key, Environment.GetEnvironmentVariable, RunningServer.List(), LocalKey.Read);

    public static ServerDiscovery Find(
        string? server,
        string? key,
        Func<string, string?> environment,
        IReadOnlyList<RunningServer> running,
        Func<string, string?> readKey
    )
    {
        var endpoint = Named(NullIfEmpty(server) ?? NullIfEmpty(environment(WorkerProcess.Server)), running);
        var found =
            NullIfEmpty(key) ?? NullIfEmpty(environment(WorkerProcess.Key)) ?? LocalKey.Of(endpoint, running, readKey);
        return new ServerDiscovery(endpoint, found);
    }

    private static ServerEndpoint Named(string? text, IReadOnlyList<RunningServer> running)
    {
        if (text is null && running.Select(ServerEndpoint.Of).FirstOrDefault(found => found is not null) is { } local)
            return local;
        return ServerEndpoint.TryParse(text ?? ServerEndpoint.Default, out var endpoint)
            ? endpoint
            : throw new ArgumentException($"The server address '{text}' is not valid. Use {ServerEndpoint.Shape}.");
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
