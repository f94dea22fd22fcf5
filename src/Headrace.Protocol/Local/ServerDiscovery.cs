using Headrace.Core;

namespace Headrace.Protocol.Local;

/// <summary>
/// Determines the server and the key. The command line, the client and the worker use the same order: the caller's own
/// value, the environment, the user's configuration, then the newest server of this user on this machine that accepts
/// connections. There is no default address, because another user's server could be listening there.
/// </summary>
/// <param name="Endpoint">The address of the server.</param>
/// <param name="Key">The bearer key; null if none was found.</param>
internal sealed record ServerDiscovery(ServerEndpoint Endpoint, string? Key)
{
    /// <summary>
    /// The user's login to this server. It takes precedence over the admin key of the same user's server, and is null
    /// if the caller or the environment specifies a key. Workers do not use the login, because the exchange requires a
    /// key.
    /// </summary>
    public StoredLogin? Login { get; private init; }

    private const string GivenServer = "The server address";
    private const string GivenKey = "The key";

    /// <summary>Returns the server and its key.</summary>
    /// <param name="server">The address that the caller specified; null or empty if there is none.</param>
    /// <param name="key">The key that the caller specified; null or empty if there is none.</param>
    /// <param name="sources">Where to look for the values that the caller did not specify.</param>
    /// <exception cref="ArgumentException">The address or the key is not valid.</exception>
    /// <exception cref="HeadraceException">No server was found.</exception>
    public static ServerDiscovery Find(string? server, string? key, DiscoverySources sources)
    {
        var named = Trim(server) is { } given ? new NamedServer(given, GivenServer) : FindNamed(sources);
        var running = sources.Running();
        var endpoint = named is null ? FindRunning(running, sources) : Parse(named);
        return new ServerDiscovery(endpoint, FindKey(key, endpoint, running, sources))
        {
            Login =
                Trim(key) is null && Trim(sources.Variable(WorkerProcess.Key)) is null ? sources.Login(endpoint) : null,
        };
    }

    /// <summary>
    /// Returns the server that the environment or the user's configuration specifies; null if neither specifies one.
    /// </summary>
    public static NamedServer? FindNamed(DiscoverySources sources) =>
        Trim(sources.Variable(WorkerProcess.Server)) is { } variable
            ? new NamedServer(variable, WorkerProcess.Server)
            : sources.ConfiguredServer();

    /// <summary>
    /// Returns the endpoints of the running servers that accept connections, newest first. A server that is still
    /// starting or that no longer responds is skipped.
    /// </summary>
    public static IEnumerable<ServerEndpoint> FindRunning(DiscoverySources sources) =>
        sources.Running().SelectMany(note => ServerEndpoint.AllOf(note).Where(sources.Accepts).Take(1));

    private static ServerEndpoint FindRunning(IReadOnlyList<RunningServer> running, DiscoverySources sources) =>
        FindRunning(sources with { Running = () => running }).FirstOrDefault()
        ?? throw new HeadraceException(
            $"You have no server running on this machine, and {WorkerProcess.Server} is not set. Start "
                + $"one with `headrace up`, or set {WorkerProcess.Server} to {ServerEndpoint.Shape}."
        );

    private static ServerEndpoint Parse(NamedServer named) =>
        ServerEndpoint.TryParse(named.Address.Trim(), out var endpoint)
            ? endpoint
            : throw new ArgumentException($"{Describe(named)} Use {ServerEndpoint.Shape}.");

    private static string Describe(NamedServer invalid) =>
        invalid.Origin switch
        {
            GivenServer => $"{GivenServer} '{invalid.Address}' is not valid.",
            WorkerProcess.Server => $"{WorkerProcess.Server} is '{invalid.Address}', which is not valid.",
            _ => $"The server in {invalid.Origin} is '{invalid.Address}', which is not valid.",
        };

    private static string? FindKey(
        string? given,
        ServerEndpoint endpoint,
        IReadOnlyList<RunningServer> running,
        DiscoverySources sources
    )
    {
        if (Trim(given) is { } key)
            return CheckKey(key, GivenKey);
        if (Trim(sources.Variable(WorkerProcess.Key)) is { } variable)
            return CheckKey(variable, WorkerProcess.Key);
        return LocalKey.Of(endpoint, running, sources.KeyFile) is { } local ? CheckKey(local, "The admin key") : null;
    }

    /// <summary>
    /// Rejects a key that cannot be sent in the Authorization header. The message does not contain the key.
    /// </summary>
    private static string CheckKey(string key, string origin)
    {
        for (var i = 0; i < key.Length; i++)
            if (key[i] is < '!' or > '~')
                throw new ArgumentException(
                    $"{origin} contains the character U+{(int)key[i]:X4} at position {i + 1} of {key.Length}. A key "
                        + "consists of visible ASCII characters. Copy it again from the server's admin.key file."
                );
        return key;
    }

    // A key or address that was copied from a file often ends with a line break.
    private static string? Trim(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
