using Headrace.Client;

namespace Headrace.Tests.Client;

/// <summary>Clients with short pauses, so that no test waits.</summary>
internal static class Clients
{
    public static readonly ClientOptions Quick = new()
    {
        Key = "k",
        FirstPause = TimeSpan.FromMilliseconds(1),
        LongestPause = TimeSpan.FromMilliseconds(5),
    };

    public static HeadraceClient Of(ScriptedServer server, ClientOptions? options = null) =>
        HeadraceClient.Connect((options ?? Quick) with { Server = server.Url });
}
