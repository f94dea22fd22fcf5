namespace Headrace.Tests.Storage;

/// <summary>A folder of its own for one store, gone with the test.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("headrace-test-");

    public string File => Path.Combine(_folder.FullName, "headrace.db");

    public void Dispose() => _folder.Delete(recursive: true);
}
