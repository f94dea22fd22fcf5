using Headrace.Commands;
using Headrace.Protocol.Local;
using Headrace.Server.Schemas;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary>Opens the folder with the installed methods.</summary>
internal static class InstalledMethods
{
    /// <summary>
    /// Returns the folder that the workers of the selected server use. That server must run on this machine.
    /// </summary>
    public static MethodsFolder Open(CommandContext context) => Open(context.NamedServer);

    public static MethodsFolder Open(NamedServer? server) =>
        At(MethodsLocation.Find(server, DiscoverySources.OfThisProcess()));

    /// <summary>Opens the folder at this path. The folder need not exist.</summary>
    public static MethodsFolder At(string path) => new(path, FaultOf);

    /// <summary>
    /// Applies the same checks to a schema as the server, so that a worker never offers a schema that the server
    /// refuses.
    /// </summary>
    private static string? FaultOf(string schema) => JsonSchema.TryRead(schema, out _, out var fault) ? null : fault;
}
