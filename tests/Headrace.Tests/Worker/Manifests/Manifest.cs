using System.Text;
using Headrace.Server.Schemas;
using Headrace.Worker.Manifests;
using Xunit;

namespace Headrace.Tests.Worker.Manifests;

/// <summary>Reads manifests that are written as text in a test.</summary>
internal static class Manifest
{
    public static ManifestReading Read(string json, string path = "/methods/m.method.json") =>
        ManifestReader.Read(path, Encoding.UTF8.GetBytes(json), FaultOf);

    /// <summary>Reads a manifest that must be valid.</summary>
    public static MethodManifest Valid(string json, string path = "/methods/m.method.json")
    {
        var reading = Read(json, path);
        Assert.Empty(reading.Faults);
        return reading.Manifest!;
    }

    public static string? FaultOf(string schema) => JsonSchema.TryRead(schema, out _, out var fault) ? null : fault;
}
