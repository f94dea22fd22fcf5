namespace Headrace.Tests.Storage;

/// <summary>A temporary folder for one store, deleted at the end of the test.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("headrace-test-");

    public string Path => _folder.FullName;

    public string File => System.IO.Path.Combine(Path, "headrace.db");

    public void Dispose() => _folder.Delete(recursive: true);
}
