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
        foreach (var method in methods)
        {
            var name = method.Manifest!.Name;
            var next = name with { Version = name.Version + 1 };
            if (await DifferencesAsync(context, method.Manifest, cancellationToken) is { Count: > 0 } differences)
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
        throw new UsageException(string.Join(' ', changes));
    }

    private static async Task<IReadOnlyList<string>> DifferencesAsync(
        CommandContext context,
        MethodManifest manifest,
        CancellationToken cancellationToken
    )
    {
        MethodReply known;
        try
        {
            using var client = context.Connect();
            known = await client.GetMethodAsync(manifest.Name.ToString(), cancellationToken);
        }
        catch (HeadraceException)
        {
            // No server is running, or the server does not know the method.
            return [];
        }
        return [.. MethodDifferences.Between(known, manifest)];
    }

    private static string InManifest(string file, MethodRef next) =>
        $"set \"version\" to {next.Version} in {Path.GetFileName(file)}";

    private static string Capitalized(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";
}
