using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Schemas;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary>Opens the folder with the installed methods.</summary>
internal static class InstalledMethods
{
    /// <summary>The option that names the data folder of a server which is not running.</summary>
    public static readonly Option<string?> Data = new("--data")
    {
        Description =
            "Use the folder 'methods' in this data folder of a server. [default: HEADRACE_METHODS, or that of the "
            + "selected server, or the default data folder]",
        HelpName = "DIR",
    };

    /// <summary>
    /// Returns the folder that <see cref="Data"/> names or that the workers of the selected server use. Warns if a
    /// server is selected that cannot be reached: its workers may use another folder than the default one.
    /// </summary>
    public static async Task<MethodsFolder> OpenAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Value(Data) is { } data)
            return At(MethodsLocation.In(data));
        var folder = Open(context);
        if (!MethodsLocation.IsAssumed(context.NamedServer, DiscoverySources.OfThisProcess()))
            return folder;
        using var client = context.Connect();
        try
        {
            await client.GetMethodAsync(Noop, cancellationToken);
        }
        catch (ServerUnreachableException unreachable)
        {
            context.Terminal.WriteError(
                $"{unreachable.Message} ({context.NamedServer!.Origin}). Its methods folder is therefore unknown, and "
                    + $"{folder.Path} is used. If the server has another data folder, specify it with --data."
            );
        }
        catch (HeadraceException)
        {
            // The server has replied. It runs on another machine, so workers on this one use the default folder.
        }
        return folder;
    }

    /// <summary>
    /// Returns the folder that the workers of the selected server use. That server must run on this machine.
    /// </summary>
    public static MethodsFolder Open(CommandContext context) => Open(context.NamedServer);

    public static MethodsFolder Open(NamedServer? server) =>
        At(MethodsLocation.Find(server, DiscoverySources.OfThisProcess()));

    /// <summary>Opens the folder at this path. The folder need not exist.</summary>
    public static MethodsFolder At(string path) => new(path, FaultOf);

    // Any method serves to find out whether the server replies.
    private const string Noop = "noop";

    /// <summary>
    /// Applies the same checks to a schema as the server, so that a worker never offers a schema that the server
    /// refuses.
    /// </summary>
    private static string? FaultOf(string schema) => JsonSchema.TryRead(schema, out _, out var fault) ? null : fault;
}
