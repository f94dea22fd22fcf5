namespace Headrace.Commands;

/// <summary>A server that the user named, and where the name comes from.</summary>
/// <param name="Address"><c>http://host:port</c>, <c>https://host/prefix</c> or <c>unix:/path.sock</c>.</param>
/// <param name="Origin">The option, the environment variable or the file that names it.</param>
public sealed record NamedServer(string Address, string Origin);
