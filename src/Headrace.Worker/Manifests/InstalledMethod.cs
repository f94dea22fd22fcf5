using Headrace.Core;

namespace Headrace.Worker.Manifests;

/// <summary>A manifest that is installed on this machine, with its errors.</summary>
/// <param name="File">The path of the manifest.</param>
/// <param name="Stamp">Text that changes when the file is changed or replaced.</param>
/// <param name="Manifest">The manifest; null if it contains errors.</param>
/// <param name="Faults">The errors in the manifest.</param>
internal sealed record InstalledMethod(
    string File,
    string Stamp,
    MethodManifest? Manifest,
    IReadOnlyList<ManifestFault> Faults
)
{
    /// <summary>
    /// Returns whether the manifest describes this method. A manifest that contains errors is recognized by its file
    /// name, so that it can be removed. Version 0 stands for every version.
    /// </summary>
    public bool Names(MethodRef method)
    {
        if (Manifest is not null)
            return Manifest.Name.Name == method.Name
                && (method.Version == 0 || Manifest.Name.Version == method.Version);
        var stem = Path.GetFileName(File)[..^MethodManifest.Extension.Length];
        return stem == method.Name.Text || stem == method.ToString();
    }
}
