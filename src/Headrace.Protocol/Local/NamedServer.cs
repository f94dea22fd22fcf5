namespace Headrace.Protocol.Local;

/// <summary>The address of a server, and where the user specified it.</summary>
/// <param name="Address">The address: <c>http://host:port</c>, <c>https://host/prefix</c> or
/// <c>unix:/path.sock</c>.</param>
/// <param name="Origin">The option, environment variable or file that specifies the server.</param>
public sealed record NamedServer(string Address, string Origin);
