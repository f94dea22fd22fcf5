namespace Headrace.Server.Pools.Describing;

/// <summary>The worker program of a pool.</summary>
/// <param name="Pool">The name of the pool.</param>
/// <param name="Command">The program.</param>
/// <param name="IsUnknown">Whether the methods of the program are unknown until it describes them.</param>
/// <param name="InstalledMethods">The folder of installed methods; null if the program does not read it.</param>
internal sealed record DescribedProgram(string Pool, PoolCommand Command, bool IsUnknown, string? InstalledMethods);
