using Headrace.Worker.Manifests;

namespace Headrace.Cli.Output;

/// <summary>An error in a manifest, with its location.</summary>
internal sealed record ManifestFaultLine(int Line, int Column, string Message);

/// <summary>A manifest and its errors, if any.</summary>
internal sealed record ManifestLine(
    string File,
    string? Method,
    int? Version,
    string? Description,
    bool? Warm,
    IReadOnlyList<ManifestFaultLine> Faults
)
{
    /// <summary>
    /// Gets the reason why the method cannot run on this machine; null if it can run, or if this was not checked.
    /// </summary>
    public string? Unavailable { get; init; }

    public static ManifestLine Of(InstalledMethod method) =>
        new(
            method.File,
            method.Manifest?.Name.Name.Text,
            method.Manifest?.Name.Version,
            method.Manifest is { Description.Length: > 0 } described ? described.Description : null,
            method.Manifest is { } manifest ? manifest.Warm is not null : null,
            [.. method.Faults.Select(fault => new ManifestFaultLine(fault.Line, fault.Column, fault.Message))]
        );
}
