namespace Headrace.Server.Compat;

/// <summary>A job to run for a table.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Method">The name of the method in replies; null if the job describes the problem.</param>
/// <param name="RegisteredMethod">The method that the job calls.</param>
/// <param name="Params">The params of the job as JSON.</param>
internal sealed record Seed004Task(Seed004Problem Problem, string? Method, string RegisteredMethod, byte[] Params)
{
    /// <summary>
    /// The reference values for an Octave function; empty if they are unknown. Null for a method that reports its own
    /// error.
    /// </summary>
    public IReadOnlyList<double>? References { get; init; }
}
