using Headrace.Core;

namespace Headrace.Worker.Manifests;

/// <summary>Manifests contain errors. Each is one line: the file, its line and column, and the error.</summary>
internal sealed class ManifestFaultsException(IReadOnlyList<string> faults)
    : HeadraceException(string.Join('\n', faults))
{
    public IReadOnlyList<string> Faults => faults;
}
