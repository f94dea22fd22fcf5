namespace Headrace.Server.Hosting;

/// <summary>A method that the worker program is known to offer, even before a worker has started.</summary>
/// <param name="Name">The name of the method.</param>
/// <param name="Version">The version of the method.</param>
/// <param name="Schema">The JSON Schema of the method's parameters.</param>
public sealed record KnownMethod(string Name, int Version, string Schema);
