using Headrace.Commands;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary>
/// What a running server knows about the methods that its workers offer. Pure, except for reading it.
/// </summary>
/// <param name="Methods">The methods that workers have offered.</param>
/// <param name="Workers">The connected workers.</param>
internal sealed record WorkersView(IReadOnlyList<MethodReply> Methods, IReadOnlyList<WorkerReply> Workers)
{
    /// <summary>Reads the view; empty if there is no server, or if this user may not ask it.</summary>
    public static async Task<WorkersView> ReadAsync(CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            using var client = context.Connect();
            return new WorkersView(
                await client.ListMethodsAsync(cancellationToken),
                await client.ListWorkersAsync(cancellationToken)
            );
        }
        catch (HeadraceException)
        {
            return new WorkersView([], []);
        }
    }

    /// <summary>
    /// Returns the reason why no connected worker can run a method, although this machine has what the method needs;
    /// null if one can, or if no worker is connected.
    /// </summary>
    public string? ReasonUnavailable(MethodManifest manifest)
    {
        var name = manifest.Name;
        var known = Methods.FirstOrDefault(method => method.Name == name.Name.Text && method.Version == name.Version);
        if (known is { Workers: 0, Unavailable: [var reported, ..] })
            return reported;
        var refusals = Workers.Select(worker => worker.RefusedOffers?.GetValueOrDefault(name.ToString()));
        if (known is null or { Workers: 0 } && refusals.OfType<string>().FirstOrDefault() is { } refusal)
            return refusal;
        var needed = manifest.Mpi?.MinRanks ?? manifest.Slots;
        var widest = Workers.Select(worker => worker.Slots).DefaultIfEmpty(needed).Max();
        return widest >= needed
            ? null
            : $"Each job takes {needed} slots, but no connected worker has more than {widest}. Start a worker with "
                + $"--slots {needed} or more.";
    }
}
