using Headrace.Client;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary>
/// Rejects methods that the server knows with different properties, because the server would refuse them when a worker
/// offers them (R22).
/// </summary>
internal static class ChangedMethods
{
    /// <summary>Rejects the installation of all methods if the server would refuse one of them.</summary>
    /// <param name="context">The command that connects to the server.</param>
    /// <param name="methods">The valid methods of one source.</param>
    /// <param name="nextVersion">
    /// Returns an instruction that tells the author to declare a method with this version; null if the author writes
    /// the manifest.
    /// </param>
    /// <param name="cancellationToken">Ends the requests to the server.</param>
    public static async Task RejectAsync(
        CommandContext context,
        IReadOnlyList<InstalledMethod> methods,
        Func<MethodRef, string>? nextVersion,
        CancellationToken cancellationToken
    )
    {
        var changes = new List<string>();
        foreach (var (method, known) in await KnownAsync(context, methods, cancellationToken))
        {
            var name = method.Manifest!.Name;
            var next = name with { Version = name.Version + 1 };
            if (MethodDifferences.Between(known, method.Manifest).ToList() is { Count: > 0 } differences)
                changes.Add(
                    $"The server already knows {name} with different properties: {string.Join(", ", differences)}. "
                        + $"{Capitalized(nextVersion?.Invoke(next) ?? InManifest(method.File, next))}, so that jobs "
                        + "submitted for the old version keep their meaning."
                );
        }
        if (changes.Count == 0)
            return;
        if (methods.Count > 1)
            changes.Add(
                $"No methods were installed: {string.Join(", ", methods.Select(m => m.Manifest!.Name))}."
            );
        throw new UsageException(changes);
    }

    /// <summary>Returns the methods that the server knows, as it knows them.</summary>
    private static async Task<IReadOnlyList<(InstalledMethod Method, MethodReply Known)>> KnownAsync(
        CommandContext context,
        IReadOnlyList<InstalledMethod> methods,
        CancellationToken cancellationToken
    )
    {
        var known = new List<(InstalledMethod, MethodReply)>();
        try
        {
            using var client = context.Connect();
            foreach (var method in methods)
                if (await FindAsync(client, method.Manifest!.Name, cancellationToken) is { } reply)
                    known.Add((method, reply));
        }
        catch (HeadraceException unanswered)
        {
            // Without a server, methods are installed for later. A server that is named, or that replies with an error,
            // was expected to answer.
            if (context.NamedServer is not null || unanswered is HeadraceProblemException)
                context.Terminal.WriteError(
                    "Whether the server knows these methods with different properties was not checked: "
                        + unanswered.Message
                );
        }
        return known;
    }

    private static async Task<MethodReply?> FindAsync(
        HeadraceClient client,
        MethodRef name,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await client.GetMethodAsync(name.ToString(), cancellationToken);
        }
        catch (HeadraceProblemException unknown) when (unknown.Status == 404)
        {
            return null;
        }
    }

    private static string InManifest(string file, MethodRef next) =>
        $"set \"version\" to {next.Version} in {Path.GetFileName(file)}";

    private static string Capitalized(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";
}
