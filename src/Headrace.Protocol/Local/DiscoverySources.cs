namespace Headrace.Protocol.Local;

/// <summary>Contains the places where <see cref="ServerDiscovery"/> looks for a server and its key.</summary>
internal sealed record DiscoverySources
{
    /// <summary>Gets the function that returns the value of an environment variable; null if it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>
    /// Gets the function that returns the server in the user's configuration; null if it specifies none.
    /// </summary>
    public required Func<NamedServer?> ConfiguredServer { get; init; }

    /// <summary>Gets the function that returns the running servers of this user, newest first.</summary>
    public required Func<IReadOnlyList<RunningServer>> Running { get; init; }

    /// <summary>Gets the function that returns whether a server accepts connections at the endpoint.</summary>
    public required Func<ServerEndpoint, bool> Accepts { get; init; }

    /// <summary>Gets the function that returns the user's login to a server; null if there is none.</summary>
    public Func<ServerEndpoint, StoredLogin?> Login { get; init; } = static _ => null;

    /// <summary>Gets the function that returns the content of a key file; null if the file cannot be read.</summary>
    public required Func<string, string?> KeyFile { get; init; }

    public static DiscoverySources OfThisProcess() =>
        new()
        {
            Variable = Environment.GetEnvironmentVariable,
            ConfiguredServer = () => UserConfigFile.ReadServer(LocalPaths.UserSettings),
            Running = RunningServer.List,
            Accepts = endpoint => endpoint.Accepts(),
            KeyFile = LocalKey.Read,
            Login = StoredLogin.Read,
        };
}
