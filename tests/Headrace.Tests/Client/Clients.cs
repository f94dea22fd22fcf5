using Headrace.Client;

namespace Headrace.Tests.Client;

/// <summary>Creates clients with short back-off delays, so that tests run quickly.</summary>
internal static class Clients
{
    public static readonly HeadraceClientOptions Quick = new()
    {
        Key = "k",
        InitialBackoff = TimeSpan.FromMilliseconds(1),
        MaxBackoff = TimeSpan.FromMilliseconds(5),
    };

    public static HeadraceClient Of(ScriptedServer server, HeadraceClientOptions? options = null) =>
        new HeadraceClient((options ?? Quick) with { Server = server.Url });
}
