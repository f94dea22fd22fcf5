using Headrace.Worker.Installed;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Output;

/// <summary>A fault of a manifest, with its place.</summary>
internal sealed record ManifestFaultLine(int Line, int Column, string Message);

/// <summary>
/// A manifest, why this machine cannot run its method if it cannot, and its faults if it has any.
/// </summary>
internal sealed record ManifestLine(
    string File,
    string? Method,
    int? Version,
    string? Description,
    bool? Warm,
    string? Unavailable,
    IReadOnlyList<ManifestFaultLine> Faults
)
{
    public static ManifestLine Of(InstalledMethod method) =>
        new(
            method.File,
            method.Manifest?.Name.Name.Text,
            method.Manifest?.Name.Version,
            method.Manifest is { Description.Length: > 0 } described ? described.Description : null,
            method.Manifest is { } manifest ? manifest.Warm is not null : null,
            method.Manifest is { } used && InstalledMapping.ReasonUnavailable(used) is { Length: > 0 } reason
                ? reason
                : null,
            [.. method.Faults.Select(fault => new ManifestFaultLine(fault.Line, fault.Column, fault.Message))]
        );
}
