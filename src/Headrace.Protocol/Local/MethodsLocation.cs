using Headrace.Core;

namespace Headrace.Protocol.Local;

/// <summary>
/// Finds the folder of the installed methods. Commands and workers use the same folder: the one in
/// <c>HEADRACE_METHODS</c>, or otherwise the folder <c>methods</c> in the data folder. This is their server's data
/// folder if the server runs on this machine, and the default data folder otherwise.
/// </summary>
internal static class MethodsLocation
{
    public const string Variable = "HEADRACE_METHODS";

    private const string Folder = "methods";

    /// <summary>Returns the folder for the workers that a server starts. The folder need not exist.</summary>
    /// <param name="data">The data folder of the server.</param>
    public static string OfServer(string data) =>
        Path.GetFullPath(
            Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? folder : Path.Combine(data, Folder)
        );

    /// <summary>Returns the folder, which need not exist.</summary>
    /// <param name="server">The address of the server; null to use the newest server of this user.</param>
    /// <param name="sources">The environment of the process.</param>
    /// <exception cref="HeadraceException">There is no server, and the user has no home folder.</exception>
    public static string Find(NamedServer? server, DiscoverySources sources)
    {
        if (sources.Variable(Variable) is { Length: > 0 } folder)
            return Path.GetFullPath(folder);
        return Path.Combine(FindServer(server, sources)?.Data ?? LocalPaths.DefaultData, Folder);
    }

    /// <summary>Returns the folder of the methods in a data folder.</summary>
    public static string In(string data) => Path.Combine(Path.GetFullPath(data), Folder);

    /// <summary>
    /// Returns whether <see cref="Find"/> returns the default folder although a server is specified, because no server
    /// with this address is running on this machine. If that server is only stopped, its workers may use another
    /// folder.
    /// </summary>
    public static bool IsAssumed(NamedServer? server, DiscoverySources sources) =>
        server is not null
        && string.IsNullOrEmpty(sources.Variable(Variable))
        && FindServer(server, sources) is null;

    private static RunningServer? FindServer(NamedServer? server, DiscoverySources sources)
    {
        var running = sources.Running();
        return server is null
            ? running.Count > 0
                ? running[0]
                : null
            : ServerEndpoint.TryParse(server.Address.Trim(), out var endpoint)
                ? running.FirstOrDefault(endpoint.Reaches)
                : null;
    }
}
