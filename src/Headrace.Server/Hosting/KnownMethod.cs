namespace Headrace.Server.Hosting;

/// <summary>A method that the worker program is known to offer, even before a worker has started.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Schema">The JSON Schema of its parameters.</param>
public sealed record KnownMethod(string Name, int Version, string Schema);
